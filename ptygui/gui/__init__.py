"""The window: panels ask, the session does, views show. Qt is imported here and nowhere else."""
