"""The style of the program: palette, sizes and fonts, which everything that is drawn takes from here."""

GRID = 4  # px, of which distances are multiples
ROW = 6  # pixels between the controls of a row; otherwise as little as between rows
BARS = 9  # pixels above and below upright colour bars: half of the number at an end fits there
EDGE = 10  # pixels between and around items: half of a label at the end of an axis fits there
CURVE, FLOOR, MARKER = "#3f8fd2", "#c9803a", "#d0524a"  # lines, readable on dark and light backgrounds
