"""Scans of every format: the same positions, patterns and probe, whatever the file's conventions."""

import shutil
from contextlib import suppress

import h5py
import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.measured import Measured, zero_frequency_centred
from ptygui.files.scan_from import scan_of
from ptygui.files.scans import read_scan, read_start, recognise, write_scan
from ptygui.methods import RPIE
from ptygui.scan import Scan
from tests.files.conftest import DISTANCE, PIXEL, WAVELENGTH, write_cxi, write_pair, write_tike


def shifted(positions):
    return positions - np.rint(positions.min(0))


def assert_same_scan(found, scan, probe=True):
    np.testing.assert_array_equal(found.patterns, scan.patterns)
    np.testing.assert_allclose(np.rint(found.positions), shifted(scan.positions), atol=2e-5)
    assert np.ptp(found.positions - scan.positions, axis=0).max() < 2e-5
    if probe:
        np.testing.assert_array_equal(found.probe, scan.probe)


# --- our own ------------------------------------------------------------------------------------


def test_own_scan_round_trip(tmp_path, oblong):
    rng = np.random.default_rng(0)
    scan = oblong.noted(
        "made for a test: é",
        positions=oblong.positions + 0.25,
        object_shape=(45, 60),
        truth=np.ones((45, 60), np.complex64),
        mask=rng.random((16, 16)) > 0.1,
        pixel_size_m=1e-8,
        wavelength_m=1e-10,
        name="my scan",
        noise="none",
    )
    back = read_scan(write_scan(tmp_path / "s.h5", scan))
    for name, value in vars(scan).items():
        if name == "corners":
            continue
        if isinstance(value, np.ndarray):
            assert getattr(back, name).dtype == value.dtype
            np.testing.assert_array_equal(getattr(back, name), value)
        else:
            assert getattr(back, name) == value
    assert recognise(tmp_path / "s.h5") == "scan"


def test_whole_counts_take_few_bytes_and_fractions_stay(tmp_path, scan):
    write_scan(tmp_path / "s.h5", scan)
    with h5py.File(tmp_path / "s.h5") as file:
        assert file["patterns"].dtype.kind == "u"
    fractions = scan.noted(patterns=scan.patterns + 0.5)
    np.testing.assert_array_equal(
        read_scan(write_scan(tmp_path / "f.h5", fractions)).patterns, fractions.patterns
    )


def test_input_is_not_overwritten(tmp_path, scan):
    path = write_scan(tmp_path / "s.h5", scan)
    before = path.read_bytes()
    with pytest.raises(InputError, match="read as input and would be overwritten"):
        write_scan(tmp_path / "." / "s.h5", scan, inputs=(path,))
    assert path.read_bytes() == before


# --- other programs' ----------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_tike(tmp_path, oblong, packed):
    found = read_scan(write_tike(tmp_path / ("t.npz.bz2" if packed else "t.npz"), oblong, packed))
    assert_same_scan(found, oblong)
    assert found.pixel_size_m is None
    assert any("no pixel size" in note for note in found.notes)


@pytest.mark.parametrize("basis", [True, False])
def test_cxi(tmp_path, oblong, basis):
    found = read_scan(write_cxi(tmp_path / "c.cxi", oblong, basis))
    assert_same_scan(found, oblong)
    assert found.pixel_size_m == pytest.approx(PIXEL)
    assert found.wavelength_m == pytest.approx(WAVELENGTH)
    assert found.distance_m == DISTANCE
    assert not found.mask[0, 0]
    assert found.mask.sum() == 16 * 16 - 1
    assert any("far field is assumed" in note for note in found.notes)


def test_cxi_basis_decides_order_and_sign(tmp_path, oblong):
    path = write_cxi(tmp_path / "c.cxi", oblong)
    pixel = WAVELENGTH * DISTANCE / (oblong.width * PIXEL)
    with h5py.File(path, "a") as file:
        del file["entry_1/instrument_1/detector_1/basis_vectors"]
        # slow axis along +x, fast along -y; stored as (2, 3), as some programs do
        file["entry_1/instrument_1/detector_1/basis_vectors"] = np.array([[pixel, 0, 0], [0, -pixel, 0]])
    rows, columns = oblong.positions.T
    np.testing.assert_allclose(read_scan(path).positions, shifted(np.stack([-columns, rows], 1)), atol=2e-5)


