"""The window: panels take input, the session acts, views show. Qt is imported only in this package."""
