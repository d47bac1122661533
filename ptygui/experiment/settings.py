"""Settings of a run for any method: declared once, for window, command line and files."""

from dataclasses import dataclass

from ptygui.options import Options, option


@dataclass(frozen=True)
class RunSettings(Options):
    """The device of a run, and its seed."""

    device: str = option(
        "auto",
        suggested=("auto", "cpu", "cuda"),
        help="where to compute; auto: CUDA if there is one, else the CPU",
    )
    seed: int = option(0, min=0, max=2**63 - 1, help="the same seed gives the same run")