def test_cxi_without_probe_guesses_one_and_takes_one(tmp_path, oblong):
    path = write_cxi(tmp_path / "c.cxi", oblong, probe=False)
    guess = read_scan(path, find_probe=False)
    assert any("guessed from the mean pattern, in focus" in note for note in guess.notes)
    energy = np.vdot(guess.probe, guess.probe).real
    assert energy == pytest.approx(np.percentile(oblong.patterns.sum((1, 2)), 99.9), rel=1e-4)
    found = read_scan(path)
    assert any("holds no probe: estimated from the mean pattern" in note for note in found.notes)
    assert not np.array_equal(found.probe, guess.probe)
    assert_same_scan(read_scan(path, probe=oblong.probe), oblong)


@pytest.mark.parametrize("own", [False, True])
def test_a_probe_of_another_window_is_cut_or_padded(tmp_path, oblong, own):
    path = tmp_path / "c.cxi"
    write_scan(path.with_suffix(".h5"), oblong) if own else write_cxi(path, oblong)
    path = path.with_suffix(".h5") if own else path
    wide = np.pad(oblong.probe, 4)
    scan = read_scan(path, probe=wide)
    np.testing.assert_array_equal(scan.probe, oblong.probe)
    assert any("24 x 24 px was cut or padded to 16 px" in note for note in scan.notes)
    narrow = read_scan(path, probe=oblong.probe[2:-2, 2:-2])
    np.testing.assert_array_equal(narrow.probe[2:-2, 2:-2], oblong.probe[2:-2, 2:-2])


def test_pair_found_by_name_or_given(tmp_path, oblong):
    (tmp_path / "a").mkdir()
    found = read_scan(write_pair(tmp_path / "a", oblong))
    assert_same_scan(found, oblong)
    assert (found.pixel_size_m, found.distance_m) == (PIXEL, DISTANCE)
    assert found.wavelength_m == pytest.approx(1e-10)
    assert found.modes.shape[0] == 2
    assert any("probe: 2 modes, with 80.0%, 20.0% of the power" in note for note in found.notes)
    assert found.truth is None
    shutil.move(tmp_path / "a" / "scan_para.hdf5", tmp_path / "other.h5")
    with pytest.raises(InputError, match=r"tried scan_para.hdf5.*--metadata"):
        read_scan(tmp_path / "a" / "scan_dp.hdf5")
    assert_same_scan(read_scan(tmp_path / "a" / "scan_dp.hdf5", metadata=tmp_path / "other.h5"), oblong)
    write_pair(tmp_path, oblong, names=("dp_x.h5", "metadata_x.h5"))
    assert_same_scan(read_scan(tmp_path / "dp_x.h5"), oblong)


def test_pair_is_joined_by_index_and_not_by_row(tmp_path, oblong):
    order = np.random.default_rng(0).permutation(len(oblong))
    found = read_scan(write_pair(tmp_path, oblong, order))
    assert_same_scan(found, oblong)
    assert any("joined by index" in note for note in found.notes)


def test_pair_with_dropped_frames(tmp_path, oblong):
    path = write_pair(tmp_path, oblong)
    kept = np.array([9, 3, 4, 7])
    with h5py.File(path, "a") as file:
        del file["dp"]
        file["dp"] = oblong.patterns[kept]
        file["indexes"] = kept
    found = read_scan(path)
    np.testing.assert_array_equal(found.patterns, oblong.patterns[np.sort(kept)])
    np.testing.assert_allclose(found.positions, shifted(oblong.positions[np.sort(kept)]), atol=1e-5)


def test_object_of_a_pair_only_when_asked(tmp_path, oblong):
    # the object of the file is larger than what the patches span
    wide = np.pad(oblong.truth, ((3, 5), (8, 2)), constant_values=0.5)
    moved = oblong.noted(positions=oblong.positions + np.array([3, 8]), object_shape=wide.shape, truth=None)
    path = write_pair(tmp_path, moved, obj=wide)
    found = read_scan(path, use_object="truth")
    np.testing.assert_array_equal(found.truth, oblong.truth)
    np.testing.assert_array_equal(read_start(path), oblong.truth)
    with pytest.raises(InputError, match="no object that fits"):
        read_scan(path, use_object="truth", swap_axes=True)


