"""Options of methods that refine beam and detector besides the object, and what they are for a scan."""

from typing import TYPE_CHECKING, Any

from ptygui.options import AUTO, option, switch

if TYPE_CHECKING:
    from ptygui.methods.base import Method
    from ptygui.methods.problem import Problem
    from ptygui.methods.solvers.refinement import Refined

NAMES = ("probe_update", "position_update", "weight_update", "background_update", "probe_modes")


def probe_update() -> Any:
    """The option of that name."""
    return switch(help="refine the probe as well, with all its modes; auto: of measured scans")


def position_update() -> Any:
    """The option of that name."""
    return option(
        "no", choices=("no", "affine", "yes"), kind="switch",
        help="refine the positions as well. affine: scale, rotation and shear of all; yes: these, and each "
        "within 4 px of there",
    )  # fmt: skip


def weight_update() -> Any:
    """The option of that name."""
    return option(
        False, advanced=True, help="refine the brightness of the beam at each position: it may have flickered"
    )


def background_update() -> Any:
    """The option of that name."""
    return option(
        "no", choices=("no", "constant", "pixels"), advanced=True,
        help="refine counts that do not come from the sample: one number, or one for each detector pixel",
    )  # fmt: skip


def probe_modes() -> Any:
    """The option of that name."""
    return option(
        0, min=0, max=16, symbol="M", auto=True, advanced=True,
        help="incoherent modes of the probe: more describe a less coherent beam; those that a scan does not "
        "have begin weak; auto: those of the scan",
    )  # fmt: skip


def refined_by(method: Any, problem: "Problem") -> "Refined":
    """What a method with these options refines of a problem."""
    from ptygui.methods.solvers.refinement import Refined

    return Refined(
        probe=problem.measured if method.probe_update == AUTO else method.probe_update == "yes",
        positions=method.position_update,
        weights=method.weight_update,
        background=method.background_update,
    )


def resolved(method: "Method", refined: "Refined", modes: int) -> dict[str, Any]:
    """The values of those options that are "auto", by name, for a probe of so many modes."""
    found = {"probe_update": "yes" if refined.probe else "no", "probe_modes": modes}
    return {name: value for name, value in found.items() if name in method.left_open()}
