"""CSV: the curves of a result, one row a step, and its positions, one row a pattern."""

from pathlib import Path

from ptygui.analysis.verdict import over_noise
from ptygui.csv_table import csv_table
from ptygui.export.exported import Exported
from ptygui.files.atomic import write_text
from ptygui.files.nominal import pixels_in
from ptygui.files.product_writer import centres_of


def write_curves(path: Path, exported: Exported) -> list[Path]:
    """Every number of every step: misfit, NRMSE, SSIM, seconds ..."""
    result = exported.given
    columns = dict(result.numbers)
    if "misfit" in columns:
        columns["misfit_over_noise"] = over_noise(columns["misfit"], result.noise_floor)
    return [write_text(path, csv_table(columns, zip(*columns.values(), strict=True)))]


def write_positions(path: Path, exported: Exported) -> list[Path]:
    """Positions in the object [px], and their centres from the centre of the scanned area [m] where known."""
    about = exported.measured if exported.result is None else exported.result
    positions = about.positions if exported.result is None else exported.result.refined_positions
    header = ["pattern", "row_px", "column_px"]
    rows = [[k, *position] for k, position in enumerate(positions)]
    if about.pixel_size_m:
        header += ["y_m", "x_m"]
        metres = centres_of(about) * pixels_in(about)
        rows = [[*row, *centre] for row, centre in zip(rows, metres, strict=True)]
    return [write_text(path, csv_table(header, rows))]
