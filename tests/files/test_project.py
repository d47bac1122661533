"""Project files: everything comes back bit for bit, and what moved is said."""

import shutil
from dataclasses import fields, replace

import h5py
import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Origin, Run
from ptygui.experiment.settings import RunSettings
from ptygui.files.formats.own_scan import read_own_scan, write_scan
from ptygui.files.project import Project, ScansLost, read_project, write_project
from ptygui.files.recognise import recognise
from ptygui.history import History
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Scan
from ptygui.step import Step


def ran(scan, method, number=1, path=None, resume=None, **about) -> Run:
    run = Run(number, scan, method, RunSettings("cpu", 3), path, outcome="done", **about)
    for step in reconstruct(scan, method, device="cpu", seed=3, interval=0, resume=resume):
        if step is not None:
            run.history.append(step)
    return run


def assert_same(a, b):
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert a.tobytes() == b.tobytes()
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, list):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_same(one, other)
    elif isinstance(a, Step | Scan | Run):
        for f in fields(a):
            if f.name != "scoring":  # of no interest later
                assert_same(getattr(a, f.name), getattr(b, f.name))
    elif isinstance(a, History):
        assert_same(vars(a) | {"_stride": 0, "_even": 0}, vars(b) | {"_stride": 0, "_even": 0})
    else:
        assert a == b


@pytest.fixture(scope="module")
def project(prior_folder):
    from conftest import small_object

    scan = simulate(small_object(), make_probe("medium", 16), Simulation(overlap=0.6), name="small")
    other = replace(scan, patterns=scan.patterns[::2], positions=scan.positions[::2], notes=("thinned",))
    first = ran(scan, RPIE(iterations=6), given_name="mine")
    first.history.pin(3)
    first.past.append((2, RPIE(iterations=6, alpha=0.1)))
    second = ran(other, AWF(iterations=4), 2)
    third = ran(
        scan, DAPS(prior=str(prior_folder), levels=4, data_steps=5, seeds=2), 5, origin=Origin(1, 3, "mine")
    )
    queued = Run(6, scan, RPIE(iterations=3))
    runs = [third, first, second, queued]
    layout = {"version": 3, "groups": [], "floating": {"log": [1, 2, 3, 4]}}
    return Project(runs, other, None, 1, 3, {"seed": 4, "methods": {"rpie": {"alpha": 0.1}}}, layout)


@pytest.fixture(scope="module")
def written(project, tmp_path_factory):
    """It in a file, which is not to be changed."""
    return write_project(tmp_path_factory.mktemp("project") / "p.ptygui", project)


@pytest.fixture
def path(written, tmp_path):
    """A copy of the file, to be changed."""
    return shutil.copy(written, tmp_path / "p.ptygui")


def test_everything_comes_back_bit_for_bit(project, written):
    path = written
    assert recognise(path) == "project"
    back = read_project(path)
    for f in fields(Project):
        assert_same(getattr(project, f.name), getattr(back, f.name))
    third, first, second, queued = back.runs
    assert third.scan is first.scan is queued.scan
    assert second.scan is back.scan
    assert second.scan.truth is first.scan.truth  # so that the window knows them to be of one object
    with h5py.File(path) as file:
        assert len(file["scans"]) == 2


@pytest.mark.parametrize("key", ["rpie", "daps"])
def test_any_step_goes_on_bit_for_bit(project, written, key):
    (run,) = (run for run in project.runs if run.method.key() == key and run.last)
    back = read_project(written)
    (again,) = (other for other in back.runs if other.number == run.number)
    for frame in (again.history.frames[0], again.history.frames[2]):
        resumed = ran(again.scan, again.method, resume=frame)
        assert_same(resumed.last.obj, run.last.obj)
        assert_same(resumed.last.state, run.last.state)


@pytest.fixture
def referring(tmp_path, scan):
    """A project on a scan from a file, and that file."""
    there = write_scan(tmp_path / "there" / "scan.h5", scan)
    scan = read_own_scan(there)
    path = tmp_path / "here" / "p.ptygui"
    write_project(path, Project([ran(scan, RPIE(iterations=3), path=str(there))], scan, str(there)))
    return path, there


