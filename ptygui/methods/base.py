"""What a method is: a frozen set of options with a generator."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ptygui.errors import InputError
from ptygui.options import Options
from ptygui.physics.positions import SHIFTED_VALUES
from ptygui.scan import Geometry, Scan

if TYPE_CHECKING:
    from torch import Tensor

    from ptygui.methods.problem import Problem
    from ptygui.physics.forward import Forward


@dataclass(eq=False)
class Iterate:
    """What a method yields after each iteration or network evaluation: references, not copies.

    Attributes
    ----------
    obj : complex64 tensor, shape (H, W)
        The estimate.
    index : int
        Iterates done, from 1; 0 while the method makes an image to start from, of which there is no state.
    state : dict
        What the method needs to continue from here bit for bit: tensors, numbers, a torch.Generator.
    forward : Forward, optional
        The model that belongs to the estimate, where probe or anything else of it was refined.
    nfe : int
        Network evaluations so far, every seed counted.
    x_t : float32 tensor, shape (2, H, W), optional
        Of several seeds, that of the best ranked or of the first.
    level : float, optional
        Noise level sigma of x_t in channel units.
    t : int, optional
        Time of x_t in the chain, if the method has one.
    prior_step, data_step : float tensor of no axes, optional
        How far the prior (denoising) and the data (likelihood) moved the estimate in this iterate:
        root-mean-square in channel units, over all seeds.
    prior_share : function without arguments, optional
        Returns the prior's share of each pixel, a float32 tensor of shape (H, W), see
        `solvers.prior_share`; called before the next iterate, if at all.
    discrepancy : float tensor of no axes, optional
        How many times what noise should leave the data disagree with model and prior, as estimated.
    samples : complex64 tensor, shape (S, H, W), optional
        The estimates of all seeds, if there are several.
    resolved : dict
        The resolved values of the automatic options, by name; the same at every iterate.
    note : str
        One sentence about this run for the user; that of the last iterate counts. Of index 0: what is done.
    part : (int, int), optional
        Of index 0: how many iterations of that are done, of how many.
    """

    obj: "Tensor"
    index: int
    state: dict[str, Any] = field(default_factory=dict)
    forward: "Forward | None" = None
    nfe: int = 0
    x_t: "Tensor | None" = None
    level: float | None = None
    t: int | None = None
    prior_step: "Tensor | None" = None
    data_step: "Tensor | None" = None
    prior_share: "Callable[[], Tensor] | None" = None
    discrepancy: "Tensor | None" = None
    samples: "Tensor | None" = None
    resolved: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    part: tuple[int, int] | None = None


Iterates = Generator[Iterate | None, None, None]


def same_chain(resume: dict[str, Any], **chain: float) -> dict[str, float]:
    """What defines a chain of noise levels, for the state; refuses to continue a different chain.

    Raises
    ------
    InputError
        If the state to continue from differs: its noise would be taken for that of another level.
    """
    for name, value in chain.items():
        had = resume.get(name, value)
        if had != value:
            raise InputError(
                f"{name} is {value:g}, but the run to continue had {had:g}, whose noise levels "
                f"would not fit: keep {name}, or start a new run"
            )
    return chain


@dataclass(frozen=True)
class Remedy:
    """A remedy for a `Finding`: a label for a button, and one of the other fields.

    Attributes
    ----------
    label : str
    method : Method, optional
        What to run instead.
    overlap : float, optional
        Overlap to simulate instead (a fraction); not for a measured scan.
    choose : str
        Kind of trained weights to choose a folder of, as in `Method.needs`.
    """

    label: str
    method: "Method | None" = None
    overlap: float | None = None
    choose: str = ""


@dataclass(frozen=True)
class Finding:
    """A mismatch between a method, its weights and a scan.

    Attributes
    ----------
    severity : str
        "stop": it cannot run; "warn": it will run badly; "note": good to know.
    text : str
        One sentence.
    remedies : tuple of Remedy
        The best first; the first one that is possible is shown.
    """

    severity: str
    text: str
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class SweepChoice:
    """One entry that a sweep offers for a method.

    Attributes
    ----------
    key : str
        As in `ptygui sweep`, such as "daps:setting=preview".
    label, tip : str
    changes : dict
        Options that the choice sets, overriding other values.
    ticked : bool
        Whether it is ticked in a new sweep.
    was : tuple of str
        Its keys in projects of earlier versions.
    """

    key: str
    label: str
    tip: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    ticked: bool = False
    was: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method(Options):
    """Base of all methods: what the code that shows, runs or saves methods needs to know of one.

    A subclass declares options, `label`, `total` and `iterates`, and overrides other members as needed. Its
    name in `ptygui.methods.METHODS` makes it available in window, command line, sweeps, files and tables.

    Attributes
    ----------
    label : str
        Its name in the window.
    needs : mapping of str to str
        Kinds of trained weights ("prior", "unet") that it requires, each with the option that
        names their folder.
    diffusion : bool
        Whether a prior determines, step by step, what the data do not, with an x_t to show.
    guided : bool
        Whether it follows the data only by gradient steps of a given size, so that a misfit may remain.
    fits : bool
        Whether the last step fits the data, rather than a network that does not use them.
    reference : bool
        Whether its misfit is the reference for results with a prior: it uses only the data and is expected
        to fit them.
    value_bytes, pixel_bytes, fixed_bytes : float
        Peak memory of a run per measured value, per object pixel and as a constant, see
        `memory`.
    reads_parts : bool
        Whether it needs only a part of the measured values at a time (`physics.amplitudes`).
    in_tiles : bool
        Whether an object can be reconstructed in tiles, each in a memory of its own (`methods.tiled`).
    demo_options : mapping
        Options that `ptygui demo` changes, to finish in about a minute on two processor cores.
    """

    label: ClassVar[str]
    needs: ClassVar[Mapping[str, str]] = {}
    diffusion: ClassVar[bool] = False
    guided: ClassVar[bool] = False
    fits: ClassVar[bool] = True
    reference: ClassVar[bool] = False
    value_bytes: ClassVar[float] = 39
    pixel_bytes: ClassVar[float] = 32
    fixed_bytes: ClassVar[float] = 0
    reads_parts: ClassVar[bool] = False
    in_tiles: ClassVar[bool] = False
    demo_options: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def key(cls) -> str:
        """The name on the command line and in files: the class name in lower case."""
        return cls.__name__.lower()

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:
        """The entries for it in a sweep of the window; by default the method itself, not ticked."""
        return (SweepChoice(cls.key(), cls.label, first_sentence(cls)),)

    @property
    def stochastic(self) -> bool:
        """Whether the result depends on the seed with the present options."""
        return False

    @property
    def learned(self) -> bool:
        """Whether it uses trained weights, so that it may work with less data than unknowns."""
        return bool(self.needs)

    @property
    def without_prior(self) -> bool:
        """Whether only data decide, but for a prior whose share is told (`Iterate.prior_share`)."""
        return not self.needs

    @property
    def data_alone(self) -> bool:
        """Whether a run is the reference for results with a prior: of a `reference` method, without one."""
        return self.reference

    @property
    def iterations_before_first_step(self) -> int:
        """Number of short iterations before the first iterate, to show progress."""
        return 0

    @property
    def total(self) -> int:
        """Number of iterates of a complete run."""
        raise NotImplementedError

    def total_after(self, state: dict[str, Any]) -> int:
        """Total number of iterates if a run continues from the state of a step."""
        return self.total

    def strength(self, numbers: Mapping[str, list[Any]]) -> float | None:
        """Of a guided method: how far the data moved x_t relative to the noise of a step, over a run.

        Parameters
        ----------
        numbers : dict of lists
            One value per step, by the names of `ptygui.step.NUMBERS`.
        """
        return None

    def quick_look(self) -> "Method | None":
        """The same method in a fraction of the time, for a preview; None if it has none."""
        return None

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """Mismatches between options, weights and a scan, before a run; may read model folders."""
        yield from ()

    def weights(self, scan: Geometry) -> dict[str, str]:
        """The trained weights used on a scan: hashes by name, since a folder may be trained further."""
        return {}

    def memory(self, scan: Scan) -> float:
        """Approximate peak memory of a run besides scan and program [bytes].

        By default an amount per measured value and per object pixel. All exit waves and their transforms
        are 8 + 8 bytes per value, twice that while one is computed from the other, and the amplitudes 4;
        a network uses the most per pixel. The numbers are fits to the results of `benchmarks/memory.py`.
        Where positions are between pixels each has a probe of its own, 8 bytes per value and mode.
        """
        rows, columns = scan.object_shape
        values = 0 if self.reads_parts and scan.stays_in_file else scan.size
        each = self.value_bytes * values + self.pixel_bytes * rows * columns
        if scan.shifts is not None or getattr(self, "position_update", "no") != "no":
            each += 8 * min(scan.size, SHIFTED_VALUES) * (scan.modes.shape[0] if scan.modes.ndim == 3 else 1)
        return each + self.fixed_bytes

    def iterates(self, problem: "Problem") -> Iterates:
        """Run from `problem.start`, or continue from `problem.resume`; yield after every iteration.

        A method with long iterates yields None within them, where the caller may stop. One that makes an
        image to start from may yield that with index 0 to be looked at, and with what it does as its note.
        """
        raise NotImplementedError


def first_sentence(method: type[Method]) -> str:
    """The first line of a method's docstring."""
    return (method.__doc__ or "").strip().split("\n")[0]
