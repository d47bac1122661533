"""Where tasks run, if not here: on local workers, a scheduler, or a batch system, by dask.distributed.

async with connected(Workers(count=2)) as client:
    async for finished in carried_out_on(client, tasks, folder):
        print(finished.task.key, finished.row.scores)

A task travels as the text of its record, its row as text; both go through the folder, which all workers see.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ptygui.errors import InputError
from ptygui.tasks.carrying import carried_out
from ptygui.tasks.folder import TaskFolder
from ptygui.tasks.row import Row
from ptygui.tasks.task import Task
from ptygui.tasks.toml import read_toml
from ptygui.tasks.where import Underway, Workers, dask_missing

POLL = 0.5  # between looks at what is running [s]
PATIENCE = 15.0  # for the answer of a scheduler [s]
_THREADS = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
# dask lets a process return memory at once, and AWF would spend half of its time on getting it back
_ENVIRONMENT = _THREADS | {"OMP_WAIT_POLICY": "PASSIVE", "MALLOC_TRIM_THRESHOLD_": str(2**27)}
_JOBS = {"slurm": "SLURMCluster", "pbs": "PBSCluster"}
# keys of a profile, and what dask-jobqueue calls them
_PROFILE = {
    "queue": "queue",
    "account": "account",
    "memory": "memory",
    "walltime": "walltime",
    "interface": "interface",
    "directives": "job_extra_directives",
    "prologue": "job_script_prologue",
}


@dataclass(frozen=True)
class Finished:
    """A task that is over."""

    task: Task
    row: Row


@asynccontextmanager
async def connected(workers: Workers) -> AsyncIterator[Any]:
    """A client of these workers, in the running event loop.

    Raises
    ------
    InputError
        If dask is missing, a file is not what it should be, or nothing answers.
    """
    if missing := await asyncio.to_thread(dask_missing):  # imports take their time
        raise InputError(missing)
    from distributed import Client
    from distributed.security import Security

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is lost is told in our words
    security = None
    if workers.tls_ca:
        files = {"tls_ca_file": workers.tls_ca, "tls_client_cert": workers.tls_cert}
        files["tls_client_key"] = workers.tls_key
        if gone := [path for path in files.values() if not Path(path).is_file()]:
            raise InputError(f"{gone[0] or 'one'} is no file: TLS needs --tls-ca, --tls-cert and --tls-key")
        security = Security(require_encryption=True, **files)
    cluster = None if workers.scheduler else await _cluster(workers, security)
    try:
        client = await Client(
            workers.scheduler or cluster, asynchronous=True, security=security, set_as_default=False,
            timeout=PATIENCE,
        )  # fmt: skip
    except (OSError, ValueError, TypeError) as error:  # also of an address that is none
        if cluster is not None:
            await cluster.close()
        said = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"no scheduler answers at {workers.scheduler or 'this machine'} ({said})") from None
    try:
        yield client
    finally:
        await client.close(5)
        if cluster is not None:
            await cluster.close(10)


async def dashboard_of(client: Any) -> str:
    """The address of dask's dashboard; empty where bokeh, which draws it, is not installed."""
    if find_spec("bokeh") is None:
        return ""
    identity = await client.scheduler.identity()
    return str(client.dashboard_link) if "dashboard" in identity.get("services", {}) else ""


