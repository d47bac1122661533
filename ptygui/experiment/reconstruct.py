"""The only entry point: (scan, method) -> Steps. Tensors on a device become numpy on the host here."""

import time
from collections.abc import Container, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ptygui.analysis import metrics
from ptygui.analysis.held_out import held_out, predictable
from ptygui.analysis.movement import movement
from ptygui.analysis.scores import scores_of
from ptygui.errors import Diverged, InputError
from ptygui.methods.base import Iterate, Method
from ptygui.options import current_names
from ptygui.scan import Geometry, Scan
from ptygui.step import Step

if TYPE_CHECKING:
    from ptygui.methods.problem import Problem
    from ptygui.physics.forward import Forward

SHARE = 0.01  # of a run's time at most is spent on Steps for display, if they are slow to make
SPARED = 0.015  # of a run's time at most, for evenly spaced Steps; with the window's share below 3 %
LONGEST = 5.0  # longest time without a Step [s], unless that is so slow that it would take over `MOST_SHARE`
MOST_SHARE = 0.1
SAME = 1e-5  # distance from which positions count as moved: they are shifts in float32 [px]
TESTED = 64  # patterns held out that each Step predicts, at most
_NO_MEMORY = ("allocate memory", "out of memory")  # in errors of torch, on CPUs and GPUs
_CHECK_EVERY = 25  # iterates between checks for NaN when no Step is made


def pick_device(device: str = "auto") -> str:
    """The device of a name: "auto" is CUDA if there is one, else the CPU.

    Other kinds of device that torch knows ("xpu", "mps") are never chosen automatically, only by their name.

    Raises
    ------
    InputError
        If no device has this name, or torch does not find it here.
    """
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, colon, number = device.partition(":")
    try:
        module = getattr(torch, torch.device(device).type, None)
    except RuntimeError:  # not the name of a device
        module = None
    if module is None or not hasattr(module, "is_available") or (colon and kind in ("cpu", "mps")):
        raise InputError(f"device is {device!r}, expected auto, cpu or cuda")
    if not module.is_available():
        raise InputError(
            f"device is {device}, but torch finds no {kind.upper()} device: use --device cpu, or install "
            f"torch with {kind.upper()}"
        )
    if colon and int(number) >= (count := module.device_count()):
        there = f"there is only {kind}:0" if count == 1 else f"there are only {kind}:0 to {kind}:{count - 1}"
        raise InputError(f"device is {device}, but {there}")
    return device


