"""What to do about a result that is not good: the same words in window, command line, files and sweeps."""

FALLING = 0.01  # share of the misfit lost in the last fifth of a run, above which more iterations help
WEAK, STRONG = 0.1, 3.0  # change by the guidance over the noise of a step: little is followed; it dithers

ADVICE = {
    "prior": (
        "the prior does not fit the data. The object may be unlike the images that it was trained on: try "
        "another prior (`ptygui priors SCAN` ranks them) or train one on such objects, and compare with AWF."
    ),
    "model": "check probe, positions, orientation and mask before the prior, and refine them.",
    "misfit": (
        "prior, probe or positions do not fit the data. Judging the result tells which (`ptygui judge "
        "RESULT`): then refine the probe or the positions, check the orientation, or take another prior."
    ),
    "probe": "refine the probe (probe_update).",
    "modes": "the beam is less coherent than the scan says. Refine the probe with more modes (probe_modes).",
    "positions": "refine the positions (position_update), and check their unit and orientation.",
    "beam": (
        "brightness or background are not as the scan says. Refine them (weight_update, background_update)."
    ),
    "options": "try more iterations or steps, or the default options.",
    "method": (
        "as much, but more than noise even where model and prior are right. The method does not follow the "
        "data closely: try more iterations, levels or steps, or another method."
    ),
    "alone": (
        "the run has not converged, or the data alone do not determine the object. Take a prior, more "
        "iterations or more overlap."
    ),
    "network": (
        "the last step was a network, which does not use the data. Its errors are those of its training; "
        "compare with AWF, or let a diffusion method fit the data."
    ),
    "noise": "take a prior, or more overlap.",
    "too_few": (
        "something does not fit. With fewer data than unknowns it cannot be told whether that is the prior "
        "or the model: compare priors (`ptygui priors SCAN`), check probe and positions, or scan with more "
        "overlap."
    ),
    "equal": (
        "it cannot be told which of them is at fault, since both predict equally well. Try each, check "
        "probe, positions and brightness, or scan with more overlap."
    ),
    "unexplained": (
        "something does not fit, but nothing that was tried explains it. Check orientation and mask, whether "
        "the noise is that of photons, and whether more iterations help."
    ),
}
CHANGED = {
    "probe": "With the probe refined",
    "modes": "With one more mode of the probe",
    "positions": "With the positions refined",
    "beam": "With brightness and background refined",
    "prior": "With AWF and a power law as prior, which has learned from no image",
}


def guidance_advice(strength: float | None) -> str:
    """What to do if guidance by gradients left a misfit, by how far it moved x_t relative to the noise."""
    if strength is None:
        which = "ζ may be too small or too large"
    elif strength < WEAK:
        which = (
            f"the data moved x_t by {strength:.2g} times the noise of a step, too little to be followed. "
            "Take a larger ζ or more steps"
        )
    elif strength > STRONG:
        which = (
            f"the data moved x_t by {strength:.2g} times the noise of a step, which dithers about them. "
            "Take a smaller ζ"
        )
    else:
        which = "the data were followed only in part. Take more steps"
    return (
        f"{which}; with zeta_units sigma_tilde a ζ of 0.3 suits any number of steps. A prior unlike the "
        "object looks the same: compare with daps."
    )


def iteration_advice(falling: float | None) -> str:
    """What to do if a method without a prior has not converged, by how much its misfit still fell."""
    if falling is not None and falling > FALLING:
        return (
            "It was still falling: use more iterations, or more overlap; for a measured scan check its "
            "orientation."
        )
    more = "Try more iterations" if falling is None else "More iterations change little: try another method"
    return (
        f"{more}, more overlap or a diffusion prior, and check orientation, probe, positions and mask of a "
        "measured scan."
    )