def test_positions_can_be_turned(tmp_path, oblong):
    path = write_tike(tmp_path / "t.npz", oblong)
    rows, columns = oblong.positions.T
    turned = read_scan(path, swap_axes=True, flip_rows=True)
    np.testing.assert_allclose(np.ptp(turned.positions - np.stack([-columns, rows], 1), axis=0), 0, atol=2e-5)
    assert "positions: swap axes, flip rows" in turned.notes
    own = read_scan(write_scan(tmp_path / "s.h5", oblong), swap_axes=True, flip_rows=True)
    np.testing.assert_array_equal(own.corners, turned.corners)
    assert own.truth is None


# --- what is told and what is repaired ------------------------------------------------------------


def measured(scan, tmp_path, **changes):
    return Measured(tmp_path / "m", scan.patterns, scan.positions, scan.probe).noted(**changes)


def test_zero_frequency_is_found(scan, tmp_path):
    corner = np.fft.ifftshift(scan.patterns, axes=(1, 2))
    assert zero_frequency_centred(scan.patterns) is True
    assert zero_frequency_centred(corner) is False
    assert zero_frequency_centred(np.ones((1, 16, 16))) is None
    found, _ = scan_of(measured(scan, tmp_path, patterns=corner))
    np.testing.assert_array_equal(found.patterns, scan.patterns)
    assert "zero frequency found in the corner of the mean pattern" in found.notes
    kept, _ = scan_of(measured(scan, tmp_path, patterns=corner), zero_frequency="centre")
    np.testing.assert_array_equal(kept.patterns, corner)


def test_bad_counts_are_masked_or_clipped_and_said(scan, tmp_path):
    patterns = scan.patterns.copy()
    patterns[:, 3, 4], patterns[2, 5, 5], patterns[0, 0, 0] = np.nan, np.inf, -3
    found, _ = scan_of(measured(scan, tmp_path, patterns=patterns))
    assert not found.mask[:, 3, 4].any()
    assert not found.mask[2, 5, 5]
    assert found.mask[0, 5, 5]
    assert found.patterns[0, 0, 0] == 0
    masked = f"{len(scan) + 1} counts are not finite: masked, 2 pixels (row 3, column 4; row 5, column 5)"
    assert masked in found.notes
    assert "1 negative counts (down to -3) set to 0" in found.notes
    assert np.isnan(patterns[0, 3, 4])  # the caller's array is left as it was


@pytest.mark.parametrize("factor", [1, 0.8, 3])
def test_probe_in_counts_is_left_alone(scan, tmp_path, factor):
    found, _ = scan_of(measured(scan, tmp_path, probe=scan.probe * factor))
    np.testing.assert_array_equal(found.probe, scan.probe * np.float32(factor))


@pytest.mark.parametrize("factor", [0.01, 100])
def test_probe_that_contradicts_the_counts_is_rescaled_and_said(scan, tmp_path, factor):
    found, _ = scan_of(measured(scan, tmp_path, probe=scan.probe * np.float32(factor)))
    brightest = np.percentile(scan.patterns.sum((1, 2)), 99.9)
    assert np.vdot(found.probe, found.probe).real == pytest.approx(brightest, rel=1e-4)
    assert "contradicts" in found.notes[-1]


def test_fractions_of_positions_are_kept(scan, tmp_path):
    fractions = np.random.default_rng(0).uniform(-0.5, 0.5, scan.positions.shape)
    found, _ = scan_of(measured(scan, tmp_path, positions=scan.positions + fractions - 7))
    assert found.corners.min() == 0
    np.testing.assert_allclose(found.positions - scan.positions, fractions, atol=1e-6)


@pytest.mark.parametrize("fraction", [0.5, 0.7])
def test_a_fraction_that_all_positions_share_is_removed(scan, tmp_path, fraction):
    """Rounding would put every second position that ends on a half a pixel off."""
    found, _ = scan_of(measured(scan, tmp_path, positions=scan.positions + np.array([fraction - 3, 0])))
    np.testing.assert_allclose(found.positions, scan.positions, atol=1e-6)
    assert found.shifts is None


# --- broken files -------------------------------------------------------------------------------


def _change(name, value):
    def spoil(file):
        del file[name]
        if value is not None:
            file[name] = value(file) if callable(value) else value

    return spoil


