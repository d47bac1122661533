"""ptygui: how little scan overlap can a ptychography experiment live with?"""

__version__ = "0.1.0"
