"""The page of seeds: queued, averaged, read out and shaded as a user does."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from ptygui.analysis.bands import flux_of
from ptygui.analysis.ensemble import ensemble
from ptygui.analysis.metrics import illuminated
from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.gui.model.averager import average, groups_of, images_of
from ptygui.gui.views.deviations import DeviationsView
from ptygui.history import History
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.networks.checkpoint import weights_identity
from ptygui.prior.calibration import Calibration, Point, Series, write_calibration
from ptygui.step import Step

LEFT = Qt.MouseButton.LeftButton


def run_of(scan, seed, method=None, number=None, share=None, samples=None):
    """A finished run whose result is the truth with noise of its seed."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((2, *scan.object_shape))
    obj = (scan.truth + 0.05 * (noise[0] + 1j * noise[1])).astype(np.complex64)
    run = Run(number or seed + 1, scan, method or RPIE(), RunSettings(seed=seed))
    run.history = History()
    run.history.append(Step(1, 1, 1.0, 0, obj, scan.probe, 1e-3, 1e-3, prior_share=share, samples=samples))
    run.outcome = "done"
    return run


@pytest.fixture
def method(prior_folder):
    return DAPS(prior=str(prior_folder), levels=3, data_steps=3, awf_iterations=3, start_unet=False)


def test_queued_seeds_are_averaged_from_the_run_list(qtbot, window, method):
    window.request.set_method(method)
    window.run_panel.form.row("device").setValue("cpu")
    window.docks.show("runs")
    panel, session = window.runs_panel, window.session
    panel.count.setValue(3)
    panel.actions_by_name["seeds"].trigger()
    qtbot.waitUntil(lambda: not session.live and not session.runs.queued, timeout=60_000)
    assert [run.seed for run in session.runs] == [0, 1, 2]
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    panel.actions_by_name["ensemble"].trigger()
    view = window.deviations
    assert view.isVisible()
    qtbot.waitUntil(lambda: view.averaged is not None, timeout=20_000)
    images = [run.last.obj for run in session.runs]
    expected = ensemble(images, illuminated(session.request.scan.illumination))
    drawn = view.grid.panes["deviation amplitude"].image.image
    np.testing.assert_allclose(drawn, expected.amplitude_deviation, atol=1e-6)
    share = session.runs[0].last.prior_share
    assert view.averaged.prior_only[np.isnan(share) | (share >= 0.5)].all()
    assert view.averaged.factors is None
    assert "The band is not calibrated: the prior" in view.legend.text()


def test_seeds_of_one_run_are_found_by_the_page_itself(qtbot, window, method):
    session = window.session
    session.run(replace(method, seeds=3), RunSettings("cpu"))
    qtbot.waitUntil(lambda: not session.live, timeout=60_000)
    qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    view = window.deviations
    qtbot.waitUntil(lambda: view.averaged is not None, timeout=20_000)
    assert view.averaged.ensemble.count == 3
    assert "3 seeds" in view.box.currentText()
    qtbot.keyClick(view.grid, Qt.Key.Key_Right)
    assert "±" in view.readout.text()
    qtbot.keyClick(window, Qt.Key.Key_A)  # amplitude alone
    assert view.grid.panes["deviation phase"].scene() is None
    session.delete(list(session.runs))
    qtbot.waitUntil(lambda: "need at least two seeds" in view.grid.hint.text(), timeout=5000)


def test_methods_without_chance_are_not_queued_for_seeds(qtbot, window):
    window.request.set_method(AWF(iterations=5))
    window.runs_panel.actions_by_name["seeds"].trigger()
    assert "does not depend on the seed" in window.banner.label.text()
    assert len(window.session.runs) == 0


def test_sequential_rpie_is_queued_for_seeds(qtbot, window):
    window.request.set_method(RPIE(iterations=1, form="sequential", alpha=1.0))
    window.runs_panel.count.setValue(2)
    window.runs_panel.actions_by_name["seeds"].trigger()
    session = window.session
    qtbot.waitUntil(lambda: not session.live and not session.runs.queued, timeout=60_000)
    assert [run.seed for run in session.runs] == [0, 1]


