"""Output in any encoding: the command line writes something to every terminal and pipe."""

import os
import subprocess
import sys

import numpy as np
import pytest

from ptygui.cli.encoding import plain

FILE = "größe-λ-数.npy"


def said(tmp_path, encoding, *words):
    """Output and exit code of a command whose output has an encoding."""
    unset = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": encoding}
    environment = {**os.environ, **unset, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(
        [sys.executable, "-m", "ptygui", *words], capture_output=True, env=environment, cwd=tmp_path
    )
    return (found.stdout + found.stderr).decode(encoding), found.returncode


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_info_of_a_name_that_the_terminal_cannot_show(tmp_path, encoding):
    np.save(tmp_path / FILE, np.full((20, 20), 0.5 + 0.5j))
    text, code = said(tmp_path, encoding, "info", FILE)
    assert (code, "Error" in text) == (0, False)
    assert "as an object" in text
    assert ("grosse" if encoding == "ascii" else "größe") in text


def test_an_error_and_help(tmp_path):
    text, code = said(tmp_path, "ascii", "info", "数.h5")
    assert code == 2
    assert "?.h5 does not exist" in text
    text, code = said(tmp_path, "ascii", "reconstruct", "daps", "--help")
    assert (code, "Error" in text) == (0, False)


def test_names_that_are_no_text_at_all():
    """Bytes of a file name that are not UTF-8 are lone surrogates in Python."""
    assert plain(os.fsdecode(b"a\xff")) == "a?"
    assert plain("10 µm → σ = 0.1 Å, naïve") == "10 um -> sigma = 0.1 A, naive"
