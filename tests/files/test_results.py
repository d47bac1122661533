"""Results: the product that Ptychodus opens, and everything of ours read back."""

import json
from dataclasses import fields

import h5py
import numpy as np
import pytest
from conftest import step_of

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.kept_frames import MAX_FRAMES, thinned
from ptygui.files.result import Result
from ptygui.files.results import read_result, write_result
from ptygui.history import History
from ptygui.methods import RPIE
from ptygui.step import NUMBERS, Step


def run(scan, method, **more) -> History:
    history = History()
    for step in reconstruct(scan, method, device="cpu", interval=0, **more):
        if step is not None:
            history.append(step)
    return history


@pytest.fixture
def result(scan):
    method = RPIE(iterations=5)
    return Result.of(scan, method, run(scan, method), seed=3, device="cpu")


def assert_same(a, b):
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, tuple) and a and isinstance(a[0], Step):
        for one, other in zip(a, b, strict=True):
            for f in fields(Step):
                if f.name == "scoring":  # of no interest later
                    continue
                if f.name not in ("state", "samples") or one is a[-1]:
                    assert_same(getattr(one, f.name), getattr(other, f.name))
    else:
        assert a == b


def test_round_trip(tmp_path, result):
    back = read_result(write_result(tmp_path / "new" / "r.h5", result))
    for f in fields(Result):
        assert_same(getattr(result, f.name), getattr(back, f.name))
    assert back.last.state.keys() == result.last.state.keys()


def test_a_number_of_earlier_versions_is_passed_over(tmp_path, result):
    path = write_result(tmp_path / "r.h5", result)
    with h5py.File(path, "r+") as file:
        file["ptygui/frames/prior_weight"] = np.full(len(result.frames), 12.5)
    assert len(read_result(path).frames) == len(result.frames)


def test_files_of_before_have_numbers_for_auto_and_open_all_the_same(tmp_path, scan, prior_folder):
    from ptygui.files.result_run import read_run
    from ptygui.methods import DAPS

    method = DAPS(prior=str(prior_folder), levels=2, awf_iterations=2, data_steps=2, start_unet=False)
    result = Result.of(scan, method, run(scan, method), seed=0, device="cpu")
    path = write_result(tmp_path / "r.h5", result)
    with h5py.File(path, "r+") as file:
        group, plain = file["ptygui"], {name: getattr(method, name) for name in method.asdict()}
        assert plain["sigma_max"] == plain["data_variance"] == plain["seeds"] == 0
        group.attrs["options"] = json.dumps(plain)
        group.attrs["options_by_step"] = json.dumps([{"from_step": 1, "options": plain}])
        del group.attrs["resolved"], group["frames/plain"]
    back = read_result(path)
    assert back.options == result.options
    assert back.options["seeds"] == "auto"
    assert back.resolved == {}
    assert read_run(path, [scan]).method == method


def test_resumes_from_a_file_bit_for_bit(tmp_path, scan, result):
    back = read_result(write_result(tmp_path / "r.h5", result))
    method = RPIE(iterations=8)
    at_once = run(scan, method).last
    resumed = run(scan, method, resume=back.last).last
    np.testing.assert_array_equal(resumed.obj, at_once.obj)


def test_product_opens_with_plain_h5py(tmp_path, scan, result):
    pixel = 1e-8
    known = scan.noted(pixel_size_m=pixel, wavelength_m=1e-10, distance_m=0.5)
    method = RPIE(iterations=5)
    result = Result.of(known, method, run(known, method), seed=0, device="cpu")
    write_result(tmp_path / "r.h5", result)
    with h5py.File(tmp_path / "r.h5") as file:
        assert file.attrs["detector_object_distance_m"] == 0.5
        assert file.attrs["photon_energy_eV"] == pytest.approx(12398.42, rel=1e-6)
        assert "NOMINAL" not in file.attrs["comments"]
        assert file["object"].shape == (1, *(n + 2 for n in result.span))  # a pixel of margin around it
        np.testing.assert_array_equal(file["object"][0, 1:-1, 1:-1], result.cropped)
        assert file["object"].dtype == np.complex64
        about = dict(file["object"].attrs)
        assert (about.pop("ptygui_margin_px") == 1).all()
        assert about == {
            "pixel_width_m": pixel,
            "pixel_height_m": pixel,
            "center_x_m": 0,
            "center_y_m": 0,
            "interpretation": "image",
        }
        assert file["probe"].shape == (1, 1, scan.width, scan.width)
        assert file["probe"].attrs["pixel_width_m"] == pixel
        rows, columns = file["probe_position_y_m"][:] / pixel, file["probe_position_x_m"][:] / pixel
        # but for the margin, /object ends where the outermost patches end: half a window from their centres
        assert rows.max() + scan.width / 2 == pytest.approx(result.span[0] / 2)
        assert columns.min() - scan.width / 2 == pytest.approx(-result.span[1] / 2)
        assert file["probe_position_indexes"][:].tolist() == list(range(len(scan)))
        assert file["loss_values"][-1] == result.last.misfit


