"""Pty-Chi as a guest: a scan in its terms, one epoch after another, its estimates in ours."""

import importlib
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from ptygui.errors import InputError
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.refinement import Refined, begun
from ptygui.physics.forward import Forward

INSTALL = "pip install --no-deps ptychi, and what docs/methods.md names"
_MARGIN = 2  # pixels around the object, which Pty-Chi would pad at every step otherwise
# Patterns whose models are compared, and how far amplitudes may be off. Between pixels the programs shift a
# probe a little differently, .2 %; a patch off by one pixel is off by 2 % and more.
_COMPARED, _AGREES = 4, 0.01


def load_ptychi() -> tuple[ModuleType, ModuleType]:
    """Its `api` and `api.task`.

    Raises
    ------
    InputError
        If it is not installed, or lacks a library.
    """
    try:
        import torchvision  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: F401
    except (ImportError, RuntimeError):  # or made for another torch
        _stand_in_for_torchvision()
    try:
        api, task = importlib.import_module("ptychi.api"), importlib.import_module("ptychi.api.task")
        base = importlib.import_module("ptychi.reconstructors.base")
    except ImportError as error:
        raise InputError(f"Pty-Chi cannot be loaded ({error}): {INSTALL}") from None
    logging.getLogger("ptychi").setLevel(logging.ERROR)  # each run warns of its own defaults
    tqdm = importlib.import_module("tqdm")
    base.tqdm = SimpleNamespace(tqdm=partial(tqdm.tqdm, disable=True))  # type: ignore[attr-defined]
    return api, task


def _stand_in_for_torchvision() -> None:
    """Pty-Chi imports one blur from it, for a kind of data that is not used here."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    transforms = ModuleType("torchvision.transforms")
    transforms.GaussianBlur = None  # type: ignore[attr-defined]
    sys.modules["torchvision"] = ModuleType("torchvision")
    sys.modules["torchvision.transforms"] = transforms


class Guest:
    """A reconstruction by Pty-Chi.

    Its transform is not unitary: it gets the probe over m. It places patches by their centres, in an object
    with a margin. It knows neither backgrounds nor beams that flicker, which are left out.

    Parameters
    ----------
    kind : str
        Class of its options, such as "LSQMLOptions".
    options : mapping
        Values by the path below them, such as "reconstructor_options.batch_size".
    refined : Refined
        Probe and positions.
    modes : int
        Of the probe; 0 for those of the scan.
    """

    def __init__(
        self, problem: Problem, kind: str, options: Mapping[str, Any], refined: Refined, modes: int = 0
    ):
        if problem.device.type not in ("cpu", "cuda"):
            raise InputError(f"Pty-Chi runs on cpu and cuda, not on {problem.device.type}")
        if problem.mask is not None and problem.mask.ndim == 3:
            raise InputError("Pty-Chi takes one mask for all patterns, and this scan has one for each")
        api, task = load_ptychi()
        self._device, self._refined = problem.device, refined
        model = begun(problem, modes)[0].with_weights(None).with_background(None)
        self._model, size = model, model.size
        on_cpu = model.corners.is_cpu
        given = getattr(api, kind)()
        seed = torch.randint(2**31, (), generator=problem.generator)
        common = {
            "reconstructor_options.default_device": api.Devices.CPU if on_cpu else api.Devices.GPU,
            "reconstructor_options.random_seed": int(seed),
            "probe_options.optimizable": refined.probe,
            "probe_position_options.optimizable": refined.positions != "no",
            "object_options.remove_object_probe_ambiguity.enabled": refined.probe,
            "object_options.determine_position_origin_coords_by": api.ObjectPosOriginCoordsMethods.SPECIFIED,
            "object_options.position_origin_coords": [(size - 1) / 2 + _MARGIN] * 2,
        }
        for path, value in (common | dict(options)).items():
            *groups, name = path.split(".")
            owner = given
            for group in groups:
                owner = getattr(owner, group)
            setattr(owner, name, value)
        start = problem.resume.get("obj", problem.start)
        obj = torch.nn.functional.pad(torch.view_as_real(start), (0, 0, *[_MARGIN] * 4), value=0.0)
        places = model.corners.float() + (0 if model.shifts is None else model.shifts)
        counts = torch.fft.fftshift(problem.amplitudes.square(), dim=(-2, -1))
        self._random = problem.resume.get("random", None)
        mask = None if problem.mask is None else torch.fft.fftshift(problem.mask, dim=(-2, -1))
        with self._theirs():
            self.task = task.PtychographyTask(
                given,
                diffraction_data=counts.cpu(),
                object_data=torch.view_as_complex(obj)[None],
                probe_data=model.probe.view(1, -1, size, size) / size,
                probe_position_y_px=places[:, 0],
                probe_position_x_px=places[:, 1],
                valid_pixel_mask=None if mask is None else mask.cpu(),
            )
        self._agrees()

    @contextmanager
    def _theirs(self) -> Iterator[None]:
        """Pty-Chi sets torch's default device, and draws from its one generator: only while it runs."""
        with torch.random.fork_rng(devices=()):
            if self._random is not None:
                torch.set_rng_state(self._random.cpu())
            try:
                yield
            finally:
                self._random = torch.get_rng_state()
                torch.set_default_device(None)

    def _agrees(self) -> None:
        """Both programs must model the same patterns, before anything is fitted.

        Raises
        ------
        InputError
            If they do not, such as for an odd window.
        """
        few = torch.arange(min(_COMPARED, len(self._model)), device=self._device)
        with self._theirs(), torch.no_grad():
            torch.set_default_device(self._device)
            theirs = self.task.reconstructor.forward_model(few).sqrt()
        some = self._model.subset(few)
        ours = torch.fft.fftshift(some.modulus(some.apply(self.obj())), dim=(-2, -1))
        off = float((torch.fft.fftshift(theirs, dim=(-2, -1)).view_as(ours) - ours).norm() / ours.norm())
        if not off < _AGREES and torch.isfinite(ours).all():
            raise InputError(
                f"Pty-Chi models this scan otherwise than ptygui: amplitudes differ by {off:.1%}, expected "
                f"less than {_AGREES:.1%}"
            )

    def epoch(self) -> None:
        """One pass over all positions."""
        with self._theirs():
            torch.set_default_device(self._device)
            self.task.run(1)

    def obj(self) -> Tensor:
        """The object, (H, W)."""
        inside = self.task.get_data("object")[0, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
        return inside.to(torch.complex64).clone()

    def forward(self) -> Forward:
        """Our model with its probe and positions."""
        model = self._model
        if self._refined.positions != "no":
            model = model.with_shifts(self.task.get_data("probe_positions") - model.corners)
        if self._refined.probe:
            probe = self.task.get_data("probe")[0] * model.size
            model = model.with_probe(probe.to(torch.complex64).view_as(model.probe).clone())
        return model

    def state(self) -> dict[str, Tensor]:
        """Its random numbers; what its engine holds besides the estimates is not told."""
        return {"random": torch.as_tensor(self._random)}
