"""What is wrong in measured files is mended and said, or refused with the reason: never taken silently.

The kinds of faults are those of public bug reports of ptychography and HDF5 programs.
"""

import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.files.scans import read_scan, write_scan
from ptygui.prepare.preparation import Preparation
from tests.files.conftest import write_pair, write_tike
from tests.files.problem_scans import (
    DATA,
    DETECTOR,
    DISTANCE,
    MOVES,
    WAVELENGTH,
    change,
    metres,
    pixels,
    write,
)


@pytest.fixture
def whole(tmp_path, oblong):
    """A file with nothing wrong."""
    return write(tmp_path / "s.cxi", oblong)


def assert_same(found, scan, which=slice(None)):
    np.testing.assert_array_equal(found.patterns, scan.patterns[which])
    moved = found.positions - scan.positions[which]
    assert np.ptp(moved, axis=0).max() < 1e-4


def said(found):
    return " | ".join(found.notes)


def test_good_files_are_read_as_they_are(whole, oblong):
    found = read_scan(whole)
    assert_same(found, oblong)
    np.testing.assert_array_equal(found.probe, oblong.probe)
    assert found.mask is None
    assert found.background is None
    assert len(found.notes) == 2


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("u4", 2**32 - 1, "all bits set"),
        ("u2", 2**16 - 1, "all bits set"),
        ("i4", -1, "below 0 in every frame"),
        ("f4", np.nan, "not finite: masked"),
        ("f4", 2.0**32, "all bits set"),
    ],
)
def test_gaps_of_detectors_are_masked(tmp_path, oblong, kind, value, words):
    patterns = oblong.patterns.astype(kind)
    patterns[:, 10:12] = value
    found = read_scan(write(tmp_path / "s.cxi", oblong, patterns))
    assert np.flatnonzero(~found.mask.all(1)).tolist() == [10, 11]
    assert words in said(found)
    assert found.patterns.max() <= oblong.patterns.max()
    np.testing.assert_array_equal(found.probe, oblong.probe)


