"""Print how similar procedural smears are to real ones, and draw them side by side. Asserts nothing.

    python benchmarks/smears.py REAL.npz::obj_flat [REAL2.npz::obj] --picture smears.png

Compares the training data of priors, with the phase without smooth background: percentiles of amplitude and
phase, the share of deeply stained pixels (amplitude below 0.5), the root of the power in octaves of spatial
frequency, and how large cells are and how crowded.
"""

import argparse
from itertools import pairwise

import numpy as np
from scipy import ndimage

from ptygui.files.objects import read_object
from ptygui.physics.smear import smear
from ptygui.training.patches import training_image

PERCENTS = (1, 5, 25, 50, 75, 95, 99)
PERIODS = (128, 64, 32, 16, 8, 4, 2)  # edges of the octaves [px]
SIZE, SHOWN = 256, 192  # px per side that are measured and drawn


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("objects", nargs="+", help="real objects, as ptygui simulate --object takes them")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--picture", help="draw all side by side, FILE.png")
    args = parser.parse_args()
    named = [
        (spec.rsplit("/", 1)[-1].split("_complex")[0], middle(read_object(spec).obj)) for spec in args.objects
    ]
    named += [(f"procedural {seed}", smear((SIZE, SIZE), seed=seed)) for seed in args.seeds]
    rows = [(name, *figures(obj)) for name, obj in named]
    for title, place, head in (
        ("amplitude, percentiles", 1, PERCENTS),
        ("phase above its background [rad], percentiles", 2, PERCENTS),
        ("amplitude, rms by period [px]", 3, octaves()),
        ("phase, rms by period [px] [rad]", 4, octaves()),
    ):
        print(f"\n{title:44}" + "".join(f"{x!s:>9}" for x in head))
        for row in rows:
            print(f"{row[0]:44}" + "".join(f"{x:9.3f}" for x in row[place]))
    head = ("stained", "covered", "width [px]", "clumps / Mpx")
    print(f"\n{'cells':44}" + "".join(f"{x:>14}" for x in head))
    for row in rows:
        print(f"{row[0]:44}" + "".join(f"{x:14.3g}" for x in row[5]))
    if args.picture:
        draw(named, args.picture)


def middle(obj):
    """The central `SIZE` pixels."""
    return obj[tuple(slice(max(0, (n - SIZE) // 2), (n + SIZE) // 2) for n in obj.shape)]


def figures(obj):
    """Percentiles and octaves of amplitude and phase, and properties of the cells."""
    amplitude, phase = training_image(obj).numpy()
    amplitude = amplitude / np.percentile(amplitude, 95)
    return (
        *(np.percentile(x, PERCENTS) for x in (amplitude, phase)),
        power(amplitude),
        power(phase),
        cells(amplitude),
    )


def cells(amplitude):
    """Share deeply stained, share covered, mean width of the covered areas [px], clumps per million pixels.

    Covered pixels are darker than half-way between background and an ordinary cell; the width is
    four times area over outline, the diameter of a disc.
    """
    soft = ndimage.gaussian_filter(amplitude, 0.7)
    covered = soft < (np.percentile(soft, 95) + np.percentile(soft, 30)) / 2
    outline = sum(np.count_nonzero(np.diff(covered, axis=axis)) for axis in (0, 1)) * np.pi / 4
    _, clumps = ndimage.label(covered)
    share = np.mean(covered)
    width = 4 * np.count_nonzero(covered) / outline
    return np.mean(amplitude < 0.5), share, width, 1e6 * clumps / amplitude.size


def octaves():
    """Names of the bands."""
    return [f"{high}-{low}" for high, low in pairwise(PERIODS)]


def power(image):
    """Root-mean-square of an image in each octave, under a Hann window that keeps the power."""
    window = np.outer(*(np.hanning(n) for n in image.shape))
    weighted = (image - image.mean()) * window / np.sqrt(np.mean(window**2))
    density = np.abs(np.fft.fft2(weighted, norm="ortho")) ** 2 / image.size
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in image.shape), indexing="ij"))
    edges = 1 / np.array(PERIODS)
    bands = pairwise(edges)
    return [np.sqrt(density[(frequency >= low) & (frequency < high)].sum()) for low, high in bands]


def draw(named, path):
    """Amplitude above, phase below, one column per object."""
    from PIL import Image

    columns = []
    for _, obj in named:
        amplitude, phase = training_image(obj).numpy()[:, :SHOWN, :SHOWN]
        amplitude, phase = amplitude / np.percentile(amplitude, 99.5), phase / 2.5 + 0.25
        gap = np.ones((6, SHOWN))
        columns += [np.vstack([amplitude, gap, phase]), np.ones((2 * SHOWN + 6, 6))]
    picture = np.hstack(columns[:-1]).clip(0, 1)
    Image.fromarray((255 * picture).astype(np.uint8)).save(path)


if __name__ == "__main__":
    main()
