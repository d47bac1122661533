"""Figures for a paper, drawn by matplotlib without Qt; and the colours that screen and paper share."""
