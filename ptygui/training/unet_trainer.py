"""One training of a post-processing U-Net: network, pairs and files."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ptygui.analysis import metrics
from ptygui.networks.channels import Channels
from ptygui.networks.corrector import Corrector, UNetInfo, load_corrector, save_corrector
from ptygui.networks.unet import UNet, build_unet
from ptygui.training.pairs import PairMaker, Pairs
from ptygui.training.scan_cards import unet_card
from ptygui.training.scan_trainer import ScanTrainer


class UNetTrainer(ScanTrainer[UNet]):
    """Everything a training of a U-Net holds between two steps."""

    measured = ("loss", "nrmse_awf", "nrmse")
    pairs: Pairs

    def _info(self, channels: Channels) -> UNetInfo:
        return UNetInfo(channels, self.options.overlap, self.options.awf_iterations, self.options.preset)

    def _new_network(self) -> UNet:
        return build_unet(self.options.preset)

    def prepare(self, folder: Path) -> Iterator[tuple[int, int]]:
        """Read or make the pairs; yields the number made and the total."""
        self.pairs = Pairs(PairMaker(self.options, self.info.channels), self.crops, self.unseen)
        yield from self.pairs.make(folder)

    def _batch(self) -> tuple[Tensor, Tensor]:
        options, train = self.options, self.pairs.train
        chosen = torch.randint(len(train), (options.batch,), generator=self.generator)
        batch = train[chosen].float()
        if options.flips:
            flips = torch.randint(2, (options.batch, 2), generator=self.generator).bool()
            for axis in (0, 1):
                batch[flips[:, axis]] = batch[flips[:, axis]].flip(axis - 2)
        x, target = batch.to(self.device).unbind(1)
        if options.input_noise and torch.rand((), generator=self.generator) < 0.5:
            x = x + options.input_noise * torch.randn(x.shape, generator=self.generator).to(self.device)
        return x.contiguous(memory_format=torch.channels_last), target

    def _loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """The mean squared error in channel units."""
        x, target = batch
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            corrected = self.network(x)
        return (corrected.float() - target).square().mean()

    def _measure(self) -> dict[str, float]:
        channels, found = self.info.channels, []
        for x, target in self.pairs.held_out.float().unbind(0):
            corrected = self.network(x[None].to(self.device))[0].cpu()
            truth = channels.decode(target).numpy()
            before, after = (metrics.nrmse(channels.decode(image).numpy(), truth) for image in (x, corrected))
            found.append((float((corrected - target).square().mean()), before, after))
        means = (sum(values) / len(values) for values in zip(*found, strict=True))
        return dict(zip(self.measured, means, strict=True))

    def _save(self, folder: Path, network: UNet, info: UNetInfo) -> None:
        save_corrector(folder, network, info, unet_card(info, folder.name))

    def _load(self, folder: str | Path) -> Corrector:
        return load_corrector(folder)

    def _more_provenance(self) -> dict[str, Any]:
        return {**super()._more_provenance(), "validation_pairs": len(self.pairs.held_out)}

    def _described(self) -> dict[str, Any]:
        return {"kind": "unet", "overlap": self.info.overlap, "start": self.started_from}

    def _told(self, described: Mapping[str, Any]) -> str:
        return f"{described.get('preset')} at overlap {described.get('overlap', 'none')}"
