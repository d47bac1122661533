"""A run as text that makes it again: a Python script, or commands."""

from collections.abc import Iterable, Sequence

import ptygui
from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.gui.model.prepare_command import command_line
from ptygui.gui.model.scan_recipe import ScanRecipe, options_flags, python_of
from ptygui.methods import METHODS, Method

Segment = tuple[Method, int]  # a method, and the step until which it is used


def script_of(run: Run, recipe: ScanRecipe, runs: Iterable[Run] = ()) -> str:
    """A Python script that makes a run again, from its scan on.

    Options that were changed on the way are changed at the same steps.

    Parameters
    ----------
    run : Run
    recipe : ScanRecipe
        Of its scan.
    runs : iterable of Run
        Among which is the one that it branched off.

    Raises
    ------
    InputError
        If it cannot be made again from what is at hand; the message says what to do.
    """
    _check(run)
    recipe.check(run.name)
    seeds = _seeds(run, runs)
    imports, lines = recipe.python(run.device)
    segments = _segments(run)
    told = f"seed={run.seed}, device={run.device!r}"
    if len(segments) == 1 and not _ends_early(run):
        method = python_of(run.method)
        steps = [
            f"method, history = {method}, ptygui.History()",
            f"for step in ptygui.reconstruct(scan, method, {told}):",
            "    if step is not None:",
            "        history.append(step)",
        ]
    else:
        steps = ["history = ptygui.History()", "for method, seed, end in ("]
        steps += [
            f"    ({python_of(method)}, {seed}, {end}),"
            for (method, end), seed in zip(segments, seeds, strict=True)
        ]
        steps += [
            "):",
            "    steps = ptygui.reconstruct(",
            f"        scan, method, seed=seed, device={run.device!r}, resume=history.last, record=(end,)",
            "    )",
            "    for step in steps:",
            "        if step is not None:",
            "            history.append(step)",
            "            if step.index >= end:",
            "                break",
            "    steps.close()",
        ]
    out = f"{_plain(run)}.h5"
    end = [
        f"ptygui.write_result({out!r}, ptygui.Result.of(scan, method, history, {told}))",
        'print(f"{history.last.index} steps, misfit {history.last.misfit:.6g}")',
    ]
    head = [f"# Makes run {run.name!r} again. Copied from ptygui {ptygui.__version__}.", "", "import ptygui"]
    return "\n".join([*head, *imports, "", *lines, *steps, *end, ""])


def command_of(run: Run, recipe: ScanRecipe) -> str:
    """Commands that make a run again, one a line.

    Raises
    ------
    InputError
        If commands cannot; the message says what to do.
    """
    _check(run)
    recipe.check(run.name)
    if len(_segments(run)) > 1 or _ends_early(run):
        raise InputError(
            f"{run.name} was stopped, branched or changed on the way, which no command repeats: copy it as "
            "Python"
        )
    before, scan = recipe.commands(run.seed)
    words = ["ptygui", "reconstruct", run.method.key(), *scan, *options_flags(run.method)]
    words += [*options_flags(run.settings), "--out", f"{_plain(run)}.h5"]
    return "\n".join(map(command_line, [*before, words]))


def _check(run: Run) -> None:
    if type(run.method) not in METHODS or not run.scan.has_patterns:
        raise InputError(f"{run.name} is a result without its scan: open the scan, and run the method on it")
    if run.last is None:
        raise InputError(f"{run.name} has no step yet: copy it once it has begun")


def _segments(run: Run) -> Sequence[Segment]:
    """The methods of a run, one after the other, each with its last step."""
    assert run.last is not None
    return [*((method, step) for step, method in run.past), (run.method, run.last.index)]


def _seeds(run: Run, runs: Iterable[Run]) -> list[int]:
    """The seed of each segment: those before a branch are of the run that it left."""
    if run.origin is None:
        return [run.seed] * len(_segments(run))
    left = next((other for other in runs if other.number == run.origin.run), None)
    if left is None:
        raise InputError(f"{run.name} branched off a run that is not in the list any more")
    before = _seeds(left, runs) if left.last is not None else [left.seed]
    count = sum(step <= run.origin.step for step, _ in run.past)
    return (before + [left.seed] * count)[:count] + [run.seed] * (len(_segments(run)) - count)


def _ends_early(run: Run) -> bool:
    return run.last is not None and not run.last.done


def _plain(run: Run) -> str:
    """A file name that every system takes."""
    return f"run-{run.number}-{run.method.key()}"
