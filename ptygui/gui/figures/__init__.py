"""Figures for a paper: pictures and curves, drawn anew in a chosen width, with text that stays text."""
