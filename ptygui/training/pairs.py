"""Training pairs of AWF image and truth for a U-Net, made once and kept on disk.

maker = PairMaker(options, channels)
x, target = maker.pair(amplitude_and_phase, seed=3)          # (2, H, W) each, in channel units
"""

import hashlib
import json
import math
from collections.abc import Generator, Iterator
from pathlib import Path

import torch
from torch import Tensor

from ptygui.errors import InputError
from ptygui.files.unreadable import what_is_wrong
from ptygui.methods.awf import AWF
from ptygui.methods.problem import Problem
from ptygui.networks.channels import Channels
from ptygui.networks.corrector import encode_turned
from ptygui.networks.weights import write_tensors
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.training.options import UNetTraining
from ptygui.training.patches import Crops

PART = 50  # pairs per file
# What pairs depend on: options, by their original names in the key, so that pairs are not made again.
_MADE_BY = {
    "overlap": "overlap", "iterations": "awf_iterations", "crop": "crop", "probe": "probe",
    "probe_width": "probe_width", "photons": "photons", "holdout": "holdout", "weights": "data_weights",
    "seed": "seed",
}  # fmt: skip


class PairMaker:
    """Simulates scans of objects and reconstructs them by AWF, as the method `unet` does.

    Parameters
    ----------
    options : UNetTraining
    channels : Channels
    """

    def __init__(self, options: UNetTraining, channels: Channels):
        self.options, self.channels = options, channels
        self.probe = make_probe(options.probe, options.probe_width)

    def pair(self, polar: Tensor, seed: int) -> Tensor:
        """Image and truth in channel units, (2, 2, H, W), of an amplitude and phase [rad], (2, H, W).

        The truth gets the global phase that is nearest to the image, so that the remaining error is
        one that no global phase would correct.
        """
        options = self.options
        truth = torch.polar(polar[0], polar[1])
        simulation = Simulation(overlap=options.overlap, photons=options.photons, seed=seed)
        problem = Problem.of(simulate(truth.numpy(), self.probe, simulation), "cpu")
        for iterate in AWF(iterations=options.awf_iterations).iterates(problem):
            obj = iterate.obj
        w = problem.illumination
        x = encode_turned(self.channels, obj, w)
        turn = (w * truth.conj() * self.channels.decode(x)).sum().angle()
        phase = polar[1] + turn
        cycles = ((phase.mean() - self.channels.phase_centre) / (2 * math.pi)).round()
        return torch.stack((x, self.channels.from_polar(polar[0], phase - 2 * math.pi * cycles)))

    def key(self, crops: Crops) -> str:
        """What the pairs depend on, as a short name."""
        made_by = {name: getattr(self.options, option) for name, option in _MADE_BY.items()}
        digest = hashlib.sha256(json.dumps([made_by, vars(self.channels)], sort_keys=True).encode())
        for image in crops.images:
            digest.update(image.numpy().tobytes())
        return digest.hexdigest()[:16]


class Pairs:
    """The pairs of one training on disk and in memory, in half precision.

    Attributes
    ----------
    train, held_out : float16 tensor, shape (n, 2, 2, H, W)
        Image and truth of each pair. If no image is large enough to hold a part out, the last
        twentieth of the pairs.
    """

    train: Tensor
    held_out: Tensor

    def __init__(self, maker: PairMaker, crops: Crops, held_out: Tensor | None):
        self.maker, self.crops, self._unseen = maker, crops, held_out

    def make(self, folder: Path) -> Iterator[tuple[int, int]]:
        """Read or make all pairs, in files of `PART`; yields the number made and the total."""
        folder.mkdir(parents=True, exist_ok=True)
        key, total = self.maker.key(self.crops), self.maker.options.pairs
        for old in folder.glob("*pairs-*.safetensors*"):
            if f"pairs-{key}-" not in old.name:
                old.unlink()
        parts = []
        for k in range(math.ceil(total / PART)):
            count = min(PART, total - k * PART)
            seed = int(key, 16) % 2**62 + k  # other crops for each overlap: networks in a chain see more
            path = folder / f"pairs-{key}-{k:05d}.safetensors"
            parts.append((yield from self._part(path, k * PART, count, seed)))
        pairs = torch.cat(parts)
        if self._unseen is not None:
            self.train = pairs
            unseen = [self.maker.pair(polar, seed=k) for k, polar in enumerate(self._unseen)]
            self.held_out = torch.stack(unseen).half()
        else:
            some = max(1, total // 20)
            self.train, self.held_out = pairs[:-some], pairs[-some:]

    def _part(
        self, path: Path, first: int, count: int, seed: int
    ) -> Generator[tuple[int, int], None, Tensor]:
        """The pairs of one file, read or made; independent of what was made before."""
        pairs, total = _read(path, count), self.maker.options.pairs
        if pairs is None:
            generator = torch.Generator().manual_seed(seed)
            made: list[Tensor] = []
            for polar in self.crops.draw(count, generator):
                noise = int(torch.randint(2**31 - 1, (), generator=generator))
                made.append(self.maker.pair(polar, noise).half())
                yield first + len(made), total
            pairs = torch.stack(made)
            write_tensors(path, {"pairs": pairs})
        else:
            yield first + count, total
        return pairs


def _read(path: Path, count: int) -> Tensor | None:
    """The pairs of a file; None if it does not exist, or holds fewer."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        return None
    try:
        pairs = load_file(path)["pairs"]
    except (KeyError, OSError, SafetensorError) as error:
        why = what_is_wrong(error)
        raise InputError(f"{path} does not hold pairs ({why}): delete it to make it again") from error
    return pairs[:count] if len(pairs) >= count else None
