"""Whether a detector is in the far field of a beam."""


def fresnel_number(diameter_m: float, wavelength_m: float, distance_m: float) -> float:
    """``F = D² / (λ z)`` of a beam of diameter D at a distance z: far below 1 in the far field.

    Where it is not small, the phase of the beam's curvature matters, exp(iπ r² / λz). It multiplies the
    probe, so that a far-field model with a refined probe includes it, but not one with the bare focus.
    """
    return diameter_m**2 / (wavelength_m * distance_m)
