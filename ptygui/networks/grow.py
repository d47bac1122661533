"""A larger network that starts as the same function as a trained smaller one, with room to learn.

    medium = grown(small, "medium")                # medium(x, level) == small(x, level)

Channels are repeated and the weights that read them are split (Net2WiderNet of Chen, Goodfellow and Shlens
2016, arXiv 1511.05641); added depth starts as the identity. Group normalisation sees the same
statistics when both networks have as many groups, as the copies of a channel are adjacent.
"""

from typing import NoReturn

import torch
from torch import Tensor

from ptygui.errors import InputError
from ptygui.networks.denoiser import Denoiser, build_network

_SAME = (
    "norm_num_groups",
    "attention_head_dim",
    "resnet_time_scale_shift",
    "downsample_type",
    "upsample_type",
)


def grown(source: Denoiser, preset: str, seed: int = 0) -> Denoiser:
    """A network of a larger preset with the same output as `source`, up to rounding.

    Parameters
    ----------
    source : Denoiser
    preset : str
        Its widths must be the same multiple of the source's at each of equally many levels; it may have
        more blocks per level, and attention where the source has none. All else must agree.
    seed : int
        Seed of the shares by which copies of a channel are read: unequal, so that the copies diverge.

    Raises
    ------
    InputError
        If the preset is not a larger network of the same structure.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        target = build_network(preset)
    times, extra = _enlargement(source, target, preset)
    widened = _Widened(source, times, torch.Generator().manual_seed(seed))
    state = {}
    for name, value in target.unet.state_dict().items():
        origin = _origin(name, extra)
        if origin is not None and origin in widened.state:
            state[name] = widened(origin)
        else:
            state[name] = _identity(name, value)
    target.unet.load_state_dict(state)
    return target


def _enlargement(source: Denoiser, target: Denoiser, preset: str) -> tuple[int, int]:
    """How many times the source's width the target has, and how many more blocks per level."""
    ours, theirs = target.unet.config, source.unet.config
    our_widths, their_widths = ours["block_out_channels"], theirs["block_out_channels"]
    our_blocks, their_blocks = ours["layers_per_block"], theirs["layers_per_block"]

    def refuse(what: str) -> NoReturn:
        raise InputError(f"a network cannot grow into {preset}: {what}")

    widths = list(zip(our_widths, their_widths, strict=False))
    times, extra = widths[0][0] // widths[0][1], our_blocks - their_blocks
    if len(our_widths) != len(their_widths):
        refuse(f"it has {len(their_widths)} levels, not {len(our_widths)}")
    if times < 1 or any(wide != times * narrow for wide, narrow in widths):
        refuse(f"its widths {their_widths} have no common factor to {our_widths}")
    if extra < 0:
        refuse(f"it has {their_blocks} blocks per level, not at most {our_blocks}")
    for name in _SAME:
        if ours[name] != theirs[name]:
            refuse(f"its {name} is {theirs[name]}, not {ours[name]}")
    if source.stem != target.stem:
        refuse(f"its stem is {source.stem}, not {target.stem}")
    for kind in ("down_block_types", "up_block_types"):
        for wide, narrow in zip(ours[kind], theirs[kind], strict=True):
            if wide.removeprefix("Attn") != narrow.removeprefix("Attn") or len(wide) < len(narrow):
                refuse(f"its {kind} are {theirs[kind]}, not {ours[kind]}")
    return times, extra


def _origin(name: str, extra: int) -> str | None:
    """The source's name for a tensor of the target; None for one of an added block.

    Each level's added blocks come last on the way down. As they start as the identity, the skip connections
    of the level's last block and of those added carry the same image; on the way up the first block takes one
    of them, and those that take the others come next and pass on the image from below.
    """
    way, *rest = name.split(".")
    if way == "up_blocks" and rest[1] in ("resnets", "attentions"):
        index = int(rest[2])
        if 1 <= index <= extra:
            return None
        rest[2] = str(index - extra if index else 0)
    return ".".join((way, *rest))


def _identity(name: str, value: Tensor) -> Tensor:
    """The start of an added tensor: zero in a block's last layer, the image from below in a shortcut."""
    layer = name.rpartition(".")[0]
    if layer.endswith(("conv2", "to_out.0")):
        return torch.zeros_like(value)
    if layer.endswith("conv_shortcut"):
        return torch.eye(*value.shape[:2])[:, :, None, None] if value.ndim > 1 else torch.zeros_like(value)
    return value


class _Widened:
    """The source's tensors with each channel repeated."""

    def __init__(self, source: Denoiser, times: int, generator: torch.Generator):
        self.state, self.times, self.generator = source.unet.state_dict(), times, generator
        self.head = source.unet.config["attention_head_dim"]

    def __call__(self, name: str) -> Tensor:
        """One tensor of the larger network: outputs repeated, inputs read in shares by their copies."""
        value = self.state[name]
        # In attention layers whole heads are repeated, as the products of query and key run over a head.
        outputs = self.head if name.rpartition(".")[0].endswith(("to_q", "to_k", "to_v")) else 1
        inputs = self.head if ".to_out." in name else 1
        if not name.startswith("conv_out."):
            value = self._repeated(value, outputs)
        if name == "time_embedding.linear_1.weight":
            return self._at_same_frequencies(value)
        if value.ndim > 1 and name != "conv_in.weight":
            value = self._shared(value.transpose(0, 1), inputs).transpose(0, 1).contiguous()
        return value

    def _repeated(self, value: Tensor, run: int) -> Tensor:
        """Each run of this many channels (axis 0) repeated as a whole, with adjacent copies."""
        return value.unflatten(0, (-1, run)).repeat_interleave(self.times, 0).flatten(0, 1)

    def _shared(self, weight: Tensor, run: int) -> Tensor:
        """Weights by input (axis 0) as random shares for the copies of each, which add up to it."""
        shares = torch.randn(self.times, *weight.shape, generator=self.generator) * (weight.std() / 2)
        shares += weight / self.times - shares.mean(0)
        original = self._repeated(torch.arange(len(weight)), run)
        copy = torch.arange(len(original)) // run % self.times
        return shares[copy, original]

    def _at_same_frequencies(self, weight: Tensor) -> Tensor:
        """The weights of the sinusoidal embedding of the level, which now has more frequencies.

        Of n, frequency i is 1e4^(-i/n), cosines before sines: each old one is at a multiple of its index.
        """
        wide = torch.zeros(len(weight), self.times * weight.shape[1])
        wide[:, :: self.times] = weight
        return wide
