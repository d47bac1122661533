"""A scan that another process is writing is followed, without waiting for a time anywhere."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import small_object

import ptygui
from ptygui.__main__ import main
from ptygui.errors import InputError
from ptygui.experiment.watching import Arrived, Watch, placed
from ptygui.files.growing import GrowingScan
from ptygui.files.hdf5 import first_frames, open_hdf5
from ptygui.files.layout.layout import Layout
from ptygui.files.results import read_result
from ptygui.methods import method_named

WRITER = Path(__file__).with_name("growing_writer.py")
ROOT = Path(ptygui.__file__).parents[1]
FLAGS = (
    "--patterns run/frames --positions run/motors --positions-axes yx --positions-unit px --probe-path probe"
)


@pytest.fixture(scope="module")
def whole():
    """A scan of 100 positions, 10 in a row."""
    probe = ptygui.make_probe("compact", width=16)
    scan = ptygui.simulate(small_object(61), probe, ptygui.Simulation(reference_length=10, overlap=0.5))
    assert len(scan) == 100
    return scan


class Writer:
    """The other process; `tell` returns once it has done what it was told."""

    def __init__(self, folder, scan, kind):
        ptygui.write_scan(folder / "source.h5", scan)
        self.path = folder / "growing.h5"
        command = [sys.executable, str(WRITER), str(folder / "source.h5"), str(self.path), kind]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, cwd=ROOT, **pipes)
        assert self.process.stdout.readline() == "ready\n"

    def tell(self, word):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == f"{word}\n"


@pytest.fixture
def writer(tmp_path, whole):
    writers = []

    def begin(kind):
        writers.append(Writer(tmp_path, whole, kind))
        return writers[-1]

    yield begin
    for one in writers:
        one.process.kill()
        one.process.communicate()


def growing_at(path, **more):
    return GrowingScan(path, lambda search: ptygui.read_scan(path, find_probe=search), quiet=0, **more)


@pytest.mark.parametrize("kind", ["scan", "cxi"])
def test_a_run_that_began_at_10_positions_ends_at_100(tmp_path, whole, writer, kind):
    told = GrowingScan(tmp_path / "growing.h5", lambda search: None).look()
    assert (told.frames, told.complete, told.scan) == (0, False, None)
    assert "does not exist yet" in told.text
    other = writer(kind)
    scan = growing_at(other.path)
    assert "locked by the program that writes it" in scan.look().text
    other.tell("swmr")
    assert scan.look().text == "0 frames have come, more awaited: no frame yet"
    watch = Watch(scan.look, method_named("rpie")(iterations=40, probe_update="no"), seconds=0)
    words, asked = iter(["40", "100", "close"]), False
    other.tell("10")
    came, first = [], {}
    for event in watch.events(interval=0):
        if isinstance(event, Arrived):
            came.append((event.frames, event.complete))
            asked = False
        elif event is not None:
            first.setdefault(len(watch.run.scan), event.misfit)
            if event.index >= 10 and not asked and (word := next(words, None)) is not None:
                other.tell(word)
                asked = True
    assert came == [(10, False), (40, False), (100, False), (100, True)]
    run = watch.run
    assert run.outcome == "done"
    assert run.last.done
    np.testing.assert_allclose(run.scan.positions, whole.positions, atol=1e-6)
    np.testing.assert_allclose(run.scan.patterns[:], whole.patterns[:])
    # it went on: a run without the object of the one before begins worse
    anew = next(ptygui.reconstruct(run.scan, run.method, interval=0))
    assert first[100] < 0.8 * anew.misfit


def test_frames_whose_position_has_not_come_are_not_there(whole, writer):
    import h5py

    other = writer("scan")
    other.tell("swmr")
    other.tell("30")
    other.tell("close")
    with h5py.File(other.path, "a", libver="latest") as file:
        file["patterns"].resize(40, axis=0)
        file["patterns"][30:] = whole.patterns[30:40]
        file["positions_px"].resize(38, axis=0)
        file["positions_px"][30:35] = whole.positions[30:35]  # others have the length, and no value yet
        file.swmr_mode = True
        file.flush()
        scan = growing_at(other.path, expected=100)
        found = scan.look()
        assert (found.frames, len(found.scan)) == (35, 35)
        assert found.text == "35 of 100 frames have come, 65 awaited"
        assert scan.look().scan is None
        file["patterns"][35:] = 0
        file["positions_px"][35:38] = whole.positions[35:38]
        file.flush()
        assert scan.look().frames == 35  # a pattern of zeros is one that has not come
        file["patterns"][36] = whole.patterns[36]
        file.flush()
        assert scan.look().frames == 37  # one without light amid others is what was measured


def test_who_watches_does_not_keep_the_writer_out(tmp_path, whole):
    """A program may close the file and open it again to add more."""
    import h5py

    path = ptygui.write_scan(tmp_path / "scan.h5", whole)
    with first_frames(path), open_hdf5(path) as file, h5py.File(path, "a") as written:
        written.attrs["more"] = 1
        assert len(file.dataset("patterns")) == 100
    assert growing_at(path, expected=200).look().text == "100 of 200 frames have come, 100 awaited"


def test_a_file_that_is_closed_after_each_frame_is_followed_until_nothing_comes(tmp_path, whole, monkeypatch):
    import h5py

    clock = SimpleNamespace(monotonic=lambda: clock.now, now=0.0)
    monkeypatch.setattr("ptygui.files.growing.time", clock)
    path, m = tmp_path / "appended.h5", whole.width
    layout = Layout(patterns="frames", positions="places", positions_axes="yx", positions_unit="px")
    read = partial(ptygui.read_scan, path, layout=layout, find_probe=False)
    scan = GrowingScan(path, lambda search: read(), layout, quiet=10)
    for count in (12, 20):
        with h5py.File(path, "a") as file:
            if "probe" not in file:
                file["probe"] = whole.probe
                file.create_dataset("frames", (0, m, m), "f4", maxshape=(None, m, m))
                file.create_dataset("places", (0, 2), "f8", maxshape=(None, 2))
            for name, values in (("frames", whole.patterns), ("places", whole.positions)):
                file[name].resize(count, axis=0)
                file[name][:] = values[:count]
        found = scan.look()
        assert len(found.scan) == count
        assert found.text == f"{count} frames have come, more awaited: complete if nothing comes for 10 s"
        clock.now += 9
    assert not scan.look().complete
    clock.now += 1
    assert scan.look().text == "20 frames have come: complete"


def test_a_file_that_says_how_many_there_will_be(tmp_path, whole):
    import h5py

    path, m = tmp_path / "planned.h5", whole.width
    with h5py.File(path, "w", libver="latest") as file:
        frames = file.create_dataset("frames", (0, m, m), "f4", maxshape=(None, m, m), chunks=(1, m, m))
        file["places"], file["probe"] = whole.positions, whole.probe  # planned before the first frame
        file.swmr_mode = True
        frames.resize(12, axis=0)
        frames[:] = whole.patterns[:12]
        frames.flush()
        layout = Layout(patterns="frames", positions="places", positions_axes="yx", positions_unit="px")
        read = partial(ptygui.read_scan, path, layout=layout)
        scan = GrowingScan(path, lambda search: read(find_probe=False), layout, quiet=0)
        assert scan.look().text == "12 of 100 frames have come, 88 awaited"
    ended = scan.look()  # the writer has given up
    assert (ended.complete, ended.text) == (True, "12 of 100 frames have come, and the file is closed")


def test_a_stop_before_the_first_step_on_more_keeps_what_there_was(whole):
    parts = [whole.subset(slice(0, n)) for n in (10, 50)]
    looks = iter([Arrived(10, 100, False, parts[0]), Arrived(50, 100, False, parts[1])])
    watch = Watch(lambda: next(looks), method_named("rpie")(iterations=5), seconds=0)
    events = watch.events(interval=0)
    assert watch.outcome is None
    for event in events:
        if isinstance(event, Arrived) and event.frames == 50:
            break
    events.close()
    assert watch.run.scan.fits(parts[1])
    assert watch.outcome.scan is parts[0]
    assert watch.outcome.last.index > 0


def test_what_cannot_be_watched_says_so(tmp_path, whole, capsys):
    np.savez(tmp_path / "scan.npz", patterns=whole.patterns[:])
    with pytest.raises(InputError, match="is no HDF5 file, so it cannot be watched"):
        GrowingScan(tmp_path / "scan.npz", lambda search: whole).look()
    path = str(tmp_path / "x.h5")
    refused = [
        "--frames-expected 5",
        "--watch-quiet 5",
        "--watch --watch-quiet -1",
        f"--watch --resume {path}",
        "--watch --overlap 0.2",
    ]
    for flags in map(str.split, refused):
        assert main(["reconstruct", "rpie", path, "--out", str(tmp_path / "o.h5"), *flags]) == 2
        assert "--watch" in capsys.readouterr().err


def test_the_command_follows_a_file_to_its_end(tmp_path, writer):
    other = writer("arrays")
    other.tell("swmr")
    out = tmp_path / "result.h5"
    command = [sys.executable, "-m", "ptygui", "reconstruct", "rpie", str(other.path), "--out", str(out)]
    command += ["--iterations", "30", "--watch", "--watch-seconds", "0.05", "--frames-expected", "100"]
    with subprocess.Popen(
        [*command, *FLAGS.split(), "--probe-path", "probe"], stderr=subprocess.PIPE, text=True
    ) as program:
        lines = iter(program.stderr.readline, "")

        def wait_for(text):
            assert any(text in line for line in lines)

        wait_for("0 of 100 frames have come, 100 awaited")
        other.tell("10")
        wait_for("10 of 100 frames have come, 90 awaited")
        other.tell("100")
        wait_for("100 of 100 frames have come: complete")
        program.stderr.read()
        assert program.wait() == 0
    result = read_result(out)
    assert len(result.positions) == 100
    assert result.last.index == 30


def test_the_object_is_placed_by_the_positions(whole):
    """More of a scan may lie before its beginning, so that the old object moves."""
    later = whole.subset(slice(40, None))
    positions = later.positions - later.corners.min(0)
    before = ptygui.Scan(patterns=later.patterns[:20], positions=positions[:20], probe=whole.probe)
    order = np.r_[40:100, 0:40]
    after = ptygui.Scan(patterns=whole.patterns[order], positions=whole.positions[order], probe=whole.probe)
    (row, column), (height, width) = later.corners.min(0), before.object_shape
    obj = np.complex64(np.exp(0.5j)) * whole.truth[row : row + height, column : column + width]
    found = placed(obj, before, after)
    assert found.shape == after.object_shape
    np.testing.assert_array_equal(found[row : row + height, column : column + width], obj)
    assert abs(np.angle(found[0, 0] / obj.mean())) < 1e-3
    lost = whole.subset(np.r_[0:5, 6:100])
    assert placed(obj, before, lost) is None  # one that came first is not used any more
