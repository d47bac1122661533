"""Weights on disk: safetensors, in one file or in shards named `…-00001-of-00003.safetensors`."""

import errno
import hashlib
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui.atomic import replacing
from ptygui.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor, nn

WEIGHTS = "diffusion_pytorch_model.safetensors"
SHARD_BYTES = 15_000_000  # of a model folder's largest file: repository hosts discourage larger ones

_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.safetensors$")


def weights_files(folder: str | os.PathLike[str]) -> list[Path]:
    """The files that hold a prior's weights, in order; empty if there are none, or shards are missing."""
    folder = Path(folder)
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    found = sorted(folder.glob(f"{Path(WEIGHTS).stem}-*.safetensors"))
    numbered = [(path, match) for path in found if (match := _SHARD.search(path.name))]
    wanted = {(k + 1, len(numbered)) for k in range(len(numbered))}
    complete = {(int(match[1]), int(match[2])) for _, match in numbered} == wanted
    return [path for path, _ in numbered] if complete else []


def is_of_weights(name: str) -> bool:
    """Whether a file name of a model folder is one of weights, or of the index of shards."""
    return name.startswith(Path(WEIGHTS).stem)


def fill(network: "nn.Module", files: Sequence[Path]) -> None:
    """Load weights into a network on the meta device, after checking that names and shapes agree.

    Raises
    ------
    InputError
        Naming the file, if one is not safetensors, the tensors are not the network's, or values are not
        finite.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    found: dict[str, tuple[int, ...]] = {}
    weights = {}
    for path in files:
        try:
            with safe_open(path, framework="pt") as file:
                shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}
                odd = sorted(n for n, shape in shapes.items() if n in found or expected.get(n) != shape)
                if odd:
                    raise InputError(f"{path} does not fit its description, first at {odd[0]}")
                found |= shapes
                for name in shapes:
                    # Half precision on disk; the network computes in float32, or bfloat16 under autocast.
                    weights[name] = file.get_tensor(name).float()
                    if not torch.isfinite(weights[name]).all():
                        raise InputError(
                            f"{path} holds values that are not finite, first in {name}: expected the numbers "
                            "of a trained network; take an earlier copy of the model, or train it again"
                        )
        except SafetensorError as error:
            raise InputError(f"{path} is not a safetensors file: take an earlier copy of it") from error
    missing = sorted(expected.keys() - found.keys())
    if missing:
        raise InputError(f"{files[-1]} does not fit its description: {missing[0]} is missing")
    network.load_state_dict(weights, assign=True)


def write_tensors(path: Path, tensors: "Mapping[str, Tensor]") -> None:
    """Write a safetensors file, as `ptygui.atomic` writes every file."""
    with replacing(path) as scratch, disk_errors():
        put_tensors(scratch, tensors)
        scratch.chmod(0o644)  # safetensors writes files only the owner can read


def put_tensors(path: Path, tensors: "Mapping[str, Tensor]") -> None:
    """Write a safetensors file under a temporary name."""
    from safetensors.torch import save_file

    save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, path)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn disk errors, which safetensors reports with its own exceptions, into `OSError`."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        found = _OS_ERROR.search(str(error))
        code = int(found[1]) if found else errno.EIO
        raise OSError(code, os.strerror(code)) from error


def identity_of(files: Sequence[Path]) -> str:
    """SHA-256 of files one after another, in hexadecimal."""
    digest = hashlib.sha256()
    for path in files:
        with open(path, "rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    return digest.hexdigest()


def count_parameters(files: Sequence[Path]) -> int:
    """How many numbers safetensors files hold, by their headers.

    Raises
    ------
    InputError
        If a file is not safetensors.
    """
    from safetensors import SafetensorError, safe_open

    count = 0
    for path in files:
        try:
            with safe_open(path, framework="numpy") as file:
                count += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())
        except (SafetensorError, OSError) as error:
            raise InputError(f"{path} is not a safetensors file: take an earlier copy of it") from error
    return count