def test_only_seeds_of_one_scan_and_method_are_averaged(scan):
    runs = [run_of(scan, seed) for seed in range(3)]
    assert len(images_of(runs)) == 3
    for wrong, word in (
        (run_of(scan, 5, RPIE(alpha=0.3)), "other options"),
        (run_of(replace(scan, name="other"), 5), "another scan"),
        (run_of(scan, 1, number=9), "seed 1"),
    ):
        with pytest.raises(InputError, match=word):
            images_of([*runs, wrong])
    with pytest.raises(InputError, match="two seeds"):
        images_of(runs[:1])


def test_groups_are_of_one_scan_and_method(scan):
    a, b = [run_of(scan, seed) for seed in range(3)], [run_of(scan, seed, AWF()) for seed in range(2)]
    alone = run_of(scan, 0, RPIE(alpha=0.9))
    batch = run_of(scan, 0, DAPS(seeds=2), samples=np.stack([scan.truth, scan.truth]))
    assert groups_of([*a, *b, alone, batch]) == [tuple(a), tuple(b), (batch,)]


def test_the_list_of_groups_stays_while_runs_go_on(qtbot, scan):
    view = DeviationsView()
    qtbot.addWidget(view)
    groups = [(run_of(scan, 0), run_of(scan, 1))]
    view.show_groups(groups)
    renewed = []
    view.box.model().rowsInserted.connect(lambda *_: renewed.append(1))
    view.show_groups(groups)  # as at each step of a live run
    assert renewed == []
    view.show_groups([*groups, (run_of(scan, 2), run_of(scan, 3), run_of(scan, 4))])
    assert view.box.count() == 2


def test_deviations_go_with_their_runs(qtbot, window, scan):
    """Deleted, or of a project that was open before."""
    session, view = window.session, window.deviations
    session.add_runs([run_of(scan, k) for k in range(5)])
    window.runs_panel.ensemble_requested.emit(list(session.runs)[3:])
    qtbot.waitUntil(lambda: view.averaged is not None and view.averaged.ensemble.count == 2, timeout=20_000)
    session.delete(list(session.runs)[3:])
    qtbot.waitUntil(lambda: view.averaged.ensemble.count == 3, timeout=20_000)
    assert view.box.count() == 1


def test_pixels_that_the_prior_decides_are_striped_and_said(qtbot, scan):
    share = (scan.illumination < np.percentile(scan.illumination, 20)).astype(np.float32)
    runs = [run_of(scan, k, share=share) for k in range(4)]
    averaged = average(tuple(runs), images_of(runs))
    assert averaged.prior_only.mean() == pytest.approx(0.2, abs=0.02)
    view = DeviationsView()
    qtbot.addWidget(view)
    view.show()
    view.show_averaged(averaged)
    shade = view.shades["deviation phase"].image[..., 3] > 0
    assert shade.any()
    assert not (shade & ~averaged.prior_only).any()
    assert "Striped (20." in view.legend.text()
    row, column = np.argwhere(averaged.prior_only)[0]
    assert view.describe(row, column).endswith("the prior decides")
    row, column = np.argwhere(~averaged.prior_only)[0]
    assert view.describe(row, column).endswith("counts")


def test_the_mean_phase_is_unwrapped_on_demand(qtbot, scan):
    view = DeviationsView()
    qtbot.addWidget(view)
    y, x = np.mgrid[-1 : 1 : scan.object_shape[0] * 1j, -1 : 1 : scan.object_shape[1] * 1j]
    hill = np.exp(12j * np.exp(-4 * (x**2 + y**2))).astype(np.complex64)
    runs = [run_of(scan, seed) for seed in (1, 2)]
    view.show_averaged(average(runs, [hill] * 2))
    picture = view.grid.panes["mean phase"].image
    wrapped = picture.image
    assert np.ptp(wrapped) < 2 * np.pi
    view.grid.bars["mean phase"].display.set_unwrapped(True)
    assert np.ptp(picture.image) > 10
    np.testing.assert_allclose(np.exp(1j * picture.image), np.exp(1j * wrapped), atol=1e-4)
    assert np.ptp(view.grid.bars["mean phase"].levels) > 2 * np.pi
    view.grid.bars["mean phase"].display.set_unwrapped(False)
    assert np.ptp(picture.image) < 2 * np.pi