def gpu_count() -> int:
    """The number of CUDA devices here."""
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def reconstruct(
    scan: Geometry,
    method: Method,
    *,
    start: np.ndarray | None = None,
    resume: Step | dict[str, Any] | None = None,
    device: str = "auto",
    seed: int = 0,
    interval: float = 0.1,
    record: Container[int] = (),
    evenly: int = 0,
    begin: float = np.inf,
) -> Generator[Step | None, bool | None, None]:
    """Reconstruct a scan, yielding at every iterate: a `Step` when one is due, else None.

    A Step (copy to the host, misfit, NRMSE, SSIM) is made at most every `interval` seconds, and less often
    if that would take more than `SHARE` of the time, as the scores of large objects do; and at the
    iterates in `record`, at the last one, `evenly` in between, and on request: ``generator.send(True)``
    returns the Step of the iterate just done, or of the next one if it has returned that already. Close the
    generator to stop; no code runs between two yields.

    Parameters
    ----------
    scan : Scan
    method : Method
    start : complex array, shape `scan.object_shape`, optional
        Object to start from; by default the method's own start.
    resume : Step or its state, optional
        Continue from there as if the run had not stopped (same options and scan); on a CPU bit for bit.
        Other options make it a branch; those that define the chain of noise levels must be the same.
    device : str
        "auto", "cpu", "cuda" or "cuda:1".
    seed : int
        The same seed gives the same Steps: on a CPU bit for bit, on CUDA up to the order of sums.
    interval : float
        Minimum time between Steps [s]; 0 makes one at every iterate, whatever it costs; with infinity the
        time makes none after the first.
    record : container of int
        Iterates at which a Step is always made.
    evenly : int
        Number of evenly spaced iterates that get a Step, if Steps take at most `SPARED` of the time; all
        iterates of a shorter run.
    begin : float
        Minimum time between Steps, of index 0, that show the start of a method which makes one first [s]; by
        default there are none. Their note says what is done, and there is one as soon as that is something
        else. Nothing can be continued from them.

    Yields
    ------
    Step or None
        numpy arrays on the host; None at iterates for which no Step is due.

    Raises
    ------
    Diverged
        At the first check that finds a number that is not finite.
    InputError
        If the scan, the start or the device cannot be used.
    """
    from ptygui.methods.problem import Problem
    from ptygui.physics.threads import threads_for

    before, last_index = 0.0, 0
    given: Mapping[str, Any] = {}
    if isinstance(resume, Step):
        before, given, last_index = resume.seconds, resume.state, resume.index
    elif resume is not None:
        given = resume
    if not isinstance(scan, Scan):
        raise InputError(f"{scan.name} is a result without its diffraction patterns: open its scan first")
    device = pick_device(device)
    spent, wanted = before, False
    began = time.perf_counter()
    state = current_names(method, given)  # steps of earlier versions have other option names
    total = method.total_after(state)
    with _enough_memory(scan, method):
        problem = Problem.of(scan, device, seed, start, state)
        score, due = _Score(scan, problem, method), _Due(total, interval, record, evenly)
    beginning = _Due(total, begin, (), 0)
    beginning.next, doing = time.perf_counter() + begin, ""
    iterates, values = method.iterates(problem), problem.amplitudes.numel()

    def make(iterate: Iterate, due: _Due) -> Step:
        nonlocal spent
        with threads_for(values), _enough_memory(scan, method):
            now = time.perf_counter()
            _check_finite(iterate)  # reads a number, which waits for the GPU to finish the iterates
            spent += time.perf_counter() - now
            step = score.step(iterate, spent)
        due.note(step.scoring)
        return step

    try:
        while True:
            with threads_for(values), _enough_memory(scan, method):
                try:
                    iterate = next(iterates)
                except StopIteration:
                    break
            spent += time.perf_counter() - began
            step = None
            if iterate is not None and iterate.index == 0:
                another = iterate.note != doing and begin < np.inf
                if another or beginning.at(0, spent - before):
                    step, doing = make(iterate, beginning), iterate.note
                iterate = None
            elif iterate is not None:  # else a place to stop inside a long iterate
                last_index = iterate.index
                if wanted or due.at(last_index, spent - before):
                    step, wanted = make(iterate, due), False
                elif last_index % _CHECK_EVERY == 0:
                    _check_finite(iterate)
            asked = bool((yield step))
            if asked and step is None and iterate is not None:
                asked = bool((yield make(iterate, due)))
            wanted = wanted or asked
            began = time.perf_counter()
    finally:
        iterates.close()
    if last_index < total:
        raise RuntimeError(f"{method.key()} ended at iterate {last_index} of {total}")


def last_step(scan: Scan, method: Method, **how: Any) -> Generator[None, None, Step]:
    """The last step of a run, which yields None wherever a caller may stop; `how` is as for `reconstruct`."""
    last = None
    steps = reconstruct(scan, method, interval=np.inf, **how)
    try:
        for step in steps:
            last = step or last
            yield None
    finally:
        steps.close()
    if last is None:
        raise InputError(f"{method.label} made no step")
    return last


def other_scores(scan: Geometry, obj: np.ndarray) -> dict[str, float]:
    """Further metrics of an object: within the illuminated area, and after a complex factor.

    Needs the truth. The illuminated area is `metrics.illuminated` of the scan's probe.
    """
    from ptygui.methods.problem import forward_of

    if scan.truth is None:
        raise ValueError(f"{scan.name} has no truth to compare with")
    lit = metrics.illuminated(forward_of(scan).illumination().numpy())
    return {
        "nrmse_illuminated": metrics.nrmse(obj, scan.truth, region=lit),
        "ssim_illuminated": metrics.ssim(obj, scan.truth, region=lit),
        "nrmse_complex_factor": metrics.nrmse(obj, scan.truth, align="complex"),
    }


