"""A stand-in for a GPU: a torch device whose memory is the host's, and which is as strict as a GPU.

    import standin_device
    standin_device.register()                     # once a process; it cannot be undone
    x = torch.ones(3).to("standin")
    x + torch.ones(3)                             # RuntimeError: tensors on two devices

It refuses what CUDA refuses: tensors of two devices in one operation (except scalars of the host in
elementwise operations, and indices of the host), `.numpy()`, host generators for random numbers on the
device, and, while a graph is recorded, whatever waits for the device or copies from the host. It also refuses
what not every GPU has: random numbers of its own (a seed means something else on each device), and float64.

A tensor of the device is a wrapper around a CPU tensor, `raw`, of the same shape and strides, and each
operation runs on those. So a result differs from the CPU's only where the program takes another path, such as
past the compiled loops. It needs torch's python-only backends, which are experimental; constraints.txt pins a
version that has them.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor
from torch.utils.backend_registration import (
    _DummyBackendModule,
    _setup_privateuseone_for_python_backend,
)

NAME = "standin"
aten = torch.ops.aten

_COPIES = {aten.copy_, aten._to_copy}
_INDEXED = {aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_}  # CUDA takes host indices
# What has to wait for the device, besides copies: shapes or numbers that depend on values.
_WAITS = {
    aten._local_scalar_dense, aten.is_nonzero, aten.equal, aten.nonzero, aten.masked_select, aten.unique_dim,
    aten._unique2, aten.repeat_interleave,
}  # fmt: skip
# Kernels of the device itself. The fallback serves where torch has no composite kernel; those of `arange` and
# the like make an empty tensor and let it grow, which a wrapper cannot.
_KERNELS = ("copy_", "arange", "arange.start", "arange.start_step", "linspace", "eye", "eye.m")
_LOWERED = ("conv2d", "linear", "matmul", "bmm", "addmm", "baddbmm")  # in bfloat16 under autocast

transfers: Counter = Counter()  # "to host" and "to device", since the last clear()


class Clock:
    """Time [s] as it passes where a device works behind the program: an operation takes a millisecond there.

    The program's own work takes none; when it waits for the device, the time of what is queued passes.
    """

    def __init__(self):
        self.now, self.queued = 0.0, 0

    def __call__(self) -> float:
        return self.now

    def wait(self) -> None:
        self.now += 1e-3 * self.queued
        self.queued = 0


clock = Clock()


class OnDevice(Tensor):
    """A tensor that lies on the stand-in."""

    raw: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, raw: Tensor) -> "OnDevice":
        if raw.dtype in (torch.float64, torch.complex128):
            raise TypeError(f"{NAME} has no {raw.dtype}, as some GPUs have none: use float32 or complex64")
        wrapper = Tensor._make_wrapper_subclass(
            cls, raw.size(), strides=raw.stride(), storage_offset=raw.storage_offset(), dtype=raw.dtype,
            device=torch.device(NAME, 0),
        )  # fmt: skip
        torch._C._set_conj(wrapper, raw.is_conj())
        torch._C._set_neg(wrapper, raw.is_neg())
        wrapper.raw = raw
        return wrapper

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _run(func, *args, **(kwargs or {}))

    def __repr__(self, **_):
        return f"{self.raw!r} on {NAME}"

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            copy = OnDevice(self.raw.clone()).requires_grad_(self.requires_grad)
            if getattr(self, "_is_param", False):
                copy._is_param = True
            memo[id(self)] = copy
        return memo[id(self)]

    # torch refuses these to every wrapper, in other words than to a GPU's tensors, or gives nonsense.

    def numpy(self, **_):
        raise TypeError(f"can't convert {self.device} device type tensor to numpy: use Tensor.cpu() first")

    __array__ = numpy

    def data_ptr(self):
        return self.raw.data_ptr()

    def tolist(self):
        return self.cpu().tolist()


class _Module(_DummyBackendModule):
    """What torch looks for as `torch.standin`."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]

    def get_rng_state(self, device) -> None:  # there is none; `torch.random.fork_rng` asks
        return None

    def set_rng_state(self, state, device) -> None:
        pass


_libraries: list[torch.library.Library] = []  # a library that is collected takes its kernels with it


def register() -> None:
    """Give this process the device. Before the first gradient: its threads are started then."""
    if _libraries:
        return
    _setup_privateuseone_for_python_backend(NAME, backend_module=_Module())
    everything, operators = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL")
    everything.fallback(_run, "PrivateUse1")  # what has no tensor of the device among its arguments
    everything.fallback(torch.library.fallthrough_kernel, "AutocastPrivateUse1")
    for name in _KERNELS:
        packet, _, overload = name.partition(".")
        kernel = partial(_run, getattr(getattr(aten, packet), overload or "default"))
        operators.impl(name, kernel, "PrivateUse1")
    for name in _LOWERED:
        operators.impl(name, _lowered(getattr(aten, name)), "AutocastPrivateUse1")
    _libraries.extend((everything, operators))


def _lowered(operator) -> Callable:
    without = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastPrivateUse1)

    def call(*args, **kwargs):
        args = _each(args, lambda t: t.bfloat16() if t.is_floating_point() else t)
        with torch._C._ExcludeDispatchKeyGuard(without):
            return operator(*args, **kwargs)

    return call


