"""Follow a training on the terminal, and put its options into the command for the card."""

import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptygui.cli.output import note
from ptygui.cli.running import progress_bar
from ptygui.cli.stopping import cause_of, code_of
from ptygui.options import flag_of

if TYPE_CHECKING:
    from tqdm import tqdm

    from ptygui.training.loop import Records, TrainingProgress

_WORDS = {"pairs": "making pairs", "reconstruction": "reconstructing"}


def follow(training: "Records", folder: Path) -> "tuple[TrainingProgress | None, int]":
    """Run a training with a progress bar: its last progress, and the exit code."""
    bar: tqdm[Any] | None = None
    last: TrainingProgress | None = None
    stage, code, told = "", 0, False
    try:
        for last in training:
            if bar is None or stage != last.stage:
                stage = last.stage
                if bar is not None:
                    bar.close()
                bar = progress_bar(_WORDS.get(stage, "training"), None, last.step - 1)
            bar.update(last.step - bar.n)
            if last.trouble and not told:
                note(last.trouble)
            told = (told or bool(last.trouble)) and not last.saved
            loss = "" if math.isnan(last.loss) else f", loss {last.loss:.4f}"
            bar.set_postfix_str(f"{_clock(last.seconds_left)} left{loss}", refresh=False)
    except KeyboardInterrupt as stop:
        code = code_of(stop)
        kept = last is not None and last.stage != "reconstruction"
        goes_on = f"the same command continues from {folder}"
        print(f"\nptygui: stopped by {cause_of(stop)}; {goes_on if kept else 'nothing was written'}")
    finally:
        training.close()
        if bar is not None:
            bar.close()
    return last, code


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"


def flag(name: str, value: object) -> str:
    """An option as it is typed; a switch has no value."""
    typed = flag_of(name, value)
    return typed if isinstance(value, bool) else f"{typed} {shlex.quote(str(value))}"