def test_what_is_not_known_is_nominal_and_said_so(tmp_path, result):
    write_result(tmp_path / "r.h5", result)
    with h5py.File(tmp_path / "r.h5") as file:
        assert file.attrs["comments"].startswith("NOMINAL")
        assert "photon_energy_eV" in file.attrs["comments"]
        assert file.attrs["photon_energy_eV"] > 0
        assert file["object"].attrs["pixel_width_m"] > 0
        assert "wavelength_m" in file["ptygui"].attrs["nominal"]
    back = read_result(tmp_path / "r.h5")
    assert back.pixel_size_m is back.wavelength_m is back.distance_m is None


def test_object_covers_what_patches_span_and_the_rest_is_kept(tmp_path, scan):
    wide = scan.noted(object_shape=(40, 44), positions=scan.positions + np.array([3, 5]), truth=None)
    method = RPIE(iterations=2)
    result = Result.of(wide, method, run(wide, method), seed=0, device="cpu")
    back = read_result(write_result(tmp_path / "r.h5", result))
    assert back.object_shape == (40, 44)
    assert back.offset == (3, 5)
    np.testing.assert_array_equal(back.obj, result.obj)
    with h5py.File(tmp_path / "r.h5") as file:
        np.testing.assert_array_equal(file["object"][0], result.obj[2:36, 4:38])


def test_diffusion_frames_keep_x_t_seeds_and_state(tmp_path, scan):
    rng = np.random.default_rng(0)
    history = History()
    for k in range(1, 4):
        samples = rng.normal(size=(2, 32, 32)).astype(np.complex64)
        x_t = rng.normal(size=(2, 32, 32)).astype(np.float32)
        state = {
            "x_t": x_t,
            "generator": np.arange(100, dtype=np.uint8),
            "rng": 7,
            "mark": None,
            "flag": True,
            "scalar": np.array(2.5),
        }
        more = {"x_t": x_t, "samples": samples, "level": 1 / k, "state": state}
        history.append(Step(k, 3, k / 7, 2 * k, samples[0], scan.probe * k, 0.1 / k, 0.01, **more))
    result = Result.of(scan, RPIE(), history, seed=0, device="cuda")
    back = read_result(write_result(tmp_path / "r.h5", result))
    assert_same(result.frames, back.frames)
    assert_same(result.state, back.state)
    assert_same(result.samples, back.samples)
    assert list(back.numbers) == list(NUMBERS)


def test_frames_are_thinned_evenly_and_bounded():
    frames = tuple(Step(k, 500, 1, 0, np.zeros((8, 8)), np.zeros(1), 0, 0) for k in range(1, 501))
    kept = [f.index for f in thinned(frames)]
    assert len(kept) == MAX_FRAMES
    assert kept[0] == 1
    assert kept[-1] == 500
    assert np.ptp(np.diff(kept)) <= 1
    assert [f.index for f in thinned(frames, max_bytes=1)] == [1, 500]


def test_pinned_frames_stay_when_others_are_thinned(tmp_path, scan):
    frames = tuple(step_of(scan, k, 500) for k in range(1, 501))
    pins = {2, 17, 18, 444}
    kept = [f.index for f in thinned(frames, pins)]
    assert len(kept) == MAX_FRAMES
    assert pins | {1, 500} <= set(kept)
    assert len(thinned(frames, set(range(1, 501)))) == MAX_FRAMES
    history = History.of({"index": list(range(1, 501))}, frames, pins)
    back = read_result(
        write_result(tmp_path / "r.h5", Result.of(scan, RPIE(), history, seed=0, device="cpu"))
    )
    assert back.pins == pins <= {frame.index for frame in back.frames}


def test_reads_a_product_of_another_program(shared_data):
    found = read_result(shared_data / "scans/ptychi_ptychodus/metadata_250_truePos.hdf5")
    assert found.method == ""
    assert found.obj.shape == (415, 415)
    assert found.probe.shape == (256, 256)
    assert found.pixel_size_m == 8e-9
    # about the object's centre; its patches (256 px) leave the object of that file, a flat guess
    np.testing.assert_allclose(found.positions.mean(0), (415 - 256) / 2, atol=1)
    assert found.modes.shape[0] == 2
    assert any("probe: 2 modes, with " in note for note in found.notes)


def test_no_step_no_result(scan):
    with pytest.raises(InputError, match="no step to save"):
        Result.of(scan, RPIE(), History(), seed=0, device="cpu")


def test_a_failure_leaves_nothing(tmp_path, result):
    result.state["bad"] = object()
    with pytest.raises(TypeError):
        write_result(tmp_path / "r.h5", result)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: f.__delitem__("object"), "is not a result"),
        (lambda f: f["ptygui"].attrs.__delitem__("method"), "not a complete ptygui result"),
        (lambda f: f["ptygui"].attrs.__setitem__("options", "{"), "not a complete ptygui result"),
        (lambda f: f["ptygui"].attrs.__setitem__("version", 99), "version is 99.*update"),
        (lambda f: f["ptygui/frames"].__delitem__("misfit"), "holds no dataset"),
    ],
)
def test_spoilt_results(tmp_path, result, spoil, says):
    path = write_result(tmp_path / "r.h5", result)
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(InputError, match=says) as caught:
        read_result(path)
    assert str(path) in str(caught.value)