def test_a_scan_from_a_file_is_kept_by_reference(referring, scan):
    path, there = referring
    with h5py.File(path) as file:
        assert "patterns" not in file["scans/0"]
    back = read_project(path)
    assert back.notes == ()
    assert back.runs[0].scan_path == back.scan_path == str(there)
    assert_same(back.scan.patterns, scan.patterns)


def test_a_scan_that_its_file_does_not_give_back_is_kept_whole(tmp_path, scan):
    there = write_scan(tmp_path / "scan.h5", scan)
    thinned = replace(scan, patterns=scan.patterns[::2], positions=scan.positions[::2])
    path = write_project(tmp_path / "p.ptygui", Project([ran(thinned, RPIE(iterations=2), path=str(there))]))
    there.unlink()
    assert_same(read_project(path).runs[0].scan.patterns, thinned.patterns)


def test_another_probe_stays_with_a_scan_by_reference(tmp_path, scan):
    there = write_scan(tmp_path / "scan.h5", scan)
    given = replace(scan, probe=2 * scan.probe)
    path = write_project(tmp_path / "p.ptygui", Project([ran(given, RPIE(iterations=2), path=str(there))]))
    assert_same(read_project(path).runs[0].scan.probe, given.probe)


def test_a_moved_scan_is_found_beside_the_project_and_told(referring):
    path, there = referring
    there.rename(path.parent / there.name)
    back = read_project(path)
    assert back.runs[0].scan_path == str(path.parent / there.name)
    assert "was found at" in back.notes[0]


def test_a_moved_folder_is_no_loss(tmp_path, referring):
    path, _ = referring
    (tmp_path / "moved").mkdir()
    for name in ("here", "there"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    assert "was found at" in read_project(tmp_path / "moved" / "here" / path.name).notes[0]


def test_a_lost_scan_can_be_shown_or_left_out(tmp_path, referring):
    path, there = referring
    elsewhere = there.rename(tmp_path / "renamed.h5")
    with pytest.raises(ScansLost, match=r"scan\.h5 is neither at") as caught:
        read_project(path)
    assert caught.value.paths == (str(there),)
    assert read_project(path, {str(there): str(elsewhere)}).runs[0].scan_path == str(elsewhere)
    without = read_project(path, without_lost=True)
    assert without.runs == []
    assert without.scan is None
    assert "1 runs were left out" in without.notes[0]


def test_a_changed_scan_is_told(referring, scan):
    path, there = referring
    write_scan(there, replace(scan, patterns=scan.patterns + 1))
    back = read_project(path)
    assert "its hash differs" in back.notes[0]
    assert "its hash differs" in back.runs[0].scan.notes[-1]


def test_a_scan_whose_file_was_overwritten_is_kept_whole(tmp_path, scan):
    there = write_scan(tmp_path / "scan.h5", scan)
    project = Project([], scan, str(there))
    write_project(tmp_path / "p.ptygui", project)
    write_scan(there, replace(scan, patterns=scan.patterns + 1))
    back = read_project(write_project(tmp_path / "p.ptygui", project))
    np.testing.assert_array_equal(back.scan.patterns, scan.patterns)
    assert back.notes == ()


def test_the_scan_is_never_overwritten(tmp_path, scan):
    there = write_scan(tmp_path / "scan.h5", scan)
    with pytest.raises(InputError, match="read as input"):
        write_project(there, Project([], scan, str(there)))


def spoil(path, what):
    with h5py.File(path, "r+") as file:
        what(file)


def other_bytes(name, data):
    def change(file):
        del file[name]
        file[name] = data

    return change


def _edit(text, **changes):
    import json

    return np.frombuffer(json.dumps(json.loads(text.tobytes()) | changes).encode(), np.uint8)


def edited(name, **changes):
    return lambda file: other_bytes(name, _edit(file[name][...], **changes))(file)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda f: f.attrs.__setitem__("version", 9), "version is 9"),
        (lambda f: f.attrs.__setitem__("format", "other"), "not a ptygui project"),
        (lambda f: f.__delitem__("window/about"), "window/about"),
        (lambda f: f.__delitem__("scans/0/probe"), "probe"),
        (lambda f: f.__delitem__("scans/0"), "scans/0"),
        (lambda f: f.__delitem__("runs/1/frames/probe"), "probe"),
        (lambda f: f.__delitem__("runs/1/numbers/nfe"), "runs/1"),
        (other_bytes("window/about", np.frombuffer(b"{[", np.uint8)), "window/about"),
        (other_bytes("window/about", np.frombuffer(b"[" * 100_000, np.uint8)), "window/about"),
        (other_bytes("window/layout", np.zeros(2**21, np.uint8)), "layout"),
        (other_bytes("runs/1/frames/obj", np.zeros((6, 8, 8), np.complex64)), "obj of step 1"),
        (other_bytes("runs/1/frames/index", np.array([1, 1, 2, 3, 4, 5])), "order"),
        (edited("runs/1/about", method="magic"), "magic"),
        (edited("runs/1/about", options={"alpha": 7}), "alpha is 7"),
        (edited("runs/1/about", options={"beta": 7}), "beta"),
        (edited("runs/1/about", outcome="shiny"), "shiny"),
        (edited("runs/1/about", given_name=3), "given_name 3"),
        (edited("runs/1/about", number=5), "same number"),
        (edited("runs/1/about", scan=99), "damaged"),
        (edited("runs/1/about", pins=[77]), "pins"),
        (edited("window/about", index="first"), "shown run is invalid"),
        (edited("window/about", runs="many"), "damaged"),
    ],
)
def test_a_spoilt_project_is_refused_by_name(path, what, said):
    spoil(path, what)
    with pytest.raises(InputError, match=said) as caught:
        read_project(path)
    assert str(path) in str(caught.value)


