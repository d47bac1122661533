"""Torch modules and the folders they are kept in."""
