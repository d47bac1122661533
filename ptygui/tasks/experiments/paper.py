"""The figures of Cam et al. 2025, section 4: mean and standard deviation over 50 images, NRMSE and SSIM."""

from typing import NamedTuple


class Figures(NamedTuple):
    """Mean and deviation of NRMSE and SSIM."""

    nrmse: float
    nrmse_sd: float
    ssim: float
    ssim_sd: float


# Above 50 % the copy of table 1 that was read does not keep the order of the SSIM of rPIE, AWF and the
# proposed method: they are assigned so that each rises with the overlap. The SSIM of the U-Net at 50 % is
# another one in table 2.
OVERLAPS = (0.2, 0.38, 0.44, 0.5, 0.62, 0.66, 0.74)
_RPIE = (
    (0.388, 0.019, 0.146, 0.015), (0.309, 0.023, 0.284, 0.020), (0.260, 0.028, 0.390, 0.027),
    (0.211, 0.035, 0.562, 0.034), (0.140, 0.038, 0.897, 0.022), (0.104, 0.043, 0.976, 0.012),
    (0.058, 0.026, 0.990, 0.003),
)  # fmt: skip
_AWF = (
    (0.283, 0.022, 0.228, 0.025), (0.153, 0.020, 0.572, 0.051), (0.111, 0.019, 0.714, 0.056),
    (0.082, 0.015, 0.832, 0.046), (0.040, 0.012, 0.977, 0.009), (0.026, 0.011, 0.991, 0.009),
    (0.019, 0.009, 0.999, 0.001),
)  # fmt: skip
_UNET = (
    (0.135, 0.026, 0.854, 0.027), (0.085, 0.017, 0.927, 0.023), (0.078, 0.020, 0.947, 0.022),
    (0.067, 0.020, 0.947, 0.022),
)  # fmt: skip
_PROPOSED = (
    (0.116, 0.048, 0.899, 0.070), (0.079, 0.022, 0.946, 0.025), (0.071, 0.021, 0.957, 0.020),
    (0.062, 0.013, 0.967, 0.015), (0.054, 0.013, 0.972, 0.015), (0.049, 0.011, 0.985, 0.004),
    (0.046, 0.014, 0.997, 0.002),
)  # fmt: skip
TABLE_1 = {
    name: {overlap: Figures(*cell) for overlap, cell in zip(OVERLAPS, cells, strict=False)}
    for name, cells in (("rPIE", _RPIE), ("AWF", _AWF), ("U-Net", _UNET), ("proposed", _PROPOSED))
}
# Table 2, U-Net: overlap tested -> overlap trained for
TABLE_2 = {
    0.2: {
        0.2: Figures(0.135, 0.026, 0.854, 0.027), 0.38: Figures(0.186, 0.030, 0.762, 0.032),
        0.44: Figures(0.183, 0.028, 0.744, 0.038), 0.5: Figures(0.200, 0.039, 0.700, 0.044),
    },
    0.38: {
        0.2: Figures(0.119, 0.021, 0.873, 0.029), 0.38: Figures(0.085, 0.017, 0.927, 0.023),
        0.44: Figures(0.099, 0.017, 0.903, 0.026), 0.5: Figures(0.101, 0.015, 0.893, 0.025),
    },
    0.44: {
        0.2: Figures(0.110, 0.021, 0.892, 0.024), 0.38: Figures(0.087, 0.018, 0.930, 0.024),
        0.44: Figures(0.078, 0.020, 0.947, 0.022), 0.5: Figures(0.080, 0.018, 0.937, 0.022),
    },
    0.5: {
        0.2: Figures(0.104, 0.020, 0.906, 0.021), 0.38: Figures(0.079, 0.021, 0.948, 0.020),
        0.44: Figures(0.072, 0.020, 0.959, 0.029), 0.5: Figures(0.067, 0.020, 0.967, 0.015),
    },
}  # fmt: skip
# section 4.2, at 20 %: the positions of the training, and others
POSITIONS = {
    "proposed": (Figures(0.116, 0.048, 0.899, 0.070), Figures(0.117, 0.049, 0.902, 0.065)),
    "U-Net": (Figures(0.135, 0.026, 0.854, 0.027), Figures(0.157, 0.036, 0.838, 0.030)),
}