def test_saturated_values_are_masked_in_their_frames(tmp_path, oblong):
    limit = np.percentile(oblong.patterns, 98) // 1
    found = read_scan(write(tmp_path / "s.cxi", oblong, np.minimum(oblong.patterns, limit).astype("u4")))
    np.testing.assert_array_equal(found.mask, oblong.patterns < limit)
    assert "saturated" in said(found)
    np.testing.assert_array_equal(found.probe, oblong.probe)
    kept = read_scan(tmp_path / "s.cxi", preparation=Preparation(mask="file"))
    assert kept.mask is None
    most = np.minimum(oblong.patterns, np.percentile(oblong.patterns, 40) // 1).astype("u4")
    lost = read_scan(write(tmp_path / "m.cxi", oblong, most))
    assert lost.mask is None
    assert "WARNING: saturated" in said(lost)


def test_empty_and_hot_frames_and_strays_are_left_out(whole, oblong):
    patterns, moves = oblong.patterns.astype("i4"), metres(oblong, pixels(oblong.probe.shape))
    patterns[3], patterns[11] = 0, 500 * patterns[11]
    moves[17], moves[20] = np.nan, 1e-3
    found = read_scan(change(whole, data=patterns, moves=moves))
    assert_same(found, oblong, np.delete(np.arange(len(oblong)), [3, 11, 17, 20]))
    for words in (
        "1 frame (3) with less than",
        "1 frame (11) with over 10",
        "(17) with a position that is not finite",
    ):
        assert words in said(found)
    assert "(20) with a position far from all others" in said(found)
    assert "multiplied" not in said(found)


def test_readout_noise_goes_into_the_model(tmp_path, oblong):
    noise = np.random.default_rng(0).normal(0, 40, oblong.patterns.shape)
    noisy = (oblong.patterns + noise).astype("f4")
    found = read_scan(write(tmp_path / "s.cxi", oblong, noisy))
    assert found.background[0, 0] == pytest.approx(1600, rel=0.5)
    assert "readout noise of" in said(found)
    dark = np.full((16, 16), 5000.0)
    np.save(tmp_path / "dark.npy", np.stack([dark - 1, dark + 1]))
    raised = write(tmp_path / "d.cxi", oblong, noisy + np.float32(5000))
    with_dark = read_scan(raised, preparation=Preparation(dark=str(tmp_path / "dark.npy")))
    np.testing.assert_allclose(with_dark.patterns, found.patterns, atol=0.01)


def test_masks_in_other_senses(whole, oblong, tmp_path):
    bad = np.zeros((16, 16), "u4")
    bad[:, 3] = 1
    change(whole, **{"detector_1/mask": 1 - bad})
    inverted = read_scan(whole)
    np.testing.assert_array_equal(inverted.mask, bad == 0)
    assert "taken as inverted" in said(inverted)
    assert read_scan(whole, preparation=Preparation(mask="none")).mask is None
    for name, array in (("good", bad == 0), ("bad", bad == 1)):
        np.save(tmp_path / f"{name}.npy", array)
        given = read_scan(whole, preparation=Preparation(mask=str(tmp_path / f"{name}.npy")))
        np.testing.assert_array_equal(given.mask, bad == 0)
        assert f"mask from {name}.npy: 16 bad pixels" in said(given)
    np.save(tmp_path / "other.npy", np.zeros((8, 8), bool))
    with pytest.raises(InputError, match="no single mask of 16 x 16 px"):
        read_scan(whole, preparation=Preparation(mask=str(tmp_path / "other.npy")))


# --- shapes ---------------------------------------------------------------------------------------


def test_rectangular_frames_are_cropped_about_the_beam(tmp_path, oblong):
    wide = np.pad(oblong.patterns, ((0, 0), (0, 0), (7, 3))).astype("i4")
    found = read_scan(write(tmp_path / "s.cxi", oblong, wide))
    assert_same(found, oblong)
    assert "16 x 26 px were cropped to a square of 16 px about the beam at row 8, column 15" in said(found)
    assert found.pixels_m == pytest.approx(pixels((16, 16)))


def test_a_beam_off_centre_is_brought_back(tmp_path, oblong):
    moved = np.roll(oblong.patterns, (3, 0), (1, 2)).astype("i4")
    path = write(tmp_path / "s.cxi", oblong, moved)
    found = read_scan(path)
    np.testing.assert_array_equal(found.patterns * found.mask, oblong.patterns * found.mask)
    assert np.flatnonzero(~found.mask.all(1)).tolist() == [13, 14, 15]
    assert "frames were moved -3 px down" in said(found)
    left = read_scan(path, preparation=Preparation(recentre="no"))
    np.testing.assert_array_equal(left.patterns, moved)
    assert "try --recentre" in said(left)


def test_grids_turned_tables_and_larger_probes(whole, oblong):
    grid = oblong.patterns.reshape(4, 6, 16, 16).astype("i4")
    turned = metres(oblong, pixels(oblong.probe.shape)).T
    found = read_scan(change(whole, data=grid, moves=turned, probe=np.pad(oblong.probe, 8)))
    assert_same(found, oblong)
    np.testing.assert_array_equal(found.probe, oblong.probe)
    for words in ("grid of 4 x 6", "3 x 24 positions was turned", "32 x 32 px was cut or padded to 16 px"):
        assert words in said(found)


def test_oblong_pixels_are_kept_along_each_axis(tmp_path, oblong):
    from ptygui.experiment.reconstruct import reconstruct
    from ptygui.export.cxi import write_cxi
    from ptygui.export.exported import Exported
    from ptygui.export.ptyd import write_ptyd
    from ptygui.files.result import Result
    from ptygui.files.results import read_result, write_result
    from ptygui.history import History
    from ptygui.methods import AWF

    detector = (2 * DETECTOR, DETECTOR)
    found = read_scan(write(tmp_path / "s.cxi", oblong, detector=detector))
    assert_same(found, oblong)
    assert found.pixels_m == pytest.approx(pixels((16, 16), detector))
    assert read_scan(write_scan(tmp_path / "s.h5", found)).pixels_m == pytest.approx(found.pixels_m)
    history = History()
    for step in filter(None, reconstruct(found, AWF(iterations=1), device="cpu")):
        history.append(step)
    write_result(tmp_path / "r.h5", Result.of(found, AWF(iterations=1), history, seed=0, device="cpu"))
    with h5py.File(tmp_path / "r.h5") as file:
        about = file["object"].attrs
        assert (about["pixel_height_m"], about["pixel_width_m"]) == pytest.approx(found.pixels_m)
    for name, write_other in (("o.cxi", write_cxi), ("o.ptyd", write_ptyd)):
        again = read_scan(*write_other(tmp_path / name, Exported(scan=found)))
        np.testing.assert_allclose(
            np.ptp(again.positions, axis=0), np.ptp(found.positions, axis=0), atol=1e-4
        )
        assert again.pixels_m == pytest.approx(found.pixels_m)
    back = read_result(tmp_path / "r.h5")
    assert (back.pixel_size_m, back.pixel_aspect) == pytest.approx((found.pixel_size_m, 0.5))


def test_turned_frames_are_noticed_by_the_probe(whole, oblong):
    elliptic = np.zeros((16, 16), complex)
    elliptic[6:10, 3:13] = oblong.probe[6:10, 3:13]
    moved = oblong.noted(probe=elliptic.astype(np.complex64), truth=None)
    from ptygui.detector import expected_counts

    counts = expected_counts(oblong.truth, moved.probe, oblong.positions).astype("i4")
    change(whole, data=counts.transpose(0, 2, 1), probe=moved.probe)
    assert "--orientation transpose" in said(read_scan(whole))
    found = read_scan(whole, swap_axes=True)
    np.testing.assert_array_equal(found.probe, moved.probe.T)
    assert "the probe was turned with the positions" in said(found)


# --- numbers --------------------------------------------------------------------------------------


def test_units_are_honoured(whole, oblong):
    moves = metres(oblong, pixels(oblong.probe.shape))
    found = read_scan(
        change(
            whole,
            moves=(moves * 1e6, "um"),
            **{
                "detector_1/distance": (DISTANCE * 1e3, "mm"),
                "detector_1/x_pixel_size": (DETECTOR * 1e6, "µm"),
                "source_1/energy": (3.0, "GeV"),
                "beam_1/incident_beam_energy": (12398.41984 * 1e-10 / WAVELENGTH / 1e3, "keV"),
            },
        )
    )
    assert_same(found, oblong)
    assert found.wavelength_m == pytest.approx(WAVELENGTH)
    assert found.distance_m == pytest.approx(DISTANCE)
    change(whole, **{"beam_1/incident_beam_energy": None, "beam_1/incident_wavelength": (1.2, "angstrom")})
    assert read_scan(whole).wavelength_m == pytest.approx(WAVELENGTH)
    change(whole, **{"beam_1/incident_wavelength": (1.2, "furlong")})
    with pytest.raises(InputError, match="has the unit 'furlong', expected one of m, mm"):
        read_scan(whole)
    kev = 12398.41984 * 1e-10 / WAVELENGTH / 1e3
    found = read_scan(change(whole, **{"beam_1/incident_wavelength": None, "beam_1/energy": (kev, "keV")}))
    assert found.wavelength_m == pytest.approx(WAVELENGTH)
    assert "source_1/energy is 3e+09 eV, the energy of a ring and not of photons: not used" in said(found)


def test_an_energy_in_ev_is_told_and_one_that_fits_nothing_refused(whole, oblong):
    found = read_scan(change(whole, **{"source_1/energy": 12398.41984 * 1e-10 / WAVELENGTH}))
    assert_same(found, oblong)
    assert "taken as eV and not as joules" in said(found)
    with pytest.raises(InputError, match=r"energy .*is 10.3, which cannot be J"):
        read_scan(change(whole, **{"source_1/energy": 10.3}))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"source_1/wavelength": 1.2}, "within one pixel.*wavelength 1.2 m.*object pixel of"),
        ({"detector_1/distance": 8e5}, "within one pixel.*distance 8e.05 m"),
        ({"moves": np.arange(72.0).reshape(24, 3)}, r"positions span .* px, which cannot be.*Check the unit"),
        ({"moves": np.zeros((24, 3))}, "all 24 positions are the same place"),
        ({"moves": np.zeros((20, 3))}, "24 patterns and positions of shape .20, 3."),
        ({"data": np.array([b"abc"])}, "holds text, expected numbers"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_read(whole, values, says):
    with pytest.raises(InputError, match=says):
        read_scan(change(whole, **values))


def test_values_that_were_scaled_are_not_taken_for_photons_silently(whole, oblong):
    few = oblong.patterns / oblong.patterns.sum((1, 2)).max()
    assert "they were scaled and are not photons" in said(read_scan(change(whole, data=few)))
    many = (oblong.patterns + np.float32(0.25)).astype("f4")  # less a background, say
    assert "not photons" not in said(read_scan(change(whole, data=many)))


def test_one_position_is_told(tmp_path, oblong):
    one = oblong.subset([3], truth=None)
    assert "one position only" in said(read_scan(write(tmp_path / "s.cxi", one)))


def test_a_fresnel_number_that_says_near_field_is_told(whole):
    change(whole, **{"detector_1/distance": DISTANCE / 1e5, "detector_1/x_pixel_size": DETECTOR / 1e5})
    change(whole, **{"detector_1/y_pixel_size": DETECTOR / 1e5})
    assert "Fresnel number" in said(read_scan(whole))
    assert "Fresnel" not in said(read_scan(change(whole, **{"source_1/energy": None}), pixel_size_m=1e-8))


def test_options_that_do_not_apply_are_refused(tmp_path, oblong):
    other = tmp_path / "other.h5"
    with pytest.raises(InputError, match="tike scan, which has no second file"):
        read_scan(write_tike(tmp_path / "t.npz", oblong), metadata=other)
    own = write_scan(tmp_path / "s.h5", oblong)
    with pytest.raises(InputError, match="has no second file"):
        read_scan(own, metadata=other)
    with pytest.raises(InputError, match="always in the centre"):
        read_scan(own, zero_frequency="corner")


def test_a_product_of_the_near_field_is_refused(tmp_path, oblong):
    path = write_pair(tmp_path, oblong)
    with h5py.File(tmp_path / "scan_para.hdf5", "a") as file:
        file.attrs["far_field"] = False
    with pytest.raises(InputError, match="far_field = False"):
        read_scan(path)


# --- own scans ------------------------------------------------------------------------------------


def test_own_scans_are_prepared_too(tmp_path, oblong):
    path = write_scan(tmp_path / "s.h5", oblong.noted(pixel_size_m=1e-8))
    found = read_scan(path, preparation=Preparation(frames="::2", crop=12, mask="none"))
    assert (len(found), found.width) == (12, 12)
    assert found.pixel_size_m == pytest.approx(1e-8 * 16 / 12)
    steps = np.ptp(found.positions, axis=0), np.ptp(oblong.positions[::2], axis=0) * 12 / 16
    np.testing.assert_allclose(*steps, atol=1e-5)
    assert "prepared with --frames ::2 --mask none --crop 12" in said(found)
    assert "truth of the scan do not fit" in said(found)


def test_own_scans_are_checked_too(tmp_path, oblong):
    write_scan(tmp_path / "s.h5", oblong.noted(patterns=0 * oblong.patterns))
    with pytest.raises(InputError, match="all patterns are zero"):
        read_scan(tmp_path / "s.h5")
    write_scan(tmp_path / "s.h5", oblong.noted(probe=oblong.probe * np.float32(1e-15)))
    assert "the probe was multiplied by" in said(read_scan(tmp_path / "s.h5"))


# --- where values are -----------------------------------------------------------------------------


def test_files_that_are_not_damaged_are_not_called_so(whole, oblong):
    with h5py.File(whole, "a") as file:
        del file[DATA]
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((1, 16, 16))
        plist.set_filter(32150, h5py.h5z.FLAG_OPTIONAL, ())
        space = h5py.h5s.create_simple(oblong.patterns.shape)
        written = h5py.h5d.create(file.id, DATA.encode(), h5py.h5t.NATIVE_INT32, space, plist)
        for k, pattern in enumerate(oblong.patterns.astype("i4")):
            written.write_direct_chunk((k, 0, 0), pattern.tobytes(), 0)
    with pytest.raises(InputError, match="filter 32150, which is not installed") as caught:
        read_scan(whole)
    assert "damaged" not in str(caught.value)


def test_a_file_in_the_hands_of_a_writer(whole):
    code = "import sys, h5py; f = h5py.File(sys.argv[1], 'a'); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(whole)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="is open in another program that writes to it: close it there"):
            read_scan(whole)
        writer.communicate("done\n")


def test_an_unfinished_swmr_file_is_called_so(tmp_path, oblong):
    """As its program leaves it when it ends without closing the file."""
    with h5py.File(tmp_path / "live.h5", "w", libver="latest") as file:
        file["cxi_version"] = 160
        file[DATA] = oblong.patterns
        file.swmr_mode = True
        file.flush()
        shutil.copy(tmp_path / "live.h5", tmp_path / "s.cxi")
    with pytest.raises(InputError, match=r"marked as being written .*h5clear -s"):
        read_scan(tmp_path / "s.cxi")


@pytest.mark.parametrize("fault", ["none", "missing", "short", "unmapped", "no dataset", "outside"])
def test_virtual_data_are_whole_or_refused(whole, oblong, tmp_path, fault):
    count, half = len(oblong), len(oblong) // 2
    patterns = oblong.patterns.astype("i4")
    layout = h5py.VirtualLayout((count, 16, 16), "i4")
    for k, (a, b) in enumerate(((0, half), (half, count))):
        name = tmp_path / f"part{k}.h5"
        with h5py.File(name, "w") as file:
            file["frames"] = patterns[a : b - (fault == "short")]
        source = h5py.VirtualSource(f"part{k}.h5", "frames", (b - a, 16, 16))
        if fault == "no dataset":
            source = h5py.VirtualSource(f"part{k}.h5", "others", (b - a, 16, 16))
        if fault == "outside":
            source = h5py.VirtualSource(f"../part{k}.h5", "frames", (b - a, 16, 16))
        if k == 0 or fault != "unmapped":
            layout[a:b] = source
    with h5py.File(whole, "a") as file:
        del file[DATA]
        file["entry_1/instrument_1/detector_1"].create_virtual_dataset("data", layout)
    if fault == "missing":
        (tmp_path / "part1.h5").unlink()
    with pytest.raises(InputError, match="--allow-links"):
        read_scan(whole)
    if fault == "none":
        assert_same(read_scan(whole, allow_links=True), oblong)
        return
    says = {
        "missing": r"part1\.h5, which is missing",
        "short": "which has .* read zeros",
        "unmapped": "come from no file",
        "no dataset": "which does not hold it",
        "outside": "outside its own folder",
    }
    with pytest.raises(InputError, match=says[fault]):
        read_scan(whole, allow_links=True)


def test_raw_data_beside_a_file(whole, oblong, tmp_path, monkeypatch):
    patterns = oblong.patterns.astype("<i4")
    (tmp_path / "raw.bin").write_bytes(b"head" + patterns.tobytes())
    with h5py.File(whole, "a") as file:
        del file[DATA]
        file.create_dataset(
            DATA, patterns.shape, "<i4", external=[("raw.bin", 4, patterns.nbytes)], fillvalue=0
        )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)  # HDF5 looks for the name there
    assert_same(read_scan(whole, allow_links=True), oblong)
    (tmp_path / "raw.bin").write_bytes(b"head" + patterns.tobytes()[:-8])
    with pytest.raises(InputError, match=r"raw\.bin, which hold"):
        read_scan(whole, allow_links=True)
    (tmp_path / "raw.bin").unlink()
    with pytest.raises(InputError, match=r"raw\.bin, which is missing"):
        read_scan(whole, allow_links=True)


def test_links_of_a_linked_file_stay_in_the_folder(whole, oblong, tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["there"] = h5py.ExternalLink("../other/b.h5", "/x")
    with h5py.File(whole, "a") as file:
        del file[MOVES]
        file[MOVES] = h5py.ExternalLink("a.h5", "/there")
    with pytest.raises(InputError, match="outside its own folder"):
        read_scan(whole, allow_links=True)
