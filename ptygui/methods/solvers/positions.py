"""Steps of scan positions: scale, rotation and shear of all of them first, then each for itself."""

from typing import Any

import torch
from torch import Tensor

from ptygui.physics.forward import Forward

CAREFUL = 0.7  # of a full step, since the object follows only afterwards
MOMENTUM = 0.6
AFFINE_MOMENTUM = 0.8  # where only four numbers are refined; with 0.93 they overshoot
SHORTEST, LONGEST = 0.02, 0.3  # of the clip of one step [px]
AFFINE_FIRST = 15  # steps of the affine part before each position moves
_HUBER = 1.35  # residuals of the affine fit beyond so many of their scale count linearly
_ROUNDS = 4


class PositionSteps:
    """Gauss-Newton steps of positions near the given ones, with momentum.

    Parameters
    ----------
    given : Forward
        Whose positions are those of the file. Their mean stays: all moved together is the object moved.
    each : bool
        Move each position, after `AFFINE_FIRST` steps of scale, rotation and shear; else only these.
    reach : float
        How far each moves at most from where scale, rotation and shear put it [px].
    resume : dict, optional
        With the `state` of another one, to go on from.
    """

    def __init__(self, given: Forward, each: bool, reach: float, resume: dict[str, Any] | None = None):
        self.given = given.positions()
        self.each, self.reach, self.momentum = each, reach, MOMENTUM if each else AFFINE_MOMENTUM
        resume = resume or {}
        self.taken = int(resume.get("position_steps", 0))
        self.velocity = resume.get("position_velocity", torch.zeros_like(self.given))

    @property
    def state(self) -> dict[str, Any]:
        """What another one needs to go on."""
        return {"position_steps": self.taken, "position_velocity": self.velocity}

    def go_on(self) -> None:
        """Positions are found about: single, cautious steps from here on."""
        self.taken, self.momentum = AFFINE_FIRST, 0.0

    def take(self, forward: Forward, slope: Tensor, normal: Tensor, probe: Tensor | None = None) -> Forward:
        """One step.

        Parameters
        ----------
        forward : Forward
        slope : real tensor, shape (K, 2)
            Products of y - |A f| with its slopes along rows and columns.
        normal : real tensor, shape (K, 3)
            Products of these slopes with each other: (a, b, c) of matrices ((a, b), (b, c)).
        probe : complex tensor, shape ([M,] m, m), optional
            That the model has from then on.
        """
        normal = normal.to(self.given)
        change, x = steps_of(slope.to(self.given), normal), self.given - self.given.mean(0)
        together = not self.each or self.taken < AFFINE_FIRST
        if together:
            change = x @ affine_part(x, change, normal).mT
            change = change * (LONGEST / change.abs().max().clamp_min(LONGEST))
        else:
            longest = typical(change)
            change = change.clamp(-longest, longest)
        self.velocity = self.momentum * self.velocity + CAREFUL * change
        self.taken += 1
        away = forward.positions() + self.velocity - self.given
        away = away - away.mean(0)
        common = x @ affine_part(x, away).mT
        return forward.at(self.given + common + (away - common).clamp(-self.reach, self.reach), probe)


def steps_of(slope: Tensor, normal: Tensor) -> Tensor:
    """The full Gauss-Newton step of each position, (K, 2) [px]: N^-1 g with a slight ridge."""
    a, b, c = normal.unbind(-1)  # of the 2 x 2 matrices ((a, b), (b, c))
    ridge = 1e-3 * (a + c).median()
    determinant = ((a + ridge) * (c + ridge) - b * b).clamp_min(1e-12)
    rows, columns = slope.unbind(-1)
    step = torch.stack((((c + ridge) * rows - b * columns), ((a + ridge) * columns - b * rows)), -1)
    return step / determinant.unsqueeze(-1)


def affine_part(x: Tensor, change: Tensor, normal: Tensor | None = None) -> Tensor:
    """The 2 x 2 matrix A, four numbers, for which A x fits changes (K, 2) at x (K, 2) best; robustly.

    Weighted least squares, weights the information of each position times Huber's, scale by MAD.
    """
    known = torch.ones_like(x[:, 0]) if normal is None else (normal[:, 0] + normal[:, 2])
    known = known / known.mean()
    huber, found = torch.ones_like(known), x.new_zeros(2, 2)
    for _ in range(_ROUNDS):
        weighted = (known * huber)[:, None] * x
        gram = weighted.mT @ x
        ridge = 1e-6 * gram.diagonal().sum() + 1e-12  # of positions on a line, or a single one
        gram = gram + ridge * torch.eye(2, dtype=gram.dtype, device=gram.device)
        found = torch.linalg.solve_ex(gram, weighted.mT @ change)[0].mT
        left = torch.linalg.vector_norm(change - x @ found.mT, dim=-1)
        scale = 1.4826 * left.median().clamp_min(1e-9)
        huber = (_HUBER * scale / left.clamp_min(1e-12)).clamp_max(1)
    return found


def typical(change: Tensor) -> Tensor:
    """Three times the median length of a change, by axis, within bounds: outliers are clipped."""
    return (3 * change.abs().median()).clamp(SHORTEST, LONGEST)