def test_where_no_prior_is_known_only_dark_pixels_are_striped(scan):
    runs = [run_of(scan, k) for k in range(3)]
    striped = average(tuple(runs), images_of(runs)).prior_only
    np.testing.assert_array_equal(striped, ~illuminated(scan.illumination))


def test_a_calibrated_prior_gives_bands(qtbot, scan, prior_folder, tmp_path):
    folder = Path(shutil.copytree(prior_folder, tmp_path / "prior"))
    point = Point(0.6, (2.0, 3.0), (4.0, 6.0), 5)
    known = {"levels": (0.5, 0.95), "setting": "preview", "seeds": 4, "objects": ("a", "b")}
    made = Calibration(
        weights_identity(folder), series=(Series(flux_of(scan), (point,)),), renoise=0.3, **known
    )
    write_calibration(folder, made)
    preview = DAPS(prior=str(folder), setting="preview")
    view = DeviationsView()
    qtbot.addWidget(view)
    for method, said in (
        (
            preview,
            "± 3.0 deviations of the amplitude, ± 6.0 of the phase, calibrated on simulated scans of 2",
        ),
        (DAPS(prior=str(folder)), "not calibrated: that of the prior prior is for the setting preview"),
        (replace(preview, renoise=1.0), "not calibrated: that of the prior prior is for renoise 0.3"),
        (DAPS(prior=str(prior_folder)), "not calibrated: the prior tiny has no calibration"),
        (RPIE(form="sequential"), "not calibrated: there are no calibrations for rpie"),
    ):
        runs = tuple(run_of(scan, k, method) for k in range(4))
        averaged = average(runs, images_of(runs))
        view.show_averaged(averaged)
        assert said.replace("tiny", prior_folder.name) in view.legend.text()
        assert (averaged.factors is None) == ("not calibrated" in said)
        row, column = np.argwhere(illuminated(scan.illumination))[40]
        amplitude = averaged.ensemble.amplitude_deviation[row, column]
        if averaged.factors is not None:
            amplitude = 3 * averaged.spread[0][row, column]
            assert min(averaged.covered) > 0.97
        assert f" ± {amplitude:.3f} " in view.describe(row, column)
    away = Series(50 * flux_of(scan), (point,))
    write_calibration(folder, replace(made, series=(away,)))
    runs = tuple(run_of(scan, k, preview) for k in range(2))
    assert (
        "outside of the range of prior's calibration in photons" in average(runs, images_of(runs)).about_bands
    )


def test_a_fair_spread_is_told_from_the_truth(scan):
    runs = [run_of(scan, k) for k in range(12)]
    amplitude, phase = average(tuple(runs), images_of(runs)).covered
    assert amplitude > 0.85
    assert phase > 0.85
    unknown = replace(scan, truth=None)
    runs = [replace(run, scan=unknown) for run in runs]
    assert average(tuple(runs), images_of(runs)).covered is None


def test_means_and_deviations_are_drawn_for_a_paper(qtbot, scan):
    view = DeviationsView()
    qtbot.addWidget(view)
    assert view.figure() is None
    runs = tuple(run_of(scan, k) for k in range(3))
    averaged = average(runs, images_of(runs))
    view.show_averaged(averaged)
    figure = view.figure(view.about())
    assert [panel.title for panel in figure.panels] == [
        "mean amplitude", "mean phase", "deviation of amplitude", "deviation of phase [rad], circular"
    ]  # fmt: skip
    assert [panel.bar.label for panel in figure.panels] == ["amplitude", "phase [rad]"] * 2
    assert all(panel.colours.shape == (*scan.object_shape, 3) for panel in figure.panels)
    assert figure.caption == "small; rpie; mean and deviations of 3 seeds"
