"""Deep image prior: an untrained network fitted to the scan."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from ptygui.methods import refining
from ptygui.methods.base import Iterate, Method
from ptygui.options import option

if TYPE_CHECKING:
    from ptygui.methods.problem import Problem

OFTEN = 3  # iterations for a step of positions, weights and background


@dataclass(frozen=True)
class DIP(Method):
    """Deep image prior (Barutcu, Gürsoy and Katsaggelos 2022): an untrained network, fitted to this scan.

    The unknowns are the weights θ of a convolutional network on fixed noise z, found by Adam::

        min over θ of 1/2 ||y - |A f(θ)| ||²,     f(θ) = start + G(θ, z)

    A convolutional network makes natural images more easily than noise, so that it fits the object first;
    no images are needed. The result is a running mean of the images f(θ). Each seed has other weights and
    another z.
    """

    label: ClassVar[str] = "Deep image prior"
    pixel_bytes: ClassVar[float] = 1500  # the network's activations, kept for the gradient
    fixed_bytes: ClassVar[float] = 2e7
    demo_options: ClassVar[Mapping[str, Any]] = {"iterations": 300}

    iterations: int = option(
        1000, min=1, max=10_000_000,
        help="steps of the network's weights: more fits the data more closely, noise included",
    )  # fmt: skip
    learning_rate: float = option(
        3e-3, min=1e-6, max=1, symbol="η", help="of Adam, falling to a tenth in the last half: more is faster"
    )
    width: int = option(
        32, min=4, max=256, help="channels of the network: more shows finer detail, and is slower"
    )
    input_noise: float = option(
        0.05, min=0, max=1, symbol="σ_z", advanced=True,
        help="noise added to z in each step, relative to it: more makes smoother objects",
    )  # fmt: skip
    averaging: float = option(
        0.98, min=0, max=0.9999, advanced=True,
        help="decay of the running mean of the images: more is steadier; 0 shows the last image",
    )  # fmt: skip
    probe_update: str = refining.probe_update()
    position_update: str = refining.position_update()
    weight_update: bool = refining.weight_update()
    background_update: str = refining.background_update()
    probe_modes: int = refining.probe_modes()
    probe_update_start: int = option(
        200, min=0, max=1_000_000, advanced=True,
        help="steps before the probe, or what else is refined, is first so: more lets the object "
        "converge first",
    )  # fmt: skip

    @property
    def total(self) -> int:  # noqa: D102
        return self.iterations

    @property
    def stochastic(self) -> bool:  # noqa: D102
        return True

    @property
    def without_prior(self) -> bool:
        """No: the network is one, whose share is not known."""
        return False

    def iterates(self, problem: "Problem") -> Generator[Iterate, None, None]:  # noqa: D102
        from ptygui.methods.solvers.modulus import ModulusStep
        from ptygui.methods.solvers.refinement import Refinement, begun, kept
        from ptygui.methods.solvers.untrained import Adam, Untrained
        from ptygui.networks.channels import CHANNELS

        resume, refined = problem.resume, refining.refined_by(self, problem)
        forward, given = begun(problem, self.probe_modes)
        step = ModulusStep(problem, forward=forward)
        others = Refinement(step, given, replace(refined, probe=False), resume)
        found = refining.resolved(self, refined, forward.modes)
        network = Untrained(problem, self.width, resume)
        shape = (1, CHANNELS, *forward.object_shape)
        z = resume["z"] if "z" in resume else problem.randn(*shape)
        adam, mean = Adam(resume, network.weights), resume.get("obj", network.start)
        for k in range(resume.get("index", 0), self.iterations):
            image = network.image(z + self.input_noise * problem.randn(*shape))
            obj, refine = image.obj, k >= self.probe_update_start
            if refined.probe and refine:
                back, towards, v = step.back_both(obj)
                slope = (step.w * obj - back) / step.w_max
                step.set_probe(step.forward.probe + towards / v.max())
            else:
                slope = obj - step.object(obj)
            network.weights = adam.step(network.weights, image.gradient(slope), k + 1, self.rate_at(k))
            mean = mean.lerp(obj, max(1 - self.averaging, 1 / (k + 1)))
            if others.refined and refine and k % OFTEN == 0:
                others.take(mean)
            state = {"index": k + 1, "obj": mean, "theta": network.weights, "start": network.start, "z": z}
            state |= {"first": adam.first, "second": adam.second, "generator": problem.generator}
            state |= kept(step.forward, refined) | others.state
            yield Iterate(mean, k + 1, state, nfe=k + 1, forward=step.forward, resolved=found)

    def rate_at(self, k: int) -> float:
        """The learning rate in iteration k, counted from 0."""
        late = max(0.0, 2 * k / self.iterations - 1)
        return self.learning_rate * 0.1**late