CXI = "entry_1/instrument_1/detector_1"
MOVES = "entry_1/sample_1/geometry_1/translation"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_change(f"{CXI}/data", None), "holds no dataset .*detector_1/data or"),
        (_change(MOVES, None), "holds no positions .*translation"),
        (_change(MOVES, np.zeros((3, 3))), r"patterns and positions of shape \(3, 3\)"),
        (_change(MOVES, np.full((24, 3), np.nan)), "24 positions are not finite: is this the right data set"),
        (
            _change(MOVES, np.linspace(0, 1, 72).reshape(24, 3)),
            "positions span .* cannot be: wavelength 100 pm.* Check the unit",
        ),
        (_change(f"{CXI}/distance", 0.0), "states no distance.*give the object's pixel size"),
        (_change(f"{CXI}/data", np.zeros((24, 16, 16), int)), "all patterns are zero"),
        (_change(f"{CXI}/data", np.ones((24, 16, 14), int)), r"mask is \(16, 16\)"),
        (_change(f"{CXI}/data", np.ones((16, 16), int)), "patterns have shape"),
        (_change(f"{CXI}/mask", np.zeros((3, 3), int)), r"mask is \(3, 3\)"),
        (_change(f"{CXI}/mask", np.ones((16, 16), int)), "leaves no detector pixel"),
        (_change(f"{CXI}/basis_vectors", np.zeros((3, 2))), "expected two vectors"),
        (
            _change("entry_1/instrument_1/source_1/illumination", np.zeros((8, 8))),
            "the probe is zero everywhere",
        ),
        (_change(f"{CXI}/data", h5py.SoftLink("/nowhere")), "holds no dataset"),
        (_change(f"{CXI}/data", h5py.ExternalLink("/elsewhere/other.h5", "/x")), "not read: copy it"),
        (_change(f"{CXI}/data", h5py.SoftLink(f"/{CXI}/data")), "form a loop"),
    ],
)
def test_spoilt_cxi_names_file_and_remedy(tmp_path, oblong, spoil, says):
    path = write_cxi(tmp_path / "c.cxi", oblong)
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(InputError, match=says) as caught:
        read_scan(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((10**6, 4096, 4096), "1000000 patterns of 31250.0 GiB and positions"),
        ((24, 65536, 65536), "192 GiB, but the file stores 0 bytes"),
    ],
)
def test_huge_declared_patterns_are_refused_before_they_are_read(tmp_path, oblong, shape, says):
    path = write_cxi(tmp_path / "c.cxi", oblong)
    with h5py.File(path, "a") as file:
        del file[f"{CXI}/data"]
        file[CXI].create_dataset("data", shape, "u2", chunks=(1, 64, 64))
    with pytest.raises(InputError, match=says):
        read_scan(path)


def test_links_are_followed_only_when_allowed_and_inside_the_folder(tmp_path, oblong):
    path = write_cxi(tmp_path / "c.cxi", oblong)
    with h5py.File(path, "a") as file, h5py.File(tmp_path / "raw.h5", "w") as raw:
        raw["frames"] = file[f"{CXI}/data"][:]
        del file[f"{CXI}/data"]
        file[f"{CXI}/data"] = h5py.ExternalLink("raw.h5", "/frames")
    with pytest.raises(InputError, match=r"raw\.h5, which is not read"):
        read_scan(path)
    assert_same_scan(read_scan(path, allow_links=True), oblong)
    (tmp_path / "sub").mkdir()
    shutil.move(path, tmp_path / "sub" / "c.cxi")
    with h5py.File(tmp_path / "sub" / "c.cxi", "a") as file:
        del file[f"{CXI}/data"]
        file[f"{CXI}/data"] = h5py.ExternalLink("../raw.h5", "/frames")
    with pytest.raises(InputError, match="outside its own folder"):
        read_scan(tmp_path / "sub" / "c.cxi", allow_links=True)


