"""Tables as CSV: read back by Python's own reader."""

import csv
import io

import numpy as np

from ptygui.csv_table import csv_table


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


def test_numbers_keep_all_their_digits():
    values = [0.1 + 0.2, 1 / 3, 1e-300, float(np.pi), np.float64(2 / 3), np.float32(0.1), np.int64(7), 12]
    (header, row) = rows_of(csv_table(["a [px]"] * len(values), [values]))
    assert header == ["a [px]"] * len(values)
    assert [float(cell) for cell in row] == [float(value) for value in values]


def test_what_there_is_not_is_empty_and_words_come_back_as_they_were():
    words = ['the "other", one', "a\nb", "", "é ← 1", "rPIE (α 0.5)"]
    assert rows_of(csv_table(["x"] * 6, [[None, *words]]))[1] == ["", *words]


def test_words_do_not_become_formulas_but_numbers_stay_numbers():
    risky = ["=1+1", "+a", "-b", "@c", "\td"]
    assert rows_of(csv_table(["=x", "b"], [risky, [-1.5, +2]])) == [
        ["'=x", "b"],
        [f"'{words}" for words in risky],
        ["-1.5", "2"],
    ]
