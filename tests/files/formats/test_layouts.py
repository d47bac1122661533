"""Scans in the layouts of ptypy, PtyLab, SLAC, NSLS-II, xptycho, PMACE and PtychoShelves."""

import h5py
import numpy as np
import pytest
import tifffile

from ptygui.errors import InputError
from ptygui.files.scans import read_scan, recognise
from tests.files.formats.layouts import (
    DISTANCE,
    ENERGY,
    WAVELENGTH,
    assert_same_scan,
    detector_pixel,
    metres,
)

# --- ptypy ----------------------------------------------------------------------------------------


def write_ptyd(path, scan, count=11, weights=True, external=False):
    """In so many chunks that their names in text order are in another order than their numbers."""
    parts = np.array_split(np.arange(len(scan)), count)
    with h5py.File(path, "w") as file:
        meta = file.create_group("meta")
        meta["energy"], meta["distance"], meta["num_frames"] = ENERGY / 1e3, DISTANCE, len(scan)
        meta["psize"], meta["center"] = [detector_pixel(scan)] * 2, [scan.width / 2] * 2
        file["info/positions_scan"] = metres(scan)
        chunks = file.create_group("chunks")
        for k, rows in enumerate(parts):
            where = chunks
            if external:
                where = h5py.File(path.with_name(f"{path.name}.part{k:03d}"), "w")
                chunks[str(k)] = h5py.ExternalLink(f"{path.name}.part{k:03d}", f"/chunks/{k}")
            group = where.create_group(f"chunks/{k}" if external else str(k))
            group["data"], group["indices"] = scan.patterns[rows], rows
            group["positions"] = metres(scan)[rows]
            good = np.ones((len(rows), scan.width, scan.width), np.float32)
            good[:, 2, 3] = 0
            group["weights"] = good if weights else np.zeros(0)
            if external:
                where.close()
    return path


def test_chunks_are_joined_by_number(tmp_path, oblong):
    found = read_scan(write_ptyd(tmp_path / "s.ptyd", oblong))
    assert_same_scan(found, oblong, probe=False)
    assert found.mask.shape == (oblong.width, oblong.width)
    assert [*np.argwhere(~found.mask)[0]] == [2, 3]
    assert (~found.mask).sum() == 1


def test_chunks_in_other_files(tmp_path, oblong):
    path = write_ptyd(tmp_path / "s.ptyd", oblong, external=True)
    assert recognise(path) == "ptyd"
    with pytest.raises(InputError, match=r"part000.*--allow-links"):
        read_scan(path)
    assert_same_scan(read_scan(path, allow_links=True), oblong, probe=False)
    (tmp_path / "s.ptyd.part003").unlink()
    with pytest.raises(InputError, match="part003"):
        read_scan(path, allow_links=True)


def test_chunks_without_positions_take_those_of_the_scan(tmp_path, oblong):
    path = write_ptyd(tmp_path / "s.ptyd", oblong, weights=False)
    with h5py.File(path, "a") as file:
        for k in range(11):
            del file[f"chunks/{k}/positions"]
    found = read_scan(path)
    assert_same_scan(found, oblong, probe=False)
    assert found.mask is None


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: f.__setitem__("meta/propagation", "nearfield"), "near-field scans cannot"),
        (lambda f: f["meta/energy"].write_direct(np.array(0.0)), "no energy or wavelength"),
        (lambda f: [f.__delitem__(f"chunks/{k}/data") for k in range(11)], "hold no frames"),
    ],
)
def test_ptyd_refused_with_the_reason(tmp_path, oblong, spoil, says):
    path = write_ptyd(tmp_path / "s.ptyd", oblong)
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(InputError, match=says):
        read_scan(path)


def test_a_beam_beside_the_middle_and_missing_frames_are_told(tmp_path, oblong):
    path = write_ptyd(tmp_path / "s.ptyd", oblong)
    with h5py.File(path, "a") as file:
        file["meta/center"][:] = [5, 8]
        del file["chunks/10"]
    notes = "\n".join(read_scan(path).notes)
    assert "beam is at row 5, column 8, not at the middle (8, 8)" in notes
    assert f"of {len(oblong)} frames are in the file" in notes


# --- PtyLab ---------------------------------------------------------------------------------------


def write_ptylab(path, scan, shape=(), **changes):
    held = {
        "ptychogram": scan.patterns,
        "encoder": metres(scan),
        "wavelength": np.full(shape, WAVELENGTH),
        "dxd": np.full(shape, detector_pixel(scan)),
        "zo": np.full(shape, DISTANCE),
        "entrancePupilDiameter": 5e-8,
        **changes,
    }
    with h5py.File(path, "w") as file:
        for name, value in held.items():
            if value is not None:
                file[name] = value
    return path


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_ptylab(tmp_path, oblong, shape):
    assert_same_scan(read_scan(write_ptylab(tmp_path / "p.hdf5", oblong, shape)), oblong, probe=False)


