"""Torch modules and their model folders."""