def test_external_storage_and_virtual_data_are_links_too(tmp_path, oblong):
    path = write_cxi(tmp_path / "c.cxi", oblong)
    (tmp_path / "raw.bin").write_bytes(oblong.patterns.astype(np.int32).tobytes())
    with h5py.File(path, "a") as file:
        del file[f"{CXI}/data"]
        size = (tmp_path / "raw.bin").stat().st_size
        external = [(str(tmp_path / "raw.bin"), 0, size)]
        file[CXI].create_dataset("data", oblong.patterns.shape, "i4", external=external)
    with pytest.raises(InputError, match="values in other files"):
        read_scan(path)
    layout = h5py.VirtualLayout(oblong.patterns.shape, "i4")
    layout[:] = h5py.VirtualSource("/elsewhere/other.h5", "x", oblong.patterns.shape)
    with h5py.File(path, "a") as file:
        del file[f"{CXI}/data"]
        file[CXI].create_virtual_dataset("data", layout)
    with pytest.raises(InputError, match="outside its own folder"):
        read_scan(path, allow_links=True)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"probe_position_x_m": np.zeros(3)}, "has 3 x and 24 y positions"),
        ({"probe_position_x_m": None}, "is not a metadata file"),
        ({"probe_position_indexes": np.arange(4)}, "24 positions and 4 indexes"),
        ({"probe_position_indexes": np.zeros(24, int)}, "stands for more than one"),
        ({"probe": None}, "holds no dataset probe"),
        ({"object": np.ones((1, 40, 56), complex)}, "states no .*pixel"),
    ],
)
def test_spoilt_metadata(tmp_path, oblong, changes, says):
    path = write_pair(tmp_path, oblong)
    with h5py.File(tmp_path / "scan_para.hdf5", "a") as file:
        for name, value in changes.items():
            _change(name, value)(file)
    with pytest.raises(InputError, match=says):
        read_scan(path)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_change("probe", None), "holds no dataset probe"),
        (_change("positions_px", np.zeros((2, 2))), "one position per pattern"),
        (_change("patterns", np.array(["a", "b"], "S1")), "patterns holds text, expected numbers"),
        (lambda f: f.attrs.__setitem__("version", 7), "version is 7.*update"),
        (lambda f: f.attrs.__setitem__("object_shape", "big"), "does not hold a scan"),
    ],
)
def test_spoilt_own_scan(tmp_path, scan, spoil, says):
    path = write_scan(tmp_path / "s.h5", scan)
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(InputError, match=says) as caught:
        read_scan(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("keep", [0, 10, 600, 5000])
def test_truncated_scans(tmp_path, oblong, keep):
    for whole in (
        write_scan(tmp_path / "s.h5", oblong),
        write_tike(tmp_path / "t.npz", oblong),
        write_tike(tmp_path / "t.npz.bz2", oblong, packed=True),
    ):
        whole.write_bytes(whole.read_bytes()[:keep])
        with pytest.raises(InputError) as caught:
            read_scan(whole)
        assert str(whole) in str(caught.value)


def test_flipped_bytes_are_a_sentence_or_a_scan(tmp_path, oblong):
    """More of it: test_fuzz.py."""
    rng = np.random.default_rng(0)
    small = oblong.noted(patterns=oblong.patterns[:2], positions=oblong.positions[:2])
    for write in (write_cxi, write_tike, write_scan):
        whole = bytearray(write(tmp_path / "whole", small) and (tmp_path / "whole").read_bytes())
        (tmp_path / "whole").unlink()
        for _ in range(8):
            broken = whole.copy()
            for place in rng.integers(0, len(whole), 3):
                broken[place] = rng.integers(256)
            (tmp_path / "broken").write_bytes(broken)
            with suppress(InputError):
                assert isinstance(read_scan(tmp_path / "broken"), Scan)


def test_not_a_scan(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((20, 20)))
    with pytest.raises(InputError, match="holds arrays in no known layout of a scan"):
        read_scan(tmp_path / "a.npy")
    (tmp_path / "notes.h5").write_text("hello")
    assert recognise(tmp_path / "notes.h5") is None
    with pytest.raises(InputError, match="of no kind that is known: give"):
        read_scan(tmp_path / "notes.h5")


# --- real files ---------------------------------------------------------------------------------


def test_siemens_star_is_the_same_in_three_formats(shared_data):
    tike = read_scan(shared_data / "scans/tike/siemens-star-small.npz.bz2")
    pair = read_scan(shared_data / "scans/ptychi_ptychodus/dp_siemens_star.hdf5")
    cxi = read_scan(shared_data / "scans/cxi/siemens_star_left.cxi", find_probe=False)
    assert not any("near-field" in note for note in cxi.notes)
    assert len(tike) == len(pair) == 516
    np.testing.assert_array_equal(pair.patterns, tike.patterns)
    np.testing.assert_allclose(pair.positions, tike.positions, atol=1e-4)
    np.testing.assert_array_equal(pair.probe, tike.probe)
    assert pair.pixel_size_m == pytest.approx(1e-8)
    rows = {pattern.tobytes(): k for k, pattern in enumerate(tike.patterns)}
    same = [rows[pattern.tobytes()] for pattern in cxi.patterns]
    assert len(set(same)) == 251
    assert np.ptp(tike.positions[same] - cxi.positions, axis=0).max() < 1e-4
    assert cxi.pixel_size_m == pytest.approx(1e-8, rel=1e-5)


def test_ptychodus_npz_patterns_join_by_index(tmp_path, oblong):
    kept = np.array([20, 3, 4, 7])
    write_pair(tmp_path, oblong)
    bad = np.zeros((16, 16), bool)
    bad[2, 3] = True
    np.savez(tmp_path / "p.npz", patterns=oblong.patterns[kept], indexes=kept, bad_pixels=bad)
    found = read_scan(tmp_path / "p.npz", metadata=tmp_path / "scan_para.hdf5")
    np.testing.assert_array_equal(found.patterns, oblong.patterns[np.sort(kept)])
    assert np.argwhere(~found.mask).tolist() == [[2, 3]]


def test_real_ptychodus_npz_needs_its_product(shared_data):
    folder = shared_data / "scans/ptychi_ptychodus"
    with pytest.raises(InputError, match="--metadata"):
        read_scan(folder / "siemens_star_patterns_64.npz")


def test_near_field_is_warned_of(shared_data):
    found = read_scan(shared_data / "scans/cxi/PETRAIII_P25_Near_Field_Ptycho.cxi", find_probe=False)
    assert len(found) == 200
    assert any("a near-field scan" in note for note in found.notes)  # by its frames, which move
    assert found.notes[0].startswith("WARNING: the name says near field, and far field is assumed")
    assert found.distance_m == pytest.approx(1.12)
    assert (~found.mask).sum() == 5


def test_axis_order_by_reconstruction(shared_data):
    # shared/data/README.md: the right order leaves an error of .016, swapped axes stall near .035
    path = shared_data / "scans/ptychi_ptychodus/dp_siemens_star.hdf5"
    scan = read_scan(path)
    right, swapped, flipped = (
        _misfit(scan, positions)
        for positions in (scan.positions, scan.positions[:, ::-1], scan.positions * (-1, 1))
    )
    assert right < 0.025
    assert min(swapped, flipped) > 1.5 * right


def _misfit(scan: Scan, positions: np.ndarray, count: int = 100, sweeps: int = 8) -> float:
    """What sequential rPIE with probe update leaves, on the central positions."""
    distance = np.hypot(*(positions - positions.mean(0)).T)
    some = np.sort(np.argsort(distance)[:count])
    part = scan.noted(patterns=scan.patterns[some], positions=shifted(positions[some]), object_shape=None)
    method = RPIE(iterations=sweeps, alpha=1, form="sequential", probe_update=True, probe_alpha=1)
    *_, last = reconstruct(part, method, device="cpu", interval=1e9)
    return last.misfit


def test_compound_that_contradicts_itself_is_refused(tmp_path, scan):
    # found by changing random bytes: the HDF5 library wrote beyond memory where a member was too large
    path = write_scan(tmp_path / "s.h5", scan)
    with h5py.File(path, "a") as file:
        del file["probe"]
        pair = np.dtype({"names": ["r", "i"], "formats": ["f4", "S4"], "offsets": [0, 4], "itemsize": 8})
        file["probe"] = np.zeros((16, 16), pair)
    with pytest.raises(InputError, match="not a pair of numbers"):
        read_scan(path)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("object_shape", (1_000_000, 1_000_000), "object_shape is 1000000 x 1000000 px"),
        ("object_shape", (np.inf, 9.0), "does not hold a scan"),
        ("pixel_size_m", np.nan, "pixel_size_m is nan, expected metres"),
        ("wavelength_m", 0.0, "wavelength_m is 0.0"),
        ("distance_m", 1e300, "distance_m is 1e"),
    ],
)
def test_bad_numbers_of_an_own_scan_are_named(tmp_path, scan, name, value, says):
    path = write_scan(tmp_path / "a.h5", scan.noted(truth=None))
    with h5py.File(path, "r+") as file:
        file.attrs[name] = value
    with pytest.raises(InputError, match=says):
        read_scan(path)
