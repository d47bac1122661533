"""Figures for a paper, drawn by matplotlib without Qt; and the colours shared by screen and paper."""