def test_declared_giants_are_refused_before_they_are_made(path, monkeypatch):
    from ptygui.files import limits
    from ptygui.files import project as module

    monkeypatch.setattr(module, "largest_array", lambda: 10_000_000)
    monkeypatch.setattr(limits, "largest_array", lambda: 10_000_000)
    read_project(path)

    def many(file):  # each within the bound of one, together beyond it
        del file["runs/0/frames/obj"]
        giant = file.create_dataset("runs/0/frames/obj", (1, 1000, 1000), np.complex64, chunks=(1, 10, 10))
        for k in range(5):
            file[f"runs/0/frames/more{k}"] = giant

    spoil(path, many)
    with pytest.raises(InputError, match="more than fits in memory"):
        read_project(path)


@pytest.mark.parametrize(
    ("name", "count", "dtype"),
    [
        ("runs/0/about", 2**26 + 1, np.uint8),
        ("runs/0/numbers/nfe", 2**22 + 1, np.int8),
        ("runs/0/frames/index", 2**22 + 1, np.int8),
    ],
)
def test_what_would_swell_as_python_objects_is_refused(path, name, count, dtype):
    def swell(file):
        del file[name]
        file.create_dataset(name, (count,), dtype, chunks=True)  # takes no room in the file

    spoil(path, swell)
    with pytest.raises(InputError, match=f"{name} holds {count} values, expected at most"):
        read_project(path)


def test_a_cut_off_project_is_refused(path):
    whole = path.read_bytes()
    for part in (0.3, 0.6, 0.95):
        path.write_bytes(whole[: int(part * len(whole))])
        with pytest.raises(InputError, match=r"p\.ptygui"):
            read_project(path)


def test_links_to_other_files_are_not_followed(path):
    def link(file):
        del file["runs/1/frames/obj"]
        file["runs/1/frames/obj"] = h5py.ExternalLink("secret.h5", "/obj")

    spoil(path, link)
    with pytest.raises(InputError, match="not read"):
        read_project(path)
