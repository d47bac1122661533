"""Where a probe falls on an object, and the sampling figures that follow: for the map and the table."""

from dataclasses import dataclass, field, replace

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.thinning import Thinning, kept
from ptygui.physics.overlap import Acquisition, Sampling, centre_of_mass, sampling
from ptygui.physics.positions import step_length
from ptygui.physics.probe import energy_diameter
from ptygui.physics.simulate import Simulation
from ptygui.physics.subsets import halves
from ptygui.scan import Geometry, Scan


@dataclass(frozen=True, eq=False)
class Footprints:
    """A probe at its positions.

    Attributes
    ----------
    centres : array, shape (K, 2)
        Where the probe's middle is [px].
    shape : (int, int)
        Of the object.
    obj : complex array, optional
        The object, where it is known.
    sampling : Sampling
    seconds, dose : float
        Duration of the scan, and its dose relative to the scan at the reference overlap: nan if there
        is no such scan.
    reference_overlap : float
    length : float
        What the linear overlap is relative to [px].
    asked : float, optional
        The linear overlap requested for the simulation.
    pixel_size_m : float, optional
    dropped : array, shape (n, 2)
        Where the probe's middle is at positions that were held out [px].
    """

    centres: np.ndarray
    shape: tuple[int, int]
    obj: np.ndarray | None
    sampling: Sampling
    seconds: float
    dose: float
    reference_overlap: float
    length: float
    asked: float | None = None
    pixel_size_m: float | None = None
    dropped: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))


def planned(
    obj: np.ndarray,
    probe: np.ndarray,
    options: Simulation,
    acquisition: Acquisition,
    pixel_size_m: float | None = None,
) -> Footprints:
    """Of a planned scan, if it can be simulated."""
    positions = options.positions(obj.shape, probe.shape[-1], np.random.default_rng(options.seed))
    return _footprints(positions, probe, obj.shape, obj, options, acquisition, 1.0, pixel_size_m)


def measured(scan: Geometry, options: Simulation | None, acquisition: Acquisition) -> Footprints:
    """Of an existing scan; `options` are those that it was simulated with, if it was.

    Step and linear overlap are of the positions as given; patches are at whole pixels.
    """
    found = _footprints(
        scan.corners, scan.probe, scan.object_shape, scan.truth, options or Simulation(), acquisition,
        scan.trusted, scan.pixel_size_m,
    )  # fmt: skip
    sampled = found.sampling
    if len(scan) > 1:
        step = step_length(scan.positions)
        d90 = energy_diameter(scan.probe)
        sampled = replace(sampled, step=step, linear=1 - step / found.length, of_d90=1 - step / d90)
    found = replace(found, sampling=sampled, asked=None if options is None else options.overlap)
    if isinstance(scan, Scan) and scan.held_out is not None:
        found = replace(found, dropped=scan.held_out.corners + centre_of_mass(scan.probe))
    return found


def thinned_plan(scan: Geometry, thinning: Thinning, acquisition: Acquisition) -> Footprints:
    """Of a scan that is to be thinned."""
    used, which = np.zeros(len(scan), bool), kept(scan, thinning)
    used[which] = True
    if thinning.halves:
        used[halves(len(scan), thinning.seed)[0]] = True
    part = Geometry(
        positions=scan.positions[which], probe=scan.probe, weaker_modes=scan.weaker_modes,
        object_shape=scan.object_shape, truth=scan.truth, pixel_size_m=scan.pixel_size_m,
    )  # fmt: skip
    return replace(
        measured(part, None, acquisition), dropped=scan.corners[~used] + centre_of_mass(scan.probe)
    )


def _footprints(
    positions: np.ndarray,
    probe: np.ndarray,
    shape: tuple[int, int],
    obj: np.ndarray | None,
    options: Simulation,
    acquisition: Acquisition,
    trusted: float,
    pixel_size_m: float | None,
) -> Footprints:
    reference = replace(options, overlap=acquisition.reference_overlap, jitter=0)
    try:
        dose = len(positions) / len(reference.positions(shape, probe.shape[-1]))
    except InputError:  # the reference scan cannot be simulated
        dose = float("nan")
    return Footprints(
        centres=positions + centre_of_mass(probe),
        shape=shape,
        obj=obj,
        sampling=sampling(positions, probe, shape, options.reference_length, trusted),
        seconds=acquisition.seconds(len(positions)),
        dose=dose,
        reference_overlap=acquisition.reference_overlap,
        length=options.reference_length or probe.shape[-1],
        asked=options.overlap,
        pixel_size_m=pixel_size_m,
    )
