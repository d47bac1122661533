"""Reads damaged samples as the program would; one line of JSON a case, for `tests.fuzz.campaign`."""

import json
import os
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files import limits, patterns_on_disk


def opened(path: Path, folder: Path) -> str:
    """Whatever the program does with a file: it tells about it, opens it, and writes what it holds."""
    from ptygui.files.info import describe
    from ptygui.files.recognise import opens_as, recognise

    kind = recognise(path)
    attempts = [lambda: describe(path)]
    attempts += {
        "scan": [lambda: _scan(path, folder)],
        "result": [lambda: _result(path, folder), lambda: _object(path)],
        "project": [lambda: _project(path)],
        "prior": [lambda: _model(path)],
        "object": [lambda: _object(path), lambda: _probe(path), lambda: _frames(path, folder)],
    }.get(opens_as(kind) if kind else "", [])
    said = "read"
    for attempt in attempts:
        try:
            attempt()
        except InputError as error:
            said = str(error)
            assert "\n" not in said, said
    return said


def _scan(path, folder):
    from ptygui.files.scans import read_scan, write_scan

    for links in (False, True):
        write_scan(folder / "again.h5", read_scan(path, allow_links=links))


def _result(path, folder):
    from ptygui.files.result_run import read_run
    from ptygui.files.results import read_result, write_result

    write_result(folder / "again.h5", read_result(path))
    read_run(path)


def _project(path):
    from ptygui.files.project import read_project

    read_project(path)


def _model(path):
    from ptygui.networks.checkpoint import load_checkpoint

    load_checkpoint(path)


def _object(path):
    from ptygui.files.objects import read_object
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    obj = read_object(path).obj
    if max(obj.shape) <= 64:
        simulate(obj, make_probe("medium", 8), Simulation(overlap=0.5))


def _frames(path, folder):
    from ptygui.files.layout.layout import Layout
    from ptygui.files.scans import read_scan, write_scan

    write_scan(folder / "again.h5", read_scan(path, layout=Layout(patterns="array", step="2px", grid="3,3")))


def _probe(path):
    from ptygui.files.probes import read_probe

    read_probe(path)


def _processes() -> list[str]:
    """This process, and those it started, where /proc says so."""
    try:
        return [str(os.getpid()), *Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def _forget_peaks() -> None:
    for pid in _processes():
        try:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        except OSError:
            pass


def _peak() -> int:
    """The most memory that this process, or one that it started, has taken since [bytes]."""
    found = [0]
    for pid in _processes():
        try:
            words = Path(f"/proc/{pid}/status").read_text().split()
            found.append(1024 * int(words[words.index("VmHWM:") + 1]))
        except (OSError, ValueError):
            pass
    return max(found)


def _busy() -> float:
    """Processor time of this process and of those it started [s]: a busy machine does not change it."""
    seconds = time.process_time()
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds += used.ru_utime + used.ru_stime
        for pid in _processes()[1:]:
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            seconds += (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    except (ImportError, OSError):
        pass
    return seconds


def case(sample: str, seed: int, folder: Path) -> dict:
    """Damage a sample and read it."""
    from tests.fuzz.mutations import mutate
    from tests.fuzz.samples import SAMPLES

    for old in folder.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    rng = np.random.default_rng([seed, *sample.encode()])
    path = folder / sample
    SAMPLES[sample](path)
    patterns_on_disk.LARGE = 1 if seed % 2 else 2**30  # every second one is taken for a large file
    done = mutate(path, rng)
    if sample == "scan_dp.hdf5" and rng.random() < 0.5:
        done += ", " + mutate(path.with_name("scan_para.hdf5"), rng)
    _forget_peaks()
    before, start, trace = _peak(), _busy(), ""
    try:
        said = opened(path, folder)
    except InputError as error:
        said = str(error)
    except BaseException as error:
        said, trace = f"{type(error).__name__}: {error}"[:300], traceback.format_exc()
    return {
        "done": done,
        "said": said,
        "trace": trace,
        "seconds": _busy() - start,
        "memory": _peak() - before,
    }


def main() -> None:
    """Cases come on standard input, as [sample, seed]."""
    # so that no case counts the time that these take
    import safetensors.torch  # noqa: F401
    from diffusers import UNet2DModel  # noqa: F401

    import ptygui.networks.checkpoint
    import ptygui.physics.simulate  # noqa: F401

    warnings.simplefilter("error", np.exceptions.ComplexWarning)  # half of what a file holds would be lost
    limits.CPU_SECONDS = 1.5  # samples are small: what takes longer loops
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            print(json.dumps(case(*json.loads(line), Path(folder))), file=out, flush=True)


if __name__ == "__main__":
    main()
