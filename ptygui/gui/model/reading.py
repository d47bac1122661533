"""Reading: what can be said of a scan file when it is opened, as the flags of the command line say it."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from ptygui.errors import InputError
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.quantity import LENGTHS, typed
from ptygui.options import Options, option
from ptygui.physics.orientation import NAMES, Orientation

TURNS = ("swap_axes", "flip_rows", "flip_columns")
_OF_READING = ("metadata", "pixel_size_m", "zero_frequency", "allow_links", "layout", *TURNS)


@dataclass(frozen=True)
class Reading(Options):
    """A file, and what it does not say itself."""

    label: ClassVar[str] = "reading"

    scan: str = option("", kind="file", help="the file of the patterns")
    metadata: str = option("", kind="file", help="the file of positions and probe, if separate")
    pixel_size: str = option("", help="object pixel with its unit, such as 10nm, if missing in the file")
    energy: str = option("", help="8.8keV, or a data set; of files whose layout does not say it")
    distance: str = option("", help="sample to detector, 0.5m, or a data set; as the energy")
    zero_frequency: str = option(
        "auto", choices=("auto", "centre", "corner"), help="where it is in the patterns"
    )
    orientation: str = option(
        "as-given", choices=NAMES, help="how the axes of the positions lie on those of the detector"
    )
    allow_links: bool = option(False, help="follow links to other files in the scan's folder, never beyond")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pixel_size and self.pixel_size_m is None:
            raise InputError(f"pixel_size is {self.pixel_size!r}, expected a length such as 10nm")

    @property
    def pixel_size_m(self) -> float | None:
        """The object pixel [m]; None if it is not given."""
        return typed(self.pixel_size, LENGTHS, "pixel_size")

    @classmethod
    def of(cls, path: str, reading: dict[str, Any]) -> Self:
        """What was said of a file that was read with these keywords of `files.scans.read_scan`."""
        layout, size = reading.get("layout") or Layout(), reading.get("pixel_size_m")
        return cls(
            scan=path,
            metadata=str(reading.get("metadata") or ""),
            pixel_size="" if size is None else f"{size:.10g}m",
            energy=layout.energy,
            distance=layout.distance,
            zero_frequency=reading.get("zero_frequency", "auto"),
            orientation=Orientation(*(bool(reading.get(name)) for name in TURNS)).name,
            allow_links=bool(reading.get("allow_links")),
        )

    def keywords(self, before: dict[str, Any]) -> dict[str, Any]:
        """Keywords of `files.scans.read_scan`; those of `before` that this says nothing of stay."""
        layout = replace(before.get("layout") or Layout(), energy=self.energy, distance=self.distance)
        said = {
            "metadata": self.metadata, "pixel_size_m": self.pixel_size_m, "layout": layout,
            "zero_frequency": "" if self.zero_frequency == "auto" else self.zero_frequency,
            "allow_links": self.allow_links, **vars(Orientation.named(self.orientation)),
        }  # fmt: skip
        others = {name: value for name, value in before.items() if name not in _OF_READING}
        return others | {name: value for name, value in said.items() if value}
