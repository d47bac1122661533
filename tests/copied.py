"""What a user does with a run that was copied: the script or the commands are run."""

import os
import shlex

from ptygui import cli, read_result


def run_script(text):
    """The last step that a copied script makes."""
    made = {}
    exec(compile(text, "copied.py", "exec"), made)
    return made["history"].last


def run_commands(text):
    """The result that the last of copied commands writes."""
    assert os.name == "posix"
    for line in text.splitlines():
        assert cli.main(shlex.split(line)[1:]) == 0
        out = shlex.split(line)[-1]
    return read_result(out)
