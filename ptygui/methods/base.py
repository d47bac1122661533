"""What a method is: a frozen set of options with a generator."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ptygui.errors import InputError
from ptygui.options import Options
from ptygui.scan import Geometry, Scan

if TYPE_CHECKING:
    from torch import Tensor

    from ptygui.methods.problem import Problem


@dataclass(eq=False)
class Iterate:
    """What a method yields after each iteration or network evaluation: references, no copies.

    Attributes
    ----------
    obj : complex64 tensor, shape (H, W)
        The estimate.
    index : int
        Iterates done, from 1.
    state : dict
        What the method needs to go on from here bit for bit: tensors, numbers, a torch.Generator.
    probe : complex64 tensor, shape (m, m), optional
        Where refined.
    nfe : int
        Network evaluations so far, every seed counted.
    x_t : float32 tensor, shape (2, H, W), optional
        Of several seeds that of the best ranked, or of the first.
    level : float, optional
        Noise level sigma of x_t in channel units.
    t : int, optional
        Time of x_t in the chain, where the method has one.
    prior_step, data_step : float tensor of no axes, optional
        How far the prior (denoising) and the data (likelihood) moved the estimate in this iterate:
        root-mean-square in channel units, over all seeds.
    prior_weight : float, optional
        The larger of the weights of amplitude and phase at the highest noise level, where they are least
        (`Prior.weight`): pixels lit less follow the prior at every level [counts].
    samples : complex64 tensor, shape (S, H, W), optional
        The estimates of all seeds, where there are several.
    resolved : dict
        What the options that were left to themselves came to, by name; the same at every iterate.
    note : str
        What the user should know of this run, one sentence; the same at every iterate.
    """

    obj: "Tensor"
    index: int
    state: dict[str, Any] = field(default_factory=dict)
    probe: "Tensor | None" = None
    nfe: int = 0
    x_t: "Tensor | None" = None
    level: float | None = None
    t: int | None = None
    prior_step: "Tensor | None" = None
    data_step: "Tensor | None" = None
    prior_weight: float | None = None
    samples: "Tensor | None" = None
    resolved: dict[str, Any] = field(default_factory=dict)
    note: str = ""


Iterates = Generator[Iterate | None, None, None]


def same_chain(resume: dict[str, Any], **chain: float) -> dict[str, float]:
    """What defines a chain of noise levels, for the state; refuses to go on from a chain of another kind.

    Raises
    ------
    InputError
        If the state to go on from says otherwise: its noise would be taken for that of another level.
    """
    for name, value in chain.items():
        had = resume.get(name, value)
        if had != value:
            raise InputError(
                f"{name} is {value:g}, but the run to go on from had {had:g}, whose noise levels "
                f"would not fit: keep {name}, or start a new run"
            )
    return chain


@dataclass(frozen=True)
class Remedy:
    """One way out of a `Finding`: a label for a button, and one of the rest.

    Attributes
    ----------
    label : str
    method : Method, optional
        What to run instead.
    overlap : float, optional
        What to simulate at instead (a fraction); of no use for a measured scan.
    choose : str
        Kind of trained weights to choose a folder of, as in `Method.needs`.
    """

    label: str
    method: "Method | None" = None
    overlap: float | None = None
    choose: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that does not fit between a method, its weights and a scan.

    Attributes
    ----------
    severity : str
        "stop": it cannot run; "warn": it will run badly; "note": good to know.
    text : str
        One sentence.
    remedies : tuple of Remedy
        The best first; whoever shows them takes the first that is possible there.
    """

    severity: str
    text: str
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class SweepChoice:
    """One entry of what a sweep offers of a method.

    Attributes
    ----------
    key : str
        As `ptygui sweep` takes it, such as "daps:setting=preview".
    label, tip : str
    changes : dict
        Options that the choice sets, whatever they are elsewhere.
    ticked : bool
        Whether a new sweep has it.
    was : tuple of str
        Keys that it had in projects of earlier versions.
    """

    key: str
    label: str
    tip: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    ticked: bool = False
    was: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method(Options):
    """Base of all methods: what it is, said once, for everybody who shows, runs or keeps methods.

    A subclass declares options, `label`, `total` and `iterates`; the rest where it differs. Its name in
    `ptygui.methods.METHODS` puts it into window, command line, sweeps, files and tables.

    Attributes
    ----------
    label : str
        Its name in the window.
    needs : mapping of str to str
        Kinds of trained weights ("prior", "unet") that it cannot run without, each with the option that
        names their folder.
    diffusion : bool
        Whether a prior decides where the data do not, step by step, and there is an x_t to look at.
    guided : bool
        Whether it follows the data by gradient steps of a chosen size only, so that a misfit may remain.
    fits : bool
        Whether the data have the last word, not a network that looks at none.
    reference : bool
        Whether its misfit is the one that results of a prior are measured against: it knows the data alone
        and is expected to fit them.
    value_bytes, pixel_bytes, fixed_bytes : float
        What a run takes at its peak for each measured value, for each object pixel and in any case, see
        `memory`.
    demo_options : mapping
        What `ptygui demo` changes of its options, to be done in about a minute on two processor cores.
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
    demo_options: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def key(cls) -> str:
        """The name on the command line and in files: the class name in lower case."""
        return cls.__name__.lower()

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:
        """What a sweep offers of it in the window; by default itself, not ticked."""
        return (SweepChoice(cls.key(), cls.label, first_sentence(cls)),)

    @property
    def stochastic(self) -> bool:
        """Whether the result depends on the seed, its options being as they are."""
        return False

    @property
    def learned(self) -> bool:
        """Whether trained weights have a say, so that it may do with less data than unknowns."""
        return bool(self.needs)

    @property
    def iterations_before_first_step(self) -> int:
        """How many short iterations go by before the first iterate, for those who wait for it."""
        return 0

    @property
    def total(self) -> int:
        """How many iterates a whole run yields."""
        raise NotImplementedError

    def total_after(self, state: dict[str, Any]) -> int:
        """How many iterates there are in all where a run goes on from the state of a step."""
        return self.total

    def quick_look(self) -> "Method | None":
        """The same in a fraction of the time, for a preview beside a slider; None where it has no such."""
        return None

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """What does not fit between options, weights and a scan, before a run; may read model folders."""
        yield from ()

    def weights(self, scan: Geometry) -> dict[str, str]:
        """Which trained weights it runs with on a scan: hashes by name; a folder may be trained further."""
        return {}

    def memory(self, scan: Scan) -> float:
        """Roughly what a run takes at its peak besides scan and program [bytes].

        By default so much for each measured value and each pixel of the object. All exit waves and their
        transforms are 8 + 8 bytes a value, again as much while one is made from the other, and the amplitudes
        4; a network takes the most for each pixel. The numbers are fits to what `benchmarks/memory.py` finds.
        """
        rows, columns = scan.object_shape
        each = self.value_bytes * scan.size + self.pixel_bytes * rows * columns
        return each + self.fixed_bytes

    def iterates(self, problem: "Problem") -> Iterates:
        """Run from `problem.start`, or go on from `problem.resume`; yield after every iteration.

        A method whose iterates are long yields None within them, where the caller may stop.
        """
        raise NotImplementedError


def first_sentence(method: type[Method]) -> str:
    """The first line of a method's docstring."""
    return (method.__doc__ or "").strip().split("\n")[0]
