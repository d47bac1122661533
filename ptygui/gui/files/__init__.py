"""Asks which file, opens and writes it: dialogs, projects, exports."""
