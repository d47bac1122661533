"""`ptygui judge RESULT`: whether a result can be trusted, and if not, what is at fault."""

import json
from argparse import Namespace
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui.cli.flags import Commands, add_command
from ptygui.cli.output import note, say
from ptygui.cli.reading import add_reading, read
from ptygui.cli.stopping import cause_of, code_of
from ptygui.errors import InputError

if TYPE_CHECKING:
    from ptygui.analysis.judged import Judged
    from ptygui.experiment.assessment import Assessment
    from ptygui.files.result import Result
    from ptygui.scan import Scan

_DESCRIPTION = """Judge a result without knowing the truth: good, doubtful or bad, and why.

Scans are simulated from it and reconstructed in the same way: the misfit that they leave is what to expect.
Half of the photons are fitted again with probe, modes, positions, brightness or the prior changed: what
predicts the other half better is the cause. That takes about ten previews. What was measured is kept in the
file."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "judge", run, "whether a result can be trusted, and why not", _DESCRIPTION)
    parser.add_argument("result", metavar="RESULT", help="a result file of ptygui")
    parser.add_argument(
        "--scan", metavar="SCAN", help="its scan (default: by its name, beside the result or here)"
    )
    parser.add_argument("--draws", type=int, default=2, metavar="N", help="simulated scans (default: 2)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the photons (default: 0)")
    parser.add_argument("--again", action="store_true", help="measure again what the file already has")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_reading(parser)


def run(args: Namespace) -> int:
    """Measure, unless the file has it; print the table and the verdict."""
    for flag, value, least in (("--draws", args.draws, 1), ("--seed", args.seed, 0)):
        if value < least:
            raise InputError(f"{flag} is {value}, expected at least {least}")
    from ptygui.experiment.assessment import assessment_of
    from ptygui.files.result_run import read_run
    from ptygui.files.results import read_result

    result = read_result(args.result)
    if not result.method:
        raise InputError(f"{args.result} is not of ptygui: it does not say by which method it was made")
    judged, code = result.judged, 0
    ended = read_run(args.result)
    if judged is None or not judged.done or args.again:
        judged, code = _measured(args, result)
        if judged is None:
            return code
        ended.judged = judged
        found = assessment_of(ended)
        _keep(Path(args.result), replace(result, judged=judged, verdict=_plain(found)))
    _report(args, judged, assessment_of(ended))
    return code


def _plain(found: "Assessment") -> dict[str, str]:
    return {"word": found.word, "why": found.why} if found.grade else {}


def _measured(args: Namespace, result: "Result") -> tuple["Judged | None", int]:
    """What was measured, and the exit code; after Ctrl-C nothing."""
    from ptygui.cli.running import progress_bar
    from ptygui.experiment.judging import TRIALS, judge
    from ptygui.methods import method_named

    method = method_named(result.method).read(result.options)
    judged, bar = None, progress_bar("reconstructions", 1 + args.draws + TRIALS)
    plain = result.seed == args.seed and not result.past
    known = result.last if plain and result.frames else None
    steps = judge(
        _scan(args, result), method, device=args.device, seed=args.seed, draws=args.draws, known=known
    )
    try:
        with closing(steps):
            for found in steps:
                if found is not None:
                    judged = found
                    bar.update()
    except KeyboardInterrupt as stop:
        say(f"ptygui: stopped by {cause_of(stop)}; nothing was written")
        return None, code_of(stop)
    finally:
        bar.close()
    return judged, 0


def _scan(args: Namespace, result: "Result") -> "Scan":
    """The scan of a result, with its patterns.

    Raises
    ------
    InputError
        If it is not known, or is another one.
    """
    name = "" if result.source is None else result.source.file
    beside = [path for path in (Path(args.result).parent / name, Path(name)) if name and path.exists()]
    if not args.scan and not beside:
        where = f"{name}, which is not beside it" if name else "a file that it does not name"
        raise InputError(f"{args.result} was made from {where}: give its scan with --scan")
    path = args.scan or beside[0]
    scan = read(Namespace(**vars(args) | {"scan": str(path)}))
    if not scan.fits(result):
        raise InputError(
            f"{path} has other positions, or another probe window or object, than {args.result}: it was "
            "read in another way, or thinned. Give the options of reading that it was made with, such as "
            "--refined or --crop; a thinned scan write with `ptygui thin`, and give it with --scan"
        )
    note(*scan.notes)
    own = "" if result.last is None else result.last.note
    more = [said for said in result.notes if said not in scan.notes and said != own]
    if more:
        note(
            f"{args.result} was made of this scan with more said of it ({'; '.join(more)}): if that is not "
            "given here as well, the judgement is of another run"
        )
    return scan


def _keep(path: Path, result: "Result") -> None:
    from ptygui.files.results import write_result

    write_result(path, result)


def _report(args: Namespace, judged: "Judged", found: "Assessment") -> None:
    from ptygui.cli.running import table

    if args.json:
        more = {
            "expected": judged.expected,
            "ratio": judged.ratio,
            "verdict": found.word,
            "reason": found.why,
        }
        print(json.dumps({"result": args.result, **judged.plain(), **more}, allow_nan=False))
        return
    if judged.expected is not None:
        spread = f" ± {judged.spread:.2g}" if judged.spread else ""
        print(f"misfit {judged.chi:.3g} × noise in a quick fit, expected {judged.expected:.3g}{spread}")
    if judged.fits:
        rows = [
            (fit.name, f"{fit.fitted:.3f}", f"{fit.predicted:.3f}", f"{fit.gain:+.3f} ± {fit.error:.3f}")
            for fit in judged.fits
        ]
        rows[0] = (*rows[0][:3], "")
        print(table(("half of the photons", "misfit", "misfit of the others", "better by"), rows))
        first = judged.fits[0]
        print(
            f"as it is: {first.used:.0%} of the data were spent on following their own noise; besides noise, "
            f"model or prior leave a misfit of {first.lack:.2g} × noise (0 if they are right)"
        )
    if judged.unsplit:
        note(f"photons were not split: {judged.unsplit}")
    print(f"{found.word}: {found.why}")