# ---------------------------------------------------------------------- operations


def _run(func, *args, **kwargs):
    """Run an operation on the CPU tensors behind the device's, if a GPU would run it."""
    tensors: list[Tensor] = []
    _each((args, *kwargs.values()), tensors.append)
    target = kwargs.get("device")
    to_device = torch.device(target).type == NAME if target is not None else any(map(_on_device, tensors))
    _check_devices(func, tensors)
    _check_random(func, kwargs, to_device)
    _count(func.overloadpacket, tensors, to_device)
    raw_args = _each(args, _raw)
    raw_kwargs = {name: _each(value, _raw) for name, value in kwargs.items()}
    if target is not None:
        raw_kwargs["device"] = "cpu"
    raw_kwargs.pop("pin_memory", None)
    result = func(*raw_args, **raw_kwargs)
    if _recording.log is not None:
        _recording.log.append((func, raw_args, raw_kwargs, result))
    if not to_device:
        return result
    clock.queued += 1
    wrapper_of = {id(t.raw): t for t in tensors if _on_device(t)}
    for wrapper in wrapper_of.values() if func._schema.is_mutable else ():
        if (wrapper.shape, wrapper.stride()) != (wrapper.raw.shape, wrapper.raw.stride()):
            raise NotImplementedError(f"{func} changes the shape of a tensor in place: {NAME} cannot")
    return _each(result, lambda t: wrapper_of[id(t)] if id(t) in wrapper_of else OnDevice(t))


def _on_device(value) -> bool:
    return isinstance(value, OnDevice)


def _raw(tensor: Tensor) -> Tensor:
    return tensor.raw if _on_device(tensor) else tensor


def _each(value, function: Callable):
    """A value with its tensors, in whatever lists they are, put through a function."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, list | tuple):
        return type(value)([_each(v, function) for v in value])
    return value


def _check_devices(func, tensors: list[Tensor]) -> None:
    operator = func.overloadpacket
    there = [t for t in tensors if _on_device(t)]
    here = [t for t in tensors if not _on_device(t)]
    if not there or operator in _COPIES:
        return
    if operator in _INDEXED and _on_device(tensors[0]):
        here = [t for t in here if t.ndim and t.is_floating_point()]  # not an index
    scalars = torch.Tag.pointwise in func.tags or operator in _INDEXED
    written = func._schema.is_mutable and not _on_device(tensors[0])
    if written or any(t.ndim or not scalars for t in here):
        shapes = ", ".join(f"{tuple(t.shape)} on {t.device.type}" for t in tensors)
        raise RuntimeError(f"{func}: expected all tensors to be on the same device, found {shapes}")


def _check_random(func, kwargs, to_device: bool) -> None:
    if not to_device or torch.Tag.nondeterministic_seeded not in func.tags:
        return
    if kwargs.get("generator") is not None:
        raise RuntimeError(f"{func}: expected a '{NAME}' device type for generator but found 'cpu'")
    raise RuntimeError(f"{func}: random numbers are drawn on the host, that a seed means the same everywhere")


def _count(operator, tensors: list[Tensor], to_device: bool) -> None:
    there = [_on_device(t) for t in tensors]
    if operator in _COPIES:
        # what is copied: the first of `_to_copy`, the last of `copy_`, which writes into the first
        ways = {(there[0], to_device) if operator is aten._to_copy else (there[-1], there[0])}
    else:
        by_mask = operator in _INDEXED and any(t.dtype is torch.bool for t in tensors[1:])
        ways = set()
        if any(there) and (operator in _WAITS or by_mask):
            ways.add((True, False))
        if any(there) and any(t.ndim for t in tensors if not _on_device(t)):
            ways.add((False, True))
    for source, goal in ways:
        if source != goal:
            way = "to host" if source else "to device"
            transfers[way] += 1
            if source:
                clock.wait()
            if _recording.log is not None:
                raise RuntimeError(f"{operator}: operation not permitted when stream is capturing ({way})")


# ---------------------------------------------------------------------- graphs


class _Recording(threading.local):
    log: list | None = None


_recording = _Recording()


@contextmanager
def _logged() -> Iterator[list]:
    _recording.log = log = []
    try:
        yield log
    finally:
        _recording.log = None


def captured(function: Callable[..., Tensor], inputs: list[Tensor]) -> tuple[Tensor, Callable[[], None]]:
    """Record a call as `cuda_graphs.captured` does: the operations alone, with the memory they use.

    Python code, and numbers that it worked out, are not run again at a launch.
    """
    function(*inputs)
    with _logged() as log:
        output = function(*inputs)

    def launch() -> None:
        for func, args, kwargs, result in log:
            used, old, new = [], [], []
            _each((args, *kwargs.values()), used.append)
            _each(result, old.append)
            _each(func(*args, **kwargs), new.append)
            memory = {t.untyped_storage().data_ptr() for t in used}
            for before, now in zip(old, new, strict=True):
                if before.untyped_storage().data_ptr() not in memory:  # neither a view nor in place
                    before.copy_(now)

    return output, launch