def test_ptylab_encoder_of_two_rows_and_turned_frames(tmp_path, oblong):
    turned = oblong.patterns[:, :, ::-1].transpose(0, 2, 1)  # undone by: transpose, then reverse columns
    path = write_ptylab(
        tmp_path / "p.hdf5", oblong, encoder=metres(oblong).T, ptychogram=turned, orientation=5
    )
    found = read_scan(path)
    assert_same_scan(found, oblong, probe=False)
    assert any("encoder was transposed" in note for note in found.notes)
    assert any("orientation 5" in note for note in found.notes)


def test_ptylab_of_fourier_ptychography_is_refused(tmp_path, oblong):
    path = write_ptylab(tmp_path / "p.hdf5", oblong, zo=None, zled=0.1)
    with pytest.raises(InputError, match="Fourier ptychography"):
        read_scan(path)


# --- NSLS-II, xptycho, PtychoShelves --------------------------------------------------------------


@pytest.mark.parametrize("corner", [True, False])
def test_nsls2_holds_amplitudes(tmp_path, oblong, corner):
    amplitudes = np.sqrt(oblong.patterns)
    with h5py.File(tmp_path / "scan_1.h5", "w") as file:
        file["diffamp"] = np.fft.fftshift(amplitudes, axes=(1, 2)) if corner else amplitudes
        file["points"] = metres(oblong)[:, ::-1].T * 1e6
        file["lambda_nm"], file["z_m"] = WAVELENGTH * 1e9, DISTANCE
        file["ccd_pixel_um"] = detector_pixel(oblong) * 1e6
    assert_same_scan(read_scan(tmp_path / "scan_1.h5"), oblong, probe=False)


def test_xptycho(tmp_path, oblong):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        group = file.create_group("scan")
        group["frames"], group["probe_positions"] = oblong.patterns, metres(oblong)
        about = {
            "wavelength": WAVELENGTH,
            "det_distance": DISTANCE,
            "det_pixel_pitch": detector_pixel(oblong),
        }
        group.attrs.update({**about, "name": "cells"})
    found = read_scan(tmp_path / "x.h5")
    assert_same_scan(found, oblong, probe=False)
    assert found.name == "cells"


def test_prepared_data_of_ptychoshelves(tmp_path, oblong):
    with h5py.File(tmp_path / "prepared.h5", "w") as file:
        file["measurement/n0/diff"] = oblong.patterns.transpose(0, 2, 1)
        file["measurement/n0/positions"] = oblong.positions.T
        file["measurement/n1/diff"] = oblong.patterns[:2]
    found = read_scan(tmp_path / "prepared.h5")
    assert_same_scan(found, oblong, probe=False, units=False)
    assert any("first of 2 scans" in note for note in found.notes)


# --- SLAC and PtychoPINN --------------------------------------------------------------------------


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("amplitudes", [True, False])
def test_slac(tmp_path, oblong, last, amplitudes):
    stack = np.sqrt(oblong.patterns) if amplitudes else oblong.patterns
    rows, columns = (oblong.positions + np.array([20, -7])).T
    np.savez(
        tmp_path / "s.npz", diffraction=np.moveaxis(stack, 0, -1) if last else stack, xcoords_start=columns,
        ycoords_start=rows, xcoords=columns, ycoords=rows, probeGuess=oblong.probe,
    )  # fmt: skip
    found = read_scan(tmp_path / "s.npz")
    assert_same_scan(found, oblong, units=False)
    assert any(("amplitudes" if amplitudes else "counts") in note for note in found.notes)


def test_slac_in_metres(tmp_path, oblong):
    rows, columns = metres(oblong).T
    pixel = detector_pixel(oblong)
    about = {
        "photon_energy_eV": ENERGY, "detector_distance_m": DISTANCE, "detector_pixel_size_m": pixel
    }  # fmt: skip
    np.savez(tmp_path / "s.npz", diffraction=oblong.patterns, xcoords=columns, ycoords=rows, **about)
    assert_same_scan(read_scan(tmp_path / "s.npz"), oblong, probe=False)


# --- PMACE ----------------------------------------------------------------------------------------


def write_pmace(folder, scan):
    folder.mkdir()
    for k, pattern in enumerate(scan.patterns):
        tifffile.imwrite(folder / f"frame_data_{k}.tiff", pattern)
    centres = scan.positions + scan.width / 2
    lines = [f"{column:.2f}\t{row:.2f}" for row, column in centres]
    (folder / "Translations.tsv.txt").write_text("FCx\tFCy\n" + "\n".join(lines))
    return folder


def test_pmace_folder(tmp_path, oblong):
    folder = write_pmace(tmp_path / "data", oblong)
    assert recognise(folder) == "pmace"
    assert_same_scan(read_scan(folder), oblong, probe=False, units=False)
    (folder / "frame_data_3.tiff").unlink()
    with pytest.raises(InputError, match=f"{len(oblong) - 1} frames and {len(oblong)} positions"):
        read_scan(folder)


def test_a_folder_of_something_else_is_of_no_kind(tmp_path):
    assert recognise(tmp_path) is None
    with pytest.raises(InputError, match="is a folder without frames"):
        read_scan(tmp_path)
