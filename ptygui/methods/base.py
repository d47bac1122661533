"""What a method is: a frozen set of options with a generator."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ptygui.errors import InputError
from ptygui.options import Options

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


def root_mean_square(change: "Tensor") -> "Tensor":
    """Of a change, a tensor of no axes: nothing waits for a GPU before a Step is made."""
    return change.square().mean().sqrt()


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
class Method(Options):
    """Base of all methods. A subclass declares options, `label`, `total` and `iterates`."""

    label: ClassVar[str]
    diffusion: ClassVar[bool] = False
    guided: ClassVar[bool] = False  # follows the data by gradient steps of a chosen size only
    fits: ClassVar[bool] = True  # the data have the last word, not a network that looks at none

    @classmethod
    def key(cls) -> str:
        """The name on the command line and in files: the class name in lower case."""
        return cls.__name__.lower()

    @property
    def total(self) -> int:
        """How many iterates a whole run yields."""
        raise NotImplementedError

    @property
    def stochastic(self) -> bool:
        """Whether the result of these options depends on the seed."""
        return self.diffusion

    def total_after(self, state: dict[str, Any]) -> int:
        """How many iterates there are in all where a run goes on from the state of a step."""
        return self.total

    def iterates(self, problem: "Problem") -> Iterator[Iterate | None]:
        """Run from `problem.start`, or go on from `problem.resume`; yield after every iteration.

        A method whose iterates are long yields None within them, where the caller may stop.
        """
        raise NotImplementedError
