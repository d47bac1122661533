"""`ptygui priors [SCAN]`: the trained priors to choose from, or ranked by what they predict of a scan."""

import json
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptygui.cli.flags import Commands, add_command
from ptygui.cli.output import note, say
from ptygui.cli.stopping import cause_of, code_of
from ptygui.errors import InputError

if TYPE_CHECKING:
    from ptygui.experiment.ranking import Ranking
    from ptygui.prior.entry import PriorEntry

_DESCRIPTION = """List the trained priors; with SCAN, rank them on it.

Each prior, and AWF without one, reconstructs the scan (of a large one the centre) in a preview from which
10 % of the detector pixels are hidden. What it predicts for those is compared with the counts. This takes
seconds to a minute a prior."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "priors", run, "list trained priors, or rank them on a scan", _DESCRIPTION)
    parser.add_argument("scan", nargs="?", metavar="SCAN", help="the scan to rank them on")
    parser.add_argument(
        "--folder",
        action="append",
        default=[],
        metavar="FOLDER",
        help="also a prior elsewhere, or a folder of several; may be repeated",
    )
    parser.add_argument(
        "--minutes", type=float, default=5.0, metavar="X", help="start no further preview after (default: 5)"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of the hidden pixels (default: 0)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: Namespace) -> int:
    """Print the table, or the ranking; after Ctrl-C the ranking so far."""
    if not args.minutes > 0:
        raise InputError(f"--minutes is {args.minutes:g}, expected more than 0")
    if args.seed < 0:
        raise InputError(f"--seed is {args.seed}, expected at least 0")
    from ptygui.prior.catalogue import catalogue

    entries = list(catalogue(_folders(args.folder)))
    if args.scan is not None:
        return _rank(args, entries)
    if args.json:
        print(json.dumps([_plain(entry) for entry in entries]))
    else:
        print(_table(entries))
    return 0


def _folders(given: Sequence[str]) -> list[str]:
    """The folders of priors that are given, or that are in a given folder.

    Raises
    ------
    InputError
        If there is none in one.
    """
    found: list[str] = []
    for name in given:
        folder = Path(name).expanduser()
        inside = sorted(path.parent for path in folder.glob("*/prior.json"))
        here = [folder] if (folder / "prior.json").is_file() else inside
        if not here:
            raise InputError(f"--folder is {name}, which has no prior.json, nor has a folder in it")
        found += map(str, here)
    return found


def _table(entries: "Sequence[PriorEntry]") -> str:
    from ptygui.cli.running import table
    from ptygui.prior.entry import SIGMA

    rows = [
        (
            entry.name,
            entry.domain or "not stated",
            entry.date or "not stated",
            f"{entry.parameters / 1e6:.1f} M",
            "not measured" if entry.error is None else f"{entry.error:.4f}",
            entry.data,
        )
        for entry in entries
    ]
    heads = "prior", "domain", "date", "parameters", "held-out error", "learned from"
    below = (
        f"Held-out error: of images of the prior's own kind, at σ = {SIGMA}. It does not compare priors of"
    )
    return f"{table(heads, rows)}\n{below} different kinds; `ptygui priors SCAN` does, on a scan."


def _plain(entry: "PriorEntry") -> dict[str, Any]:
    return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(entry).items()}


def _rank(args: Namespace, entries: "Sequence[PriorEntry]") -> int:
    from ptygui.cli.running import progress_bar
    from ptygui.experiment.ranking import rank_priors
    from ptygui.files.scans import read_scan

    scan = read_scan(args.scan)
    note(*scan.notes)
    names = [entry.name for entry in entries]
    bar = progress_bar("previews", len(names) + 1)
    ranking, stopped = None, None
    steps = rank_priors(scan, names, minutes=args.minutes, device=args.device, seed=args.seed)
    try:
        with closing(steps):
            for so_far in steps:
                if so_far is not None:
                    ranking = so_far
                    bar.update()
    except KeyboardInterrupt as stop:
        stopped = stop
    finally:
        bar.close()
    if stopped is not None:
        done = 0 if ranking is None else len(ranking.candidates)
        say(f"ptygui: stopped by {cause_of(stopped)} after {done} of {len(names) + 1} previews")
    if ranking is not None:
        _report(args, ranking)
    return code_of(stopped) if stopped else 0


def _report(args: Namespace, ranking: "Ranking") -> None:
    from ptygui.cli.running import table

    if args.json:
        print(json.dumps(_as_plain(args.scan, ranking)))
        return
    rows = [
        (
            candidate.name,
            f"{candidate.deviance:.3f}",
            "" if not candidate.behind else f"+{candidate.behind:.3f} ± {candidate.error:.3f}",
            f"{candidate.seconds:.1f}",
        )
        for candidate in ranking.candidates
    ]
    print(table(("prior", "deviance", "behind the best", "seconds"), rows))
    note(*(f"{name} has no score: {why}" for name, why in ranking.left_out))
    print(ranking.verdict)
    if ranking.candidates and ranking.best.prior:
        print(f"ptygui reconstruct daps {args.scan} --prior {ranking.best.prior} --out result.h5")


def _as_plain(scan: str, ranking: "Ranking") -> dict[str, Any]:
    rows = [
        {
            "prior": c.prior or None,
            "method": c.method.key(),
            "deviance": c.deviance,
            "behind": c.behind,
            "error": c.error if c.error < float("inf") else None,
            "alike": c.alike,
            "seconds": c.seconds,
        }
        for c in ranking.candidates
    ]
    return {
        "scan": scan,
        "candidates": rows,
        "left_out": dict(ranking.left_out),
        "hidden_pixels": ranking.pixels,
        "positions": ranking.positions,
        "seconds": ranking.seconds,
        "best": ranking.best.prior or None if rows else None,
        "verdict": ranking.verdict,
    }
