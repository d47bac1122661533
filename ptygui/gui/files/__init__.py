"""Choosing, opening and writing files: dialogs, projects, exports."""
