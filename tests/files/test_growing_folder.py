"""A folder into which another program writes one file per frame, and a table of positions."""

from types import SimpleNamespace

import numpy as np
import pytest
from conftest import small_object

import ptygui
from ptygui.errors import InputError
from ptygui.experiment.watching import Watch
from ptygui.files.growing import GrowingScan
from ptygui.files.layout.layout import Layout
from ptygui.methods import method_named


@pytest.fixture(scope="module")
def whole():
    probe = ptygui.make_probe("compact", width=16)
    return ptygui.simulate(small_object(40), probe, ptygui.Simulation(reference_length=10, overlap=0.4))


def frame(folder, scan, k):
    np.save(folder / f"frame_{k}.npy", scan.patterns[k])  # without leading zeros: 10 comes after 9


def table(folder, scan, count, end="\n"):
    rows = [f"{x},{y}" for y, x in scan.positions[:count].tolist()]
    (folder / "stage.csv").write_text("x_px,y_px\n" + "\n".join(rows) + end)


def follow(folder, **more):
    return GrowingScan(folder, lambda search: ptygui.read_scan(folder, find_probe=False), quiet=0, **more)


def test_a_folder_is_a_scan(tmp_path, whole):
    for k in range(len(whole)):
        frame(tmp_path, whole, k)
    table(tmp_path, whole, len(whole))
    scan = ptygui.read_scan(tmp_path, find_probe=False)
    np.testing.assert_allclose(scan.positions - scan.positions[0], whole.positions - whole.positions[0])
    np.testing.assert_allclose(scan.patterns[:].sum((1, 2)), whole.patterns[:].sum((1, 2)), rtol=1e-6)


def test_frames_count_when_file_and_row_are_whole(tmp_path, whole):
    scan = follow(tmp_path, expected=12)
    assert "0 of 12 frames have come, 12 awaited: no frame" in scan.look().text
    for k in range(8):
        frame(tmp_path, whole, k)
    assert "no table of positions" in scan.look().text
    table(tmp_path, whole, 6, end="")  # the last number may be cut short
    assert scan.look().frames == 5
    assert scan.look().frames == 6  # nothing was added since
    table(tmp_path, whole, 12)
    (tmp_path / "frame_8.npy").write_bytes((tmp_path / "frame_7.npy").read_bytes()[:-40])  # being written
    found = scan.look()
    assert (found.frames, len(found.scan)) == (8, 8)
    for k in range(8, 12):
        frame(tmp_path, whole, k)
    assert scan.look().frames == 11  # the newest may be half written
    assert scan.look().complete
    np.testing.assert_allclose(follow(tmp_path).look().scan.patterns[10].sum(), whole.patterns[10].sum())


def test_a_table_written_beforehand_says_how_many_there_will_be(tmp_path, whole):
    table(tmp_path, whole, 16)
    for k in range(5):
        frame(tmp_path, whole, k)
    scan = follow(tmp_path)
    scan.look()
    found = scan.look()
    assert found.text.startswith("5 of 16 frames have come, 11 awaited")


def test_rows_that_come_ahead_of_frames_are_no_end(tmp_path, whole, monkeypatch):
    """Some programs write the table for a line of the scan, then its frames, then the next line."""
    clock = SimpleNamespace(monotonic=lambda: clock.now, now=0.0)
    monkeypatch.setattr("ptygui.files.growing.time", clock)
    scan, read = follow(tmp_path), 0
    scan._quiet = 10
    for line in (8, 16):
        table(tmp_path, whole, line)
        for k in range(read, line - 4):
            frame(tmp_path, whole, k)
        scan.look()
        assert scan.look().frames == line - 4
        for k in range(line - 4, line):
            frame(tmp_path, whole, k)
        scan.look()
        found = scan.look()
        assert (found.frames, found.complete) == (line, False)
        read, clock.now = line, clock.now + 9
    clock.now += 20
    assert scan.look().frames == 16


def test_a_run_goes_on_with_what_comes(tmp_path, whole):
    table(tmp_path, whole, len(whole))
    come = iter([range(10), range(10, len(whole))])

    def look():
        for k in next(come, ()):
            frame(tmp_path, whole, k)
        return scan.look()

    scan = follow(tmp_path, expected=len(whole))
    watch = Watch(look, method_named("rpie")(iterations=5), seconds=0)
    for _ in watch.events(interval=0):
        pass
    assert len(watch.run.scan) == len(whole)
    assert watch.run.outcome == "done"


def test_several_tables_are_asked_for(tmp_path, whole):
    for k in range(5):
        frame(tmp_path, whole, k)
    table(tmp_path, whole, 5)
    (tmp_path / "log.txt").write_text("1 2 3\n")
    with pytest.raises(InputError, match=r"several tables .* --positions"):
        follow(tmp_path).look()
    layout = Layout(positions="stage.csv", positions_unit="px")
    read = lambda search: ptygui.read_scan(tmp_path, layout=layout, find_probe=False)  # noqa: E731
    assert GrowingScan(tmp_path, read, layout).look().frames == 4  # the newest may be half written