async def carried_out_on(
    client: Any, tasks: Iterable[Task], folder: TaskFolder, keep: bool = False
) -> AsyncGenerator[Finished | Underway, None]:
    """Carry out tasks on the workers of a client, in any order; every `POLL` tell which are underway.

    A task whose worker dies goes to another one; after three deaths its row says so. Closing it cancels the
    rest.

    Raises
    ------
    InputError
        If the scheduler is lost: finished rows are in the folder, and the same call goes on from them.
    """
    tasks = list(tasks)
    await asyncio.to_thread(folder.store, tasks)
    lost = InputError(
        f"the connection to the scheduler is lost: finished rows are in {folder.path}, and the same command "
        "goes on from them"
    )
    run = os.urandom(4).hex()  # a task that failed is carried out again, in another sweep as well
    names = {f"ptygui-{task.key}-{run}": task for task in tasks}
    futures = []
    for k, (name, task) in enumerate(names.items()):
        record, path = json.dumps(task.record()), str(folder.path)
        futures.append(client.submit(work, record, path, keep, key=name, pure=False, priority=-k))
        await asyncio.sleep(0)  # a window has its turn
    waiting = {asyncio.ensure_future(_row(future)): names[future.key] for future in futures}
    try:
        while waiting:
            over, _ = await asyncio.wait(waiting, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
            for one in over:
                task, found = waiting.pop(one), one.result()
                if found is None or client.status != "running":
                    raise lost
                row = found if isinstance(found, Row) else Row.failed(task.key, task.record(), found)
                if row is not found:
                    folder.put(row)
                yield Finished(task, row)
            if not over:
                if client.status != "running":
                    raise lost
                yield await _underway(client, names)
    finally:
        for one in waiting:
            one.cancel()
        if waiting and client.status == "running":
            await client.cancel(futures, force=True)


def work(record: str, folder: str, keep: bool) -> str:
    """What a worker does: the row of a task, as text."""
    return carried_out(Task.read(json.loads(record)), TaskFolder(folder), keep).text()


async def _row(future: Any) -> Row | Exception | None:
    """The row of a task; the error of dask if it has none, None if it was lost or cancelled."""
    try:
        return Row.read(await future)
    except asyncio.CancelledError:
        if future.cancelled():  # by a lost scheduler, not by who waits here
            return None
        raise
    except Exception as error:  # of a worker that died each time, for one
        return None if future.status in ("lost", "cancelled") else error


async def _underway(client: Any, names: Mapping[str, Task]) -> Underway:
    try:
        processing = await client.processing()
    except (OSError, RuntimeError):  # the connection has just gone: the next look tells
        return Underway({})
    ours = {address: [key for key in keys if key in names] for address, keys in processing.items()}
    return Underway({address: tuple(names[key].key for key in keys) for address, keys in ours.items()})


async def _cluster(workers: Workers, security: Any) -> Any:
    if workers.profile:
        return await _batch(workers, security)
    import dask
    from distributed import Nanny, Scheduler, SpecCluster

    from ptygui.experiment.reconstruct import gpu_count

    gpus = await asyncio.to_thread(gpu_count)
    specs: dict[int, Any] = {}
    for k in range(workers.count):
        own = {"CUDA_VISIBLE_DEVICES": str(k % gpus)} if gpus else {}
        options = {"nthreads": 1, "memory_limit": 0, "env": _ENVIRONMENT | own, "host": "127.0.0.1"}
        options |= {"dashboard": False, "silence_logs": 50}
        specs[k] = {"cls": Nanny, "options": options}
    heard = {"host": "127.0.0.1", "port": 0, "dashboard_address": "127.0.0.1:0"}
    scheduler = {"cls": Scheduler, "options": heard}
    with dask.config.set({"distributed.nanny.pre-spawn-environ": _ENVIRONMENT}):
        return await SpecCluster(specs, scheduler, asynchronous=True, silence_logs=50, security=security)


async def _batch(workers: Workers, security: Any) -> Any:
    """Workers as jobs of a batch system."""
    profile = read_profile(workers.profile)
    try:
        import dask_jobqueue
    except ImportError:
        raise InputError("batch systems need dask-jobqueue: `pip install ptygui[cluster]`") from None
    options = {_PROFILE[name]: value for name, value in profile.items() if name in _PROFILE}
    exports = [f"export {name}={value}" for name, value in _ENVIRONMENT.items()]
    options["job_script_prologue"] = [*options.get("job_script_prologue", ()), *exports]
    options.setdefault("memory", "4GB")
    secure = {} if security is None else {"security": security, "protocol": "tls://"}
    kind = getattr(dask_jobqueue, _JOBS[profile["kind"]])
    fixed = {"python": sys.executable, "scheduler_options": {"dashboard_address": ":0"}}
    cluster = await kind(cores=1, processes=1, asynchronous=True, **fixed, **options, **secure)
    cluster.scale(jobs=max(workers.count, 1))
    return cluster


def read_profile(path: str) -> dict[str, Any]:
    """The profile of a batch system.

    Raises
    ------
    InputError
        If the file is none.
    """
    profile = read_toml(path)
    if profile.get("kind") not in _JOBS:
        raise InputError(f"profile {path}: kind is {profile.get('kind')!r}, expected {' or '.join(_JOBS)}")
    for name, value in profile.items():
        texts = value if name in ("directives", "prologue") else [value]
        good = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        if (name not in _PROFILE and name != "kind") or not good:
            known = ", ".join(("kind", *_PROFILE))
            raise InputError(f"profile {path}: {name} = {value!r} is not understood; known are {known}")
    return profile
