"""`describe`: anything recognised is told in lines, with what is missing."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.info import describe, length
from ptygui.files.result import Result
from ptygui.files.results import write_result
from ptygui.files.scans import write_scan
from ptygui.history import History
from ptygui.methods import DAPS, RPIE
from tests.files.conftest import write_cxi, write_pair, write_tike


def test_scans(tmp_path, oblong):
    for write, kind, missing in (
        (write_scan, "scan", ("pixel size", "wavelength", "distance")),
        (write_tike, "tike", ("pixel size", "wavelength", "distance")),
        (write_cxi, "cxi", ()),
    ):
        write(tmp_path / kind, oblong)
        found = describe(tmp_path / kind)
        assert (found.kind, found.missing) == (kind, missing)
        assert dict(found.lines)["patterns"] == "24 of 16 x 16 px"
    assert dict(found.lines)["pixel size"] == "10 nm"


def test_pair_without_metadata_says_so(tmp_path, oblong):
    path = write_pair(tmp_path, oblong)
    assert describe(path).kind == "ptychi"
    assert describe(path).missing == ()
    (tmp_path / "scan_para.hdf5").unlink()
    found = describe(path)
    assert "--metadata" in found.missing[0]
    assert "dp (24 x 16 x 16" in dict(found.lines)["arrays"]


def test_result(tmp_path, scan):
    method, history = RPIE(iterations=2), History()
    for step in reconstruct(scan, method, device="cpu"):
        history.append(step)
    write_result(tmp_path / "r.h5", Result.of(scan, method, history, seed=0, device="cpu"))
    found = describe(tmp_path / "r.h5")
    lines = dict(found.lines)
    assert found.kind == "result"
    assert lines["method"] == "rpie"
    assert "iterations 2" in lines["options"]
    assert "probe_update auto" in lines["options"]
    assert float(lines["nrmse"]) == pytest.approx(history.last.nrmse, rel=1e-3)
    assert "wavelength" in found.missing


def test_what_a_method_chooses_itself_is_called_auto(tmp_path, scan, prior_folder):
    method = DAPS(prior=str(prior_folder), levels=1, data_steps=3, awf_iterations=2, start_unet=False)
    history = History()
    for step in filter(None, reconstruct(scan, method, device="cpu")):
        history.append(step)
    write_result(tmp_path / "r.h5", Result.of(scan, method, history, seed=0, device="cpu"))
    options = dict(describe(tmp_path / "r.h5").lines)["options"].split(", ")
    assert {
        "levels 1",
        "data_variance auto",
        "sigma_max auto",
        "slow_phase_order auto",
        "start_unet no",
    } <= set(options)


def test_where_steps_are_longer_than_the_probe_there_is_no_overlap_of_it(tmp_path, scan):
    apart = replace(scan, positions=2.0 * scan.positions, truth=None, object_shape=None)
    write_scan(tmp_path / "s.h5", apart)
    assert dict(describe(tmp_path / "s.h5").lines)["overlap"].endswith(", none of the probe's D90")


def test_model_folder(tmp_path):
    folder = tmp_path / "blood"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"block_out_channels": [32, 64]}))
    training = {"data": ["a.npz"], "licence": "see NOTICE", "steps": 100}
    (folder / "prior.json").write_text(
        json.dumps({"preset": "compact", "parameterisation": "edm", "training": training})
    )
    header = json.dumps({"w": {"dtype": "F16", "shape": [1000, 2000], "data_offsets": [0, 4000000]}}).encode()
    (folder / "w.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    lines = dict(describe(folder).lines)
    assert lines["preset"] == "compact"
    assert lines["training: licence"] == "see NOTICE"
    assert lines["parameters"].startswith("2.00 million")
    (folder / "w.safetensors").unlink()
    assert describe(folder).missing == ("weights (*.safetensors)",)
    (folder / "prior.json").write_text("{")
    with pytest.raises(InputError, match=r"prior\.json is not JSON"):
        describe(folder)
    (folder / "prior.json").write_text("[" * 200_000)
    with pytest.raises(InputError, match=r"prior\.json is not JSON"):
        describe(folder)


@pytest.mark.parametrize("header", [b"[1, 2]", b'{"w": [1]}', b'{"w": {"shape": [1e400]}}', b"[" * 200_000])
def test_a_spoilt_header_of_weights_is_left_out(header, tmp_path):
    for name in ("config.json", "prior.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "w.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    assert "parameters" not in dict(describe(tmp_path).lines)


def test_objects_probes_and_images(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((20, 20), complex))
    assert dict(describe(tmp_path / "a.npy").lines)["as an object"] == "20 x 20 px"
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / "a.png")
    assert dict(describe(tmp_path / "a.png").lines)["image"] == "20 x 30 px"


def test_what_is_not_recognised(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(InputError, match="of no kind that is known: give"):
        describe(tmp_path / "a.txt")
    with pytest.raises(InputError, match="a folder without a trained network"):
        describe(tmp_path)


def test_every_real_file_is_described(shared_data):
    """Of images and arrays one in each folder, the others are alike; test_scans.py reads the packed one."""
    kinds, seen = {}, set()
    for path in sorted(shared_data.rglob("*")):
        alike = path.parent, path.suffix
        if path.suffix in (".jpg", ".mat", ".npy", ".npz") and alike in seen:
            continue
        seen.add(alike)
        if path.suffix in (".cxi", ".hdf5", ".h5", ".npz", ".npy", ".mat", ".ptyd", ".jpg"):
            kinds.setdefault(describe(path).kind, []).append(path.name)
    assert {"cxi", "ptychi", "product", "ptyd", "ptylab", "grid", "arrays", "image"} == kinds.keys()
    assert len(kinds["cxi"]) == 2


@pytest.mark.parametrize(
    ("metres", "words"), [(1e-8, "10 nm"), (1e-6, "1 µm"), (0.5, "500 mm"), (None, "not stated")]
)
def test_lengths(metres, words):
    assert length(metres) == words


def test_a_project_names_its_runs(tmp_path, scan):
    from ptygui.experiment.run import Run
    from ptygui.files.project import Project, write_project
    from ptygui.methods import RPIE

    path = write_project(tmp_path / "p.ptygui", Project([Run(3, scan, RPIE(iterations=2))], scan))
    found = describe(path)
    assert found.kind == "project"
    assert dict(found.lines) == {"run 3": "3 rpie 62.5 %, queued, 0 steps", "next scan": "small"}
