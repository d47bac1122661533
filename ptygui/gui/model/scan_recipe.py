"""ScanRecipe: how the scan of a run came about, as lines of Python and as words of a command."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.thinning import Thinning
from ptygui.files.layout.layout import Layout
from ptygui.gui.model.prepare_command import reading_flags
from ptygui.gui.model.simulator import Made
from ptygui.gui.model.specimen import NamedProbe, Recipe
from ptygui.options import Options, flag_of
from ptygui.physics.probe import PROBES, make_probe
from ptygui.prepare.preparation import Preparation

_SAVE = "export its scan (Ctrl+E), open that file and run on it: such a run can be copied"


@dataclass(frozen=True)
class ScanRecipe:
    """What a scan was made from.

    Attributes
    ----------
    made : (Simulation, Specimen, NamedProbe), optional
        What it was simulated with.
    path : str, optional
        The file that it was read from.
    reading : dict, optional
        Keywords of `files.scans.read_scan`; None if they are not known.
    thinning : Thinning, optional
        How it was thinned after it was read.
    """

    made: Made | None = None
    path: str | None = None
    reading: Mapping[str, Any] | None = None
    thinning: Thinning | None = None

    def check(self, name: str) -> None:
        """Raise `InputError` if nothing that is at hand makes this scan again."""
        if self.made is not None:
            specimen, probe = self.made[1:]
            if specimen.recipe is None:
                raise InputError(
                    f"the object of {name} is of another scan, with no recipe of its own: {_SAVE}"
                )
            if _named(probe) is None and probe.pupil is None:
                raise InputError(f"the probe of {name} is that of a file or a step: {_SAVE}")
        elif self.path is None or self.reading is None:
            raise InputError(f"how the scan of {name} was made is not known here: {_SAVE}")
        elif not isinstance(self.reading.get("probe", ""), str):
            raise InputError(f"the probe of {name} was made or refined in the window: {_SAVE}")

    # ------------------------------------------------------------------ Python

    def python(self, device: str) -> tuple[list[str], list[str]]:
        """Import lines, and lines that end with the scan as `scan`."""
        imports: set[str] = set()
        lines = self._simulated(imports) if self.made is not None else self._read(imports, device)
        return sorted(imports), lines

    def _simulated(self, imports: set[str]) -> list[str]:
        assert self.made is not None
        options, specimen, probe = self.made
        recipe, named = specimen.recipe, _named(probe)
        assert recipe is not None
        if recipe.kind == "file":
            lines = [f"found = ptygui.read_object({_absolute(recipe.path)!r})", "obj = found.obj"]
        else:
            kind = _kind(recipe)
            lines = [f"obj = ptygui.{kind}({(recipe.size,) * 2}, seed={recipe.seed})"]
        if named is not None:
            lines.append(f"probe = ptygui.make_probe({named!r}, {probe.probe.shape[-1]})")
        elif probe.pupil is not None:
            imports.add("from ptygui.physics.probe import Pupil")
            lines.append(f"probe = {_call('Pupil', probe.pupil)}.probe({probe.probe.shape[-1]})")
        fields = {"name": specimen.name, "specimen": specimen.kind}
        lengths = {"pixel_size_m": specimen.pixel_size_m, "wavelength_m": specimen.wavelength_m}
        said = _keywords(fields | {name: value for name, value in lengths.items() if value is not None})
        return [*lines, f"scan = ptygui.simulate(obj, probe, {_call('ptygui.Simulation', options)}, {said})"]

    def _read(self, imports: set[str], device: str) -> list[str]:
        said = [repr(_absolute(self.path or ""))]
        for name, value in (self.reading or {}).items():
            if isinstance(value, Options | Layout):
                said += _said_by(name, value, imports)
            elif value not in (None, False, "", "auto"):
                said.append(f"{name}={(_absolute(value) if name == 'metadata' else value)!r}")
        lines = [f"scan = ptygui.read_scan({', '.join(said)})"]
        if self.thinning is None or not self.thinning.thins:
            return lines
        imports.add("from ptygui.experiment.thinning import Thinning, reference_scan, thinned")
        lines += [f"full, thinning = scan, {_call('Thinning', self.thinning)}", "dense = None"]
        lines += [
            "if thinning.needs_reference(full):",
            "    of = reference_scan(full, thinning)",
            f"    *_, dense = ptygui.reconstruct(of, thinning.reference_method, device={device!r})",
            "scan = thinned(full, thinning, dense)",
        ]
        return lines

    # ------------------------------------------------------------------ commands

    def commands(self, seed: int) -> tuple[list[list[str]], list[str]]:
        """The words of the commands that make the scan first, and those that name it in `reconstruct`."""
        if self.made is not None:
            return self._simulate_words()
        path, flags = _absolute(self.path or ""), reading_flags(self.reading or {})
        flags += options_flags(_preparation(self.reading))
        thinning = self.thinning
        if thinning is None or not thinning.thins:
            return [], [path, *flags]
        chosen = options_flags(thinning, skip=("seed",))
        if thinning.seed == seed % 2**31:
            return [], [path, *flags, *chosen]
        out = f"{Path(path).name.split('.')[0]}-thinned.h5"
        chosen += ["--seed", str(thinning.seed), "--out", out]
        return [["ptygui", "thin", path, *flags, *chosen]], [out]

    def _simulate_words(self) -> tuple[list[list[str]], list[str]]:
        assert self.made is not None
        options, specimen, probe = self.made
        recipe, named = specimen.recipe, _named(probe)
        if named is None or recipe is None:
            raise InputError("the command line has no probe of a pupil: copy the run as Python instead")
        obj = recipe.path and _absolute(recipe.path)
        obj = obj or f"{_kind(recipe)}:{recipe.seed}:{recipe.size}"
        words = ["ptygui", "simulate", "--object", obj, "--probe", named]
        words += ["--probe-width", str(probe.probe.shape[-1]), *options_flags(options), "--out", "scan.h5"]
        return [words], ["scan.h5"]


def options_flags(options: Options, skip: tuple[str, ...] = ()) -> list[str]:
    """The flags of all options that differ from their defaults."""
    words: list[str] = []
    for name, value in options.changed().items():
        flag = flag_of(name, value)
        if name in skip:
            continue
        if isinstance(value, bool):
            words.append(flag)
        else:  # one word: a value that begins with a dash would be taken for a flag
            words.append(f"{flag}={value}")
    return words


def _said_by(name: str, value: Options | Layout, imports: set[str]) -> list[str]:
    """A keyword with options, or with a layout; nothing if they say nothing."""
    kind = type(value)
    said = value.changed() if isinstance(value, Options) else {k: v for k, v in value.asdict().items() if v}
    if not said:
        return []
    imports.add(f"from {kind.__module__} import {kind.__name__}")
    return [f"{name}={kind.__name__}({_keywords(said)})"]


def python_of(options: Options) -> str:
    """A public method, or other options, with what differs from its defaults."""
    return _call(f"ptygui.{type(options).__name__}", options)


def _call(name: str, options: Options) -> str:
    return f"{name}({_keywords(options.changed())})"


def _keywords(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())


def _named(probe: NamedProbe) -> str | None:
    """The name by which `make_probe` makes this probe; None if there is none."""
    if probe.name not in PROBES or probe.probe.ndim != 2:
        return None
    same = np.array_equal(make_probe(probe.name, probe.probe.shape[-1]), probe.probe)
    return probe.name if same else None


def _kind(recipe: Recipe) -> str:
    return recipe.procedural.kind


def _preparation(reading: Mapping[str, Any] | None) -> Preparation:
    found = (reading or {}).get("preparation")
    return found if isinstance(found, Preparation) else Preparation()


def _absolute(path: str) -> str:
    """A path from the root, its key (`::`) and part (`@`) as they are."""
    file, mark, rest = path.partition("::")
    return str(Path(file).absolute()) + mark + rest
