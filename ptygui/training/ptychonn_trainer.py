"""One training of a PtychoNN: patterns are simulated as they are needed, endlessly many."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ptygui.analysis import metrics
from ptygui.errors import InputError
from ptygui.methods.problem import Problem
from ptygui.methods.ptychonn import stitched
from ptygui.networks.channels import Channels
from ptygui.networks.ptychonn import (
    PTYCHONNS,
    Predictor,
    PtychoNN,
    PtychoNNInfo,
    load_predictor,
    save_predictor,
    seen,
)
from ptygui.physics.forward import squared_modulus
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.training.scan_cards import ptychonn_card
from ptygui.training.scan_trainer import ScanTrainer

_OF_A_CROP = 16  # patterns of each crop in a batch
OVERLAP = 0.5  # of the scans that the errors are measured on


class PtychoNNTrainer(ScanTrainer[PtychoNN]):
    """Everything a training of a PtychoNN holds between two steps."""

    measured = ("loss", "nrmse")

    def _info(self, channels: Channels) -> PtychoNNInfo:
        options = self.options
        return PtychoNNInfo(channels, options.probe_width, options.probe, options.preset)

    def _new_network(self) -> PtychoNN:
        options = self.options
        network = PtychoNN(PTYCHONNS[options.preset])
        if options.probe_width % network.stride or options.crop < options.probe_width:
            raise InputError(
                f"--probe-width is {options.probe_width} px and --crop {options.crop} px: expected a width "
                f"that is a multiple of {network.stride} px, and crops at least as large"
            )
        self.probe = torch.from_numpy(make_probe(options.probe, options.probe_width))
        weight = self.probe.abs()
        self._weight = (weight / weight.mean()).to(self.device)
        return network

    def prepare(self, folder: Path) -> Iterator[tuple[int, int]]:
        """Simulate the held-out scans; nothing is kept in the folder."""
        self._held_out = []
        for k, polar in enumerate(self.held_out_crops()):
            truth = torch.polar(polar[0], polar[1])
            simulation = Simulation(overlap=OVERLAP, photons=self.options.photons, seed=k)
            scan = simulate(truth.numpy(), self.probe.numpy(), simulation)
            self._held_out.append((truth, polar, Problem.of(scan, self.device)))
        return iter(())

    def _batch(self) -> tuple[Tensor, Tensor]:
        """Patterns as the network sees them, and amplitude and phase of their patches in channel units."""
        count, width = self.options.batch, self.options.probe_width
        polar = self.crops.draw(-(-count // _OF_A_CROP), self.generator)
        corners = torch.randint(
            self.options.crop - width + 1, (len(polar), _OF_A_CROP, 2), generator=self.generator
        )
        patches = torch.stack(
            [
                image[:, top : top + width, left : left + width]
                for image, places in zip(polar, corners.tolist(), strict=True)
                for top, left in places
            ]
        )[:count]
        waves = torch.fft.fft2(torch.polar(patches[:, 0], patches[:, 1]) * self.probe, norm="ortho")
        counts = squared_modulus(waves)
        scale = self.options.photons / counts.max()
        measured = torch.poisson(counts * scale, generator=self.generator).sqrt()
        x = seen(measured, self.probe * scale.sqrt())
        target = self.info.channels.from_polar(patches[:, 0], patches[:, 1])
        return x.to(self.device), target.to(self.device)

    def _loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """The mean absolute error in channel units, weighted with |P|."""
        x, target = batch
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            found = self.network(x)
        return ((found.float() - target).abs() * self._weight).mean()

    def _measure(self) -> dict[str, float]:
        predictor, found = Predictor(self.network, self.info), []
        for truth, polar, problem in self._held_out:
            forward = problem.forward
            target = forward.patches(self.info.channels.from_polar(polar[0], polar[1]).to(self.device))
            patches = self.network(seen(problem.amplitudes[:], forward.probe))
            loss = ((patches - target.transpose(0, 1)).abs() * self._weight).mean()
            *_, obj = (o for o in stitched(problem, predictor) if o is not None)
            found.append((float(loss), metrics.nrmse(obj.cpu().numpy(), truth.numpy())))
        means = (sum(values) / len(values) for values in zip(*found, strict=True))
        return dict(zip(self.measured, means, strict=True))

    def _save(self, folder: Path, network: PtychoNN, info: PtychoNNInfo) -> None:
        save_predictor(folder, network, info, ptychonn_card(info, folder.name))

    def _load(self, folder: str | Path) -> Predictor:
        return load_predictor(folder)

    def _more_provenance(self) -> dict[str, Any]:
        return {**super()._more_provenance(), "validation_crops": len(self._held_out)}

    def _described(self) -> dict[str, Any]:
        said = {"width": self.info.width, "probe": self.info.probe}
        return {"kind": "ptychonn", **said, "start": self.started_from}

    def _told(self, described: Mapping[str, Any]) -> str:
        said = (described.get(name, "none") for name in ("kind", "preset", "width", "probe"))
        return "{} {} for patterns of {} px and the {} probe".format(*said)
