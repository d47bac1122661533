"""What hours of work on the command line survive: signals, kills, and targets that go bad meanwhile."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from fixtures.v0_1 import FOLDER

from ptygui.__main__ import main
from ptygui.cli import keeping
from ptygui.cli.stopping import stop_on_signals
from ptygui.experiment.run import Run
from ptygui.files.results import read_result

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs the signals of POSIX")
# every step is kept at once
START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from ptygui.cli import keeping; keeping.EVERY = float(sys.argv[1]);"
    "from ptygui.__main__ import main; sys.exit(main(sys.argv[2:]))"
)
NEVER, AT_ONCE = 1e9, 1e-9


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stopping")
    out = str(folder / "scan.h5")
    assert main(["simulate", "--object", "smear:1:64", "--overlap", "0.6", "--seed", "3", "--out", out]) == 0
    return folder


def start(*arguments, every=NEVER, **settings) -> subprocess.Popen:
    words = [sys.executable, "-c", START, str(every), *map(str, arguments)]
    return subprocess.Popen(words, **settings)


def endless(folder, out):
    return ["reconstruct", "awf", folder / "scan.h5", "--iterations", "1000000", "--out", out]


def until_steps_are_shown(terminal) -> None:
    shown = b""
    while b"misfit" not in shown:
        assert select.select([terminal], [], [], 60)[0], "no step was shown"
        shown += os.read(terminal, 4096)


def ended(running) -> int:
    try:
        return running.wait(timeout=60)
    finally:
        running.kill()


@POSIX
def test_a_terminal_that_is_closed_keeps_the_result(folder, tmp_path):
    """The system then sends SIGHUP, and refuses whatever is still said."""
    out = tmp_path / "r.h5"
    terminal, end = os.openpty()
    code = f"import fcntl, termios; fcntl.ioctl(2, termios.TIOCSCTTY, 0); {START}"
    words = [sys.executable, "-c", code, NEVER, *endless(folder, out)]
    running = subprocess.Popen(list(map(str, words)), stdout=end, stderr=end, start_new_session=True)
    os.close(end)
    until_steps_are_shown(terminal)
    os.close(terminal)
    assert ended(running) == 129
    assert os.listdir(tmp_path) == ["r.h5"]
    assert read_result(out).last.index > 0


@POSIX
def test_a_signal_to_end_keeps_the_result(folder, tmp_path):
    """Ctrl-C: test_cli.py."""
    out = tmp_path / "r.h5"
    terminal, end = os.openpty()
    running = start(*endless(folder, out), "--json", stdout=subprocess.PIPE, stderr=end, text=True)
    os.close(end)
    until_steps_are_shown(terminal)
    running.send_signal(signal.SIGTERM)
    said, _ = running.communicate(timeout=60)
    running.kill()
    assert running.returncode == 143
    assert json.loads(said)["interrupted"] is True
    shown = b""
    while b"--resume" not in shown:
        shown += os.read(terminal, 4096)
    assert b"stopped by SIGTERM at step" in shown
    os.close(terminal)
    assert os.listdir(tmp_path) == ["r.h5"]
    result = read_result(out)
    assert result.last.index > 0
    assert result.state  # to go on from


@POSIX
@pytest.mark.parametrize(("name", "code"), [("SIGHUP", 129), ("SIGINT", 130)])
def test_a_signal_in_the_midst_of_the_steps(name, code, folder, places, midway, capsys):
    out = places / "work" / "r.h5"
    midway(lambda: signal.raise_signal(getattr(signal, name)))
    assert reconstruct_to(out, folder, "--json") == code
    said = capsys.readouterr()
    assert json.loads(said.out)["interrupted"] is True
    assert f"stopped by {'Ctrl-C' if name == 'SIGINT' else name} at step" in said.err
    assert "--resume" in said.err
    result = read_result(out)
    assert 0 < result.last.index < result.last.total
    assert result.state


@POSIX
def test_signals_on_signals_do_not_keep_a_result_from_being_written(monkeypatch):
    came = []

    def work():
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt as stop:
            came.append(stop.number)
            signal.raise_signal(signal.SIGHUP)
            signal.raise_signal(signal.SIGTERM)
            came.append("written")

    with stop_on_signals():
        work()
    assert came == [signal.SIGTERM, "written"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_result_that_is_being_written_is_written(name, folder, tmp_path, monkeypatch, capsys):
    from ptygui.files import results

    whole, out = results.write_result, tmp_path / "r.h5"

    def write(*args):
        signal.raise_signal(getattr(signal, name))
        return whole(*args)

    monkeypatch.setattr(results, "write_result", write)
    arguments = ["reconstruct", "awf", str(folder / "scan.h5"), "--iterations", "3", "--out", str(out)]
    assert main([*arguments, "--tiff", str(tmp_path / "t")]) == 0
    assert "the results so far are being written" in capsys.readouterr().err
    assert read_result(out).last.index == 3
    assert any((tmp_path / "t").iterdir())


@POSIX
def test_what_nohup_ignores_is_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_on_signals():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@POSIX
def test_a_window_answers_signals_in_its_own_way(monkeypatch):
    """Raised in a slot of Qt's, an exception would end the program."""
    seen = []
    monkeypatch.setattr("ptygui.__main__.no_window", lambda: "")
    monkeypatch.setattr(
        "ptygui.__main__.open_window", lambda path: seen.append(signal.getsignal(signal.SIGTERM))
    )
    assert main(["gui"]) == 0
    assert seen == [signal.SIG_DFL]