@contextmanager
def _enough_memory(scan: Geometry, method: Method) -> Iterator[None]:
    """Tell a lack of memory in one sentence, wherever torch or numpy meets it."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # torch has no other kind on CPUs
        said = str(error).lower()
        if not isinstance(error, MemoryError) and not any(mark in said for mark in _NO_MEMORY):
            raise
        raise InputError(
            f"{method.label} of {scan.name} needs more memory than there is: take a part of the scan "
            "(--frames ::2), smaller patterns (--crop, --bin), or another device"
        ) from error


def _check_finite(iterate: Iterate) -> None:
    # a sum is not finite if any term is not, and is much cheaper than isfinite().all()
    import torch

    if not bool(torch.isfinite(torch.view_as_real(iterate.obj).sum())):
        raise Diverged(
            f"the reconstruction diverged: step {iterate.index} holds values that are not finite. "
            "Try a larger α (rPIE), a smaller ζ (diffusion), a fixed probe, or another start"
        )


class _Due:
    """Which iterates become Steps without being asked for; the parameters as of `reconstruct`."""

    def __init__(self, total: int, interval: float, record: Container[int], evenly: int):
        self.total, self.interval, self.record = total, interval, record
        self.apart = -(-total // evenly) if evenly else 0  # iterates between evenly spaced Steps
        self.next = -np.inf  # by the clock [s]
        self.cost, self.made = np.inf, 0  # processor time of a Step [s], and their number

    def at(self, index: int, seconds: float) -> bool:
        """Whether an iterate becomes one, after so many seconds of the run."""
        return (
            time.perf_counter() >= self.next
            or index >= self.total
            or index in self.record
            or (self.apart > 0 and index % self.apart == 0 and self._affordable(seconds))
        )

    def note(self, cost: float) -> None:
        """A Step was made, in this processor time [s]."""
        self.made += 1
        self.cost = min(self.cost, cost)  # the first may include imports
        wait = min(self.cost / SHARE, max(LONGEST, self.cost / MOST_SHARE))
        pause = max(self.interval, wait) if self.interval else 0.0
        self.next = time.perf_counter() + pause

    def _affordable(self, seconds: float) -> bool:
        return self.cost * (self.made + 1) <= SPARED * seconds


class _Score:
    """Makes Steps: copies an iterate to the host and measures it."""

    def __init__(self, scan: Scan, problem: "Problem", method: Method):
        from ptygui.physics.forward import energy

        self.scan, self.problem, self.total = scan, problem, method.total_after(problem.resume)
        self.unlit = ~metrics.illuminated(scan.illumination)
        # the same array for all steps
        self.without_prior = _covered(np.zeros(scan.object_shape, np.float32), self.unlit)
        self.data_decide = method.without_prior
        self.scores, tested = scores_of(scan), predictable(scan)
        self.tested = tested[:: max(1, -(-len(tested) // TESTED))]
        self.floor = problem.floor
        self.measured = float(energy(problem.forward, problem.amplitudes, problem.mask))
        if not self.measured:
            raise InputError(f"{scan.name or 'the scan'}: all patterns are zero: is this the right scan?")

    def step(self, iterate: Iterate, seconds: float) -> Step:
        from ptygui.physics.forward import misfits

        began = time.thread_time()
        problem = self.problem
        forward = (iterate.forward or problem.forward).with_added(0.0)  # misfits are told without
        host = _Host()
        state = {key: host(value) for key, value in iterate.state.items()}
        image = host(iterate.obj)
        nrmse, ssim = (None, None) if self.scores is None else self.scores.of(image)
        left = host(misfits(forward, iterate.obj, problem.amplitudes, problem.mask))
        beam = _beam(self.scan, iterate.forward, host)
        step = Step(
            index=iterate.index,
            total=self.total,
            seconds=seconds,
            nfe=iterate.nfe,
            obj=image,
            **beam,
            misfit=float(left.sum(dtype=np.float64) / self.measured),
            misfits=None if problem.expected is None else _relative(left, problem.expected),
            moved=_moved(self.scan, beam.get("positions")),
            noise_floor=self.floor,
            nrmse=nrmse,
            ssim=ssim,
            x_t=host(iterate.x_t),
            level=iterate.level,
            t=iterate.t,
            prior_step=None if iterate.prior_step is None else float(iterate.prior_step),
            data_step=None if iterate.data_step is None else float(iterate.data_step),
            prior_share=self._share(iterate, host),
            discrepancy=None if iterate.discrepancy is None else float(iterate.discrepancy),
            samples=host(iterate.samples),
            state=state,
            resolved=iterate.resolved,
            note=_said(iterate),
        )
        tested = held_out(self.scan, step, None if step.done else self.tested)  # in the end all are told
        told = None if tested is None else tested.misfit
        return replace(step, held_out=told, scoring=time.thread_time() - began)

    def _share(self, iterate: Iterate, host: "_Host") -> np.ndarray | None:
        """The prior's share, NaN where nothing was lit; None if it is not known."""
        if iterate.prior_share is not None:
            return _covered(host(iterate.prior_share()), self.unlit)
        return self.without_prior if self.data_decide else None


