"""Building blocks of panels and views."""
