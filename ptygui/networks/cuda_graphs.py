"""Launches many small kernels at once: a function of tensors, recorded as a CUDA graph and replayed.

    back = Replayed(step.back)
    b = back(obj)            # on a GPU, from the third call with tensors of this kind: one launch

At 128 px a data step is some fifteen kernels and an evaluation of a compact network some hundreds, of a few
microseconds each: a GPU spends more time waiting for launches than computing.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_log = logging.getLogger(__name__)


class Replayed:
    """A function of tensors that returns one tensor; replayed on a CUDA device, called directly elsewhere.

    Also called directly if gradients are needed, for the first `after` calls with tensors of a kind
    (a recording costs as much as a few), beyond `most` kinds (each holds its own memory), and, with a
    message in the log, if the function cannot be recorded.

    Parameters
    ----------
    function : callable
        All that changes between calls must be in its arguments; its result depends on nothing else.
    """

    device_type = "cuda"

    def __init__(self, function: Callable[..., Tensor], after: int = 2, most: int = 4):
        self.function = function
        self.after, self.most = after, most
        self._seen: Counter[Any] = Counter()
        self._recordings: dict[Any, _Recording] = {}
        self._refused = False
        self._lock = threading.Lock()

    def __call__(self, *tensors: Tensor) -> Tensor:
        """The result of the function."""
        if self._refused or any(
            t.device.type != self.device_type or (t.requires_grad and torch.is_grad_enabled())
            for t in tensors
        ):
            return self.function(*tensors)
        kind = (
            torch.is_autocast_enabled(self.device_type),
            *((t.shape, t.stride(), t.dtype, t.device) for t in tensors),
        )
        # One at a time: runs in other threads share a loaded prior, and a recording has one set of inputs.
        with self._lock:
            recording = self._recordings.get(kind) or self._record(kind, tensors)
            if recording is not None:
                return recording.replay(*tensors)
        return self.function(*tensors)

    def _record(self, kind: Any, tensors: tuple[Tensor, ...]) -> "_Recording | None":
        self._seen[kind] += 1
        if self._seen[kind] <= self.after or len(self._recordings) >= self.most:
            return None
        try:
            self._recordings[kind] = _Recording(self.function, tensors)
        except RuntimeError as error:
            _log.warning("CUDA graph refused, continuing without: %s", error)
            self._refused = True
        return self._recordings.get(kind)


class _Recording:
    """The kernels of one call, with the memory that they read from and write to."""

    def __init__(self, function: Callable[..., Tensor], tensors: tuple[Tensor, ...]):
        self.inputs = [tensor.clone() for tensor in tensors]
        self.output, self.launch = captured(function, self.inputs)

    def replay(self, *tensors: Tensor) -> Tensor:
        for place, tensor in zip(self.inputs, tensors, strict=True):
            place.copy_(tensor)
        self.launch()
        return self.output.clone()


def captured(function: Callable[..., Tensor], inputs: list[Tensor]) -> tuple[Tensor, Callable[[], None]]:
    """Record a call; returns the tensor for the result of each launch, and the launcher."""
    with torch.cuda.device(inputs[0].device):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            function(*inputs)  # creates plans and workspaces of this stream outside of the recording
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        # other threads, such as a training in the same window, may allocate meanwhile
        with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
            output = function(*inputs)
    return output, graph.replay