@POSIX
def test_a_signal_before_the_first_step_ends_with_its_code(folder, tmp_path, monkeypatch, capsys):
    def read(*args, **more):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("ptygui.files.scans.read_scan", read)
    assert main([str(word) for word in endless(folder, tmp_path / "r.h5")]) == 143
    assert capsys.readouterr().err == "ptygui: stopped by SIGTERM; nothing was written\n"


@POSIX
def test_a_kill_costs_what_came_after_the_last_keeping(folder, tmp_path):
    out = tmp_path / "r.h5"
    terminal, end = os.openpty()
    running = start(*endless(folder, out), every=AT_ONCE, stderr=end)
    os.close(end)
    for _ in range(3):  # at the second time on the bar the first has been kept
        until_steps_are_shown(terminal)
    running.kill()
    assert ended(running) == -signal.SIGKILL
    os.close(terminal)
    result = read_result(out)
    assert 0 < result.last.index < result.last.total
    arguments = ["reconstruct", "awf", folder / "scan.h5", "--resume", out, "--out", tmp_path / "on.h5"]
    arguments += ["--iterations", result.last.index + 2]
    assert main([str(word) for word in arguments]) == 0


def test_what_is_kept_on_the_way_does_not_change_the_result(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("ptygui.cli.running._INTERVAL", 0.0)
    arguments = ["reconstruct", "awf", str(folder / "scan.h5"), "--iterations", "30", "--every", "10"]
    numbers = []
    for every in (NEVER, AT_ONCE):
        monkeypatch.setattr(keeping, "EVERY", every)
        assert main([*arguments, "--out", str(tmp_path / "r.h5")]) == 0
        numbers.append(read_result(tmp_path / "r.h5").numbers["index"])
    assert numbers == [[10, 20, 30]] * 2


def test_a_file_is_kept_up_to_date_as_often_as_it_is_cheap(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: now[0])

    def write(path, seconds):
        now[0] += seconds

    keeper = keeping.Keeper(tmp_path / "r.h5", write)
    times = []
    for seconds in (1, 30, 1):
        while not keeper.due:
            now[0] += 1
        times.append(now[0])
        keeper.keep(seconds)
    assert times == [180, 361, 991]  # 30 s are a twentieth of the 600 s after them


# ---------------------------------------------------------------- targets that go bad


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Folders for home and temporary files, and a run of steps in whose midst something happens."""
    for name in ("home", "temporary", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    return tmp_path


@pytest.fixture
def midway(monkeypatch):
    """Let something happen in the midst of a reconstruction, once."""
    from ptygui.experiment import run as module

    def arrange(act):
        whole = module.reconstruct

        def reconstruct(*args, **more):
            happened = False
            for step in whole(*args, **more):
                yield step
                if not happened:
                    happened = True
                    act()

        monkeypatch.setattr(module, "reconstruct", reconstruct)

    return arrange


def reconstruct_to(out, folder, *more) -> int:
    return main(
        ["reconstruct", "awf", str(folder / "scan.h5"), "--iterations", "5", "--out", str(out), *more]
    )


def test_a_target_that_became_a_folder(folder, places, midway, capsys):
    out = places / "work" / "r.h5"
    midway(out.mkdir)
    assert reconstruct_to(out, folder, "--json") == 2
    said = capsys.readouterr()
    (written,) = (places / "work").glob("r-*.h5")
    assert f"{out} is a folder" in said.err
    assert f"the result is in {written} instead" in said.err
    assert json.loads(said.out)["out"] == str(written)
    assert read_result(written).last.index == 5


def test_a_folder_that_was_removed_is_made_again(folder, places, midway):
    out = places / "work" / "r.h5"
    midway(out.parent.rmdir)
    assert reconstruct_to(out, folder) == 0
    assert read_result(out).last.index == 5


def test_a_folder_that_became_a_file(folder, places, midway, capsys):
    out = places / "work" / "r.h5"

    def spoil():
        out.parent.rmdir()
        out.parent.write_text("in the way")

    midway(spoil)
    assert reconstruct_to(out, folder) == 2
    (written,) = (places / "home").glob("r-*.h5")
    assert str(written) in capsys.readouterr().err
    assert read_result(written).last.index == 5


def test_a_folder_that_may_not_be_written_any_more(folder, places, midway, monkeypatch, capsys):
    """Said by the system in words of its own: for root, who runs many tests, every folder may be written."""
    out, whole = places / "work" / "r.h5", os.access

    def close():
        closed = lambda path, mode: Path(path) != out.parent and whole(path, mode)  # noqa: E731
        monkeypatch.setattr(os, "access", closed)

    midway(close)
    assert reconstruct_to(out, folder) == 2
    (written,) = (places / "home").glob("r-*.h5")
    assert f"{out.parent} is not writable" in capsys.readouterr().err
    assert read_result(written).last.index == 5


@pytest.fixture
def full(monkeypatch):
    """Folders whose disk is full."""
    import errno

    from ptygui.files import hdf5

    folders, whole = [], hdf5._open

    def refusing(path):
        if path.parent in folders:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(path)

    monkeypatch.setattr(hdf5, "_open", refusing)
    return folders


def test_a_disk_that_filled_up(folder, places, full, capsys):
    full.append(places / "work")
    assert reconstruct_to(places / "work" / "r.h5", folder) == 2
    said = capsys.readouterr().err
    (written,) = (places / "home").glob("r-*.h5")
    assert "r.h5 could not be written, the disk is full" in said
    assert str(written) in said
    assert list((places / "work").iterdir()) == []


def test_temporary_files_are_the_last_place(folder, places, full, capsys):
    full += [places / "work", places / "home"]
    assert reconstruct_to(places / "work" / "r.h5", folder) == 2
    (written,) = (places / "temporary").glob("r-*.h5")
    assert read_result(written).last.index == 5
    full.append(places / "temporary")
    assert reconstruct_to(places / "work" / "r.h5", folder) == 2
    assert "could be written to no other folder either" in capsys.readouterr().err


def test_a_disk_that_is_full_for_a_while_is_told_once(folder, places, full, monkeypatch, capsys):
    monkeypatch.setattr(keeping, "EVERY", AT_ONCE)
    monkeypatch.setattr("ptygui.cli.running._INTERVAL", 0.0)
    full.append(places / "work")
    whole = keeping.write_somewhere

    def with_room(*args):
        full.clear()
        return whole(*args)

    monkeypatch.setattr("ptygui.cli.reconstruct.write_somewhere", with_room)
    assert reconstruct_to(places / "work" / "r.h5", folder) == 0
    said = capsys.readouterr().err
    assert said.count("the run continues, and writing will be tried again") == 1
    assert read_result(places / "work" / "r.h5").last.index == 5


def test_tiff_that_cannot_be_written_costs_no_result(folder, places, midway, capsys):
    out, tiff = places / "work" / "r.h5", places / "work" / "tiff"
    midway(lambda: tiff.write_text("in the way"))
    assert reconstruct_to(out, folder, "--tiff", str(tiff)) == 2
    said = capsys.readouterr()
    assert f"the result itself is in {out}" in said.err
    assert "TIFF in" not in said.out
    assert read_result(out).last.index == 5


def test_weights_that_are_gone_by_now_cost_no_result(folder, places, midway, monkeypatch):
    network = shutil.copytree(FOLDER / "tiny-unet", places / "network")
    monkeypatch.setattr(keeping, "EVERY", AT_ONCE)
    midway(lambda: shutil.rmtree(network))
    out = places / "work" / "r.h5"
    arguments = ["reconstruct", "unet", str(folder / "scan.h5"), "--network", str(network)]
    assert main([*arguments, "--iterations", "3", "--out", str(out)]) == 0
    assert "unet sha256" not in read_result(out).versions


# ---------------------------------------------------------------- the table of a sweep

SWEEP = ["sweep", "awf:iterations=4", "rpie:iterations=3", "--object", "smear:1:64", "--from", "0.3", "--to"]
SWEEP += ["0.5", "--by", "0.2", "--device", "cpu"]


@pytest.fixture
def seen(monkeypatch, tmp_path):
    """How many rows the table had whenever a run began."""
    rows, whole = [], Run.to_end

    def to_end(run, **how):
        rows.append(len((tmp_path / "t.csv").read_text().splitlines()))
        yield from whole(run, **how)

    monkeypatch.setattr(Run, "to_end", to_end)
    return rows


def test_each_row_is_there_once_its_run_is_done(seen, tmp_path):
    assert main([*SWEEP, "--csv", str(tmp_path / "t.csv")]) == 0
    assert seen == [1, 2, 3, 4]  # the headings first
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 5
    assert os.listdir(tmp_path) == ["t.csv"]


@POSIX
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_sweep_that_is_stopped_keeps_its_rows(name, code, tmp_path, monkeypatch, capsys):
    whole, begun = Run.to_end, []

    def to_end(run, **how):
        begun.append(run)
        if len(begun) == 3:
            signal.raise_signal(getattr(signal, name))
        yield from whole(run, **how)

    monkeypatch.setattr(Run, "to_end", to_end)
    assert main([*SWEEP, "--csv", str(tmp_path / "t.csv")]) == code
    said = capsys.readouterr()
    assert "after 2 of 4 runs; those are in " in said.err
    assert "AWF" in said.out
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 3


def test_a_table_that_became_a_folder_is_written_beside(places, monkeypatch, capsys):
    out = places / "work" / "t.csv"
    whole, begun = Run.to_end, []

    def to_end(run, **how):
        begun.append(run)
        if len(begun) == 2:
            out.unlink()
            out.mkdir()
        yield from whole(run, **how)

    monkeypatch.setattr(Run, "to_end", to_end)
    assert main([*SWEEP, "--csv", str(out)]) == 2
    said = capsys.readouterr()
    (written,) = (places / "work").glob("t-*.csv")
    assert f"the table is in {written} instead" in said.err
    assert said.err.count("writing will be tried again") == 1
    assert str(written) in said.out
    assert len(written.read_text().splitlines()) == 5


# ---------------------------------------------------------------- a training


@POSIX
def test_a_training_that_is_stopped_is_saved(tmp_path, monkeypatch, capsys):
    from ptygui.training.trainer import Trainer

    whole, taken = Trainer.take_step, []

    def take_step(trainer, rate):
        taken.append(rate)
        if len(taken) == 3:
            signal.raise_signal(signal.SIGTERM)
        return whole(trainer, rate)

    monkeypatch.setattr(Trainer, "take_step", take_step)
    arguments = "train prior smear:1:96 --preset tiny --steps 9 --crop 32 --batch 1".split()
    assert main([*arguments, "--out", str(tmp_path / "m")]) == 143
    assert "stopped by SIGTERM; the same command continues" in capsys.readouterr().out
    assert main([*arguments, "--out", str(tmp_path / "m")]) == 0
    assert "9 steps" in capsys.readouterr().out
    assert len(taken) == 3 + 7  # two were done, and saved
