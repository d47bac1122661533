"""A scheduler and workers that are started here: processes of this machine, or jobs of a batch system."""

import asyncio
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

from ptygui import priority
from ptygui.errors import InputError
from ptygui.tasks.batch import batch_cluster, kept_up
from ptygui.tasks.own_loop import OwnLoop
from ptygui.tasks.where import Workers

_THREADS = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
# dask has processes return freed memory at once: AWF would spend two thirds of its time on getting it back.
_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(2**27), "MALLOC_MMAP_THRESHOLD_": str(2**25)}  # bytes
_ENVIRONMENT = _THREADS | _MEMORY | {"OMP_WAIT_POLICY": "PASSIVE"}
_PATIENCE = 10.0  # for workers that are told to end [s]
# No network is between processes of one machine: who does not answer lacks a processor, and answers later.
_TIMEOUT = "300s"


class Started:
    """A cluster of dask for as long as it is entered, in a loop of its own: that of a window may be busy.

    Attributes
    ----------
    address : str
        Of its scheduler.
    """

    def __init__(self, workers: Workers, security: Any):
        self._workers, self._security = workers, security
        self._loop, self._stack = OwnLoop(), ExitStack()
        self._cluster: Any = None
        self._trouble: InputError | None = None

    @property
    def address(self) -> str:  # noqa: D102
        return str(self._cluster.scheduler_address)

    async def __aenter__(self) -> Self:
        import dask

        if not self._workers.profile:
            self._stack.enter_context(dask.config.set({"distributed.comm.timeouts.tcp": _TIMEOUT}))
        self._stack.enter_context(self._loop)
        try:
            self._cluster = await self._loop.awaited(self._begun())
        except BaseException:
            await asyncio.to_thread(self._stack.close)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._loop.awaited(self._closed())
        await asyncio.to_thread(self._stack.close)
        if isinstance(error, InputError) and self._trouble is not None:
            raise self._trouble from None  # the reason why a connection was lost

    async def _begun(self) -> Any:
        if not self._workers.profile:
            return await _of_processes(self._workers.count, self._security)
        cluster = await batch_cluster(self._workers, self._security, _ENVIRONMENT)
        self._keeper = asyncio.ensure_future(self._kept_up(cluster))
        return cluster

    async def _kept_up(self, cluster: Any) -> None:
        try:
            await kept_up(cluster, max(self._workers.count, 1))
        except InputError as error:
            self._trouble = error
            cluster.shutdown_scheduler = False  # when it is closed: it is over now, which tells whoever waits
            await cluster.scheduler.close()

    async def _closed(self) -> None:
        with suppress(TimeoutError):  # of workers that do not end
            await self._cluster.close(_PATIENCE)


async def _of_processes(count: int, security: Any) -> Any:
    """A cluster of processes of this machine, each with one thread and, where there are some, one GPU.

    Their priority is low: the window, and what else the machine is used for, come first.
    """
    import dask
    from distributed import Nanny, Scheduler, SpecCluster

    from ptygui.experiment.reconstruct import gpu_count

    gpus = await asyncio.to_thread(gpu_count)
    specs: dict[int, Any] = {}
    for k in range(count):
        own = _ENVIRONMENT | {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": _TIMEOUT}
        own |= {"CUDA_VISIBLE_DEVICES": str(k % gpus)} if gpus else {}
        options = {"nthreads": 1, "memory_limit": 0, "host": "127.0.0.1", "preload": [priority.__name__]}
        options |= {"env": own, "dashboard": False, "silence_logs": 50}
        specs[k] = {"cls": Nanny, "options": options}
    heard = {"host": "127.0.0.1", "port": 0, "dashboard_address": "127.0.0.1:0"}
    scheduler = {"cls": Scheduler, "options": heard}
    with dask.config.set({"distributed.nanny.pre-spawn-environ": _ENVIRONMENT}):
        cluster: Any = SpecCluster(specs, scheduler, asynchronous=True, silence_logs=50, security=security)
        try:
            return await cluster
        except BaseException:  # some workers may be there
            await cluster.close(_PATIENCE)
            raise
