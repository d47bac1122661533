"""What was measured of a result to judge it: the misfit that is expected, and what predicts counts better."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np

from ptygui.errors import InputError

AS_IT_IS = "as it is"
CAUSES = PROBE, MODES, POSITIONS, BEAM, PRIOR = "probe", "modes", "positions", "beam", "prior"
CUT = 1.2  # misfit over that expected, from which a result does not fit
SURE = 3.0  # standard errors by which another fit must predict better
MATTERS = 0.03  # and share of the misfit that the method predicts with
ADDS = 0.03  # share of what one more mode gains that the probe refined must leave, for the mode to be needed
NEAR = 1.0  # standard errors within which two fits predict equally well (Breiman et al. 1984)
_MOST_FITS = 64  # read from a file


@dataclass(frozen=True)
class Fit:
    """A fit to one half of the photons, scored by both halves.

    Attributes
    ----------
    name : str
        `AS_IT_IS`, or what was changed, of `CAUSES`.
    fitted, predicted : float
        Misfit over noise of the half that was fitted, and of the other.
    gain, error : float
        By how much it predicts better than the method as it is, and the standard error.
    """

    name: str
    fitted: float
    predicted: float
    gain: float = 0.0
    error: float = 0.0

    @property
    def lack(self) -> float:
        """Misfit that neither noise nor over-fitting explains, see `count_splitting.Split.lack`."""
        return (self.fitted + self.predicted) / 2 - 1

    @property
    def used(self) -> float:
        """Share of the data that the fit has used up, see `count_splitting.Split.used`."""
        return (self.predicted - self.fitted) / 2


@dataclass(frozen=True)
class Judged:
    """What is known so far.

    Attributes
    ----------
    chi : float
        Misfit over noise of the method's quick form on the scan.
    drawn : tuple of float
        The same on scans simulated from its result: what is expected.
    fits : tuple of Fit
        The method as it is first; empty if the counts were not split.
    unsplit : str
        Why they were not.
    data : float
        Measured values per real unknown of the object.
    share : float
        Of the positions that were used, those nearest the centre; 1 for all.
    seconds : float
        Time that all took [s].
    done : bool
        Whether nothing is outstanding.
    """

    chi: float
    drawn: tuple[float, ...] = ()
    fits: tuple[Fit, ...] = ()
    unsplit: str = ""
    data: float = 0.0
    share: float = 1.0
    seconds: float = 0.0
    done: bool = False

    @property
    def expected(self) -> float | None:
        """Mean of the misfits that are expected; None if nothing was drawn."""
        return float(np.mean(self.drawn)) if self.drawn else None

    @property
    def spread(self) -> float:
        """Their standard deviation; 0 of a single one."""
        return float(np.std(self.drawn, ddof=1)) if len(self.drawn) > 1 else 0.0

    @property
    def ratio(self) -> float | None:
        """Misfit over that expected."""
        return self.chi / self.expected if self.expected else None

    @property
    def as_it_is(self) -> Fit | None:
        """The fit of the method itself to half of the photons."""
        return self.fits[0] if self.fits else None

    @property
    def better(self) -> tuple[Fit, ...]:
        """The fits that surely predict better than the method as it is, the best first."""
        if not self.fits:
            return ()
        matters = MATTERS * self.fits[0].predicted
        sure = [fit for fit in self.fits[1:] if fit.gain > max(SURE * fit.error, matters)]
        return tuple(sorted(sure, key=lambda fit: fit.gain, reverse=True))

    def cause(self, has_prior: bool = True) -> Fit | None:
        """The fit that predicts best, or the probe where more modes add little to it.

        Of a method without a prior, the prior is not at fault.
        """
        sure = [fit for fit in self.better if has_prior or fit.name != PRIOR]
        if not sure:
            return None
        best, simpler = sure[0], [fit for fit in sure if fit.name == PROBE]
        if best.name == MODES and simpler and best.gain - simpler[0].gain < ADDS * best.gain:
            return simpler[0]
        return best

    def rivals(self, best: Fit, has_prior: bool = True) -> tuple[Fit, ...]:
        """Other changes that predict as well as the best within a standard error; the best of them first.

        The probe and one more mode of it are one cause.
        """
        same = {best.name, PROBE, MODES} if best.name in (PROBE, MODES) else {best.name}
        found = [
            fit
            for fit in self.fits[1:]
            if fit.name not in same
            and (has_prior or fit.name != PRIOR)
            and fit.gain > NEAR * fit.error
            and best.gain - fit.gain <= NEAR * max(best.error, fit.error)
        ]
        return tuple(sorted(found, key=lambda fit: fit.gain, reverse=True))

    def ambiguous(self, best: Fit, has_prior: bool = True) -> bool:
        """Whether it cannot be told that the best fit names what is at fault.

        Not where another change predicts as well. Nor where AWF with a power law as prior does best on fewer
        data than unknowns: an object that is freer then makes up for a wrong probe or position, too.
        """
        return bool(self.rivals(best, has_prior)) or (best.name == PRIOR and self.data < 1)

    def plain(self) -> dict[str, Any]:
        """In plain values, as JSON has them."""
        return asdict(self)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Judged":
        """What `plain` has written.

        Raises
        ------
        InputError
            If values are missing, not finite or of another kind.
        """
        try:
            fits = tuple(
                Fit(str(fit["name"]), *(float(fit[n]) for n in ("fitted", "predicted", "gain", "error")))
                for fit in values["fits"][:_MOST_FITS]
            )
            drawn = tuple(map(float, values["drawn"][:_MOST_FITS]))
            numbers = [float(values[name]) for name in ("chi", "data", "share", "seconds")]
            chi, data, share, seconds = numbers
            why, done = str(values["unsplit"]), bool(values["done"])
            found = cls(chi, drawn, fits, why, data, share, seconds, done)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"what was judged of the result is damaged: {error}") from None
        every = [*numbers, *drawn, *(n for fit in fits for n in (fit.fitted, fit.predicted, fit.gain))]
        if not all(map(isfinite, every)):
            raise InputError("what was judged of the result has numbers that are not finite")
        return found