def _said(iterate: Iterate) -> str:
    if iterate.part is None:
        return iterate.note
    done, of = iterate.part
    return f"{iterate.note}, {done} of {of} iterations"


def _covered(share: np.ndarray, unlit: np.ndarray) -> np.ndarray:
    share[unlit] = np.nan
    return share


def _relative(left: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The misfit of each pattern in units of what noise leaves; of a pattern without a count as it is."""
    return (left / np.where(expected > 0, expected, 1)).astype(np.float32)


def _moved(scan: Scan, positions: np.ndarray | None) -> float | None:
    """How far positions are from those of the scan, about their mean: root-mean-square [px]."""
    if positions is None:
        return None
    rms = float(np.sqrt(np.square(movement(scan, positions)).sum(1).mean()))
    return rms if rms > SAME else None


def _beam(scan: Scan, refined: "Forward | None", host: "_Host") -> dict[str, Any]:
    """What a Step says of the beam: the scan's, or where the run refined it, the refined one."""
    if refined is None:
        return {"probe": scan.probe, "weaker_modes": scan.weaker_modes}
    modes = host(refined.probe)
    found: dict[str, Any] = {"probe": modes if modes.ndim == 2 else modes[0]}
    found["weaker_modes"] = None if modes.ndim == 2 else modes[1:]
    if refined.shifts is not None:
        found["positions"] = host(refined.corners) + host(refined.shifts).astype(np.float64)
    if refined.weights is not None:
        found["weights"] = host(refined.weights).astype(np.float64)
    if refined.background is not None:
        found["background"] = np.fft.fftshift(host(refined.background))
    return found


class _Host:
    """Copies of one iterate on the host: tensors and generator states as numpy arrays, numbers unchanged.

    A tensor that is part of one copied before is part of its copy. The estimate and x_t are in the state, so
    a run holds twice as many steps in the same memory.
    """

    def __init__(self) -> None:
        self._copied: list[tuple[Any, np.ndarray]] = []

    def __call__(self, value: Any) -> Any:
        import torch

        if isinstance(value, torch.Generator):
            value = value.get_state()
        if not isinstance(value, torch.Tensor):
            return value
        even = value.is_contiguous()
        for whole, copy in self._copied if even else ():
            first = (value.data_ptr() - whole.data_ptr()) // value.itemsize
            alike = value.dtype == whole.dtype and value.device == whole.device
            if alike and 0 <= first <= whole.numel() - value.numel():
                return copy.reshape(-1)[first : first + value.numel()].reshape(value.shape)
        copy = value.detach().to("cpu", copy=True).numpy()
        if even:
            self._copied.append((value, copy))
        return copy
