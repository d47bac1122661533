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
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ptygui.errors import InputError
from ptygui.tasks.carrying import carried_out
from ptygui.tasks.cluster import Started
from ptygui.tasks.folder import TaskFolder
from ptygui.tasks.row import Row
from ptygui.tasks.task import Task
from ptygui.tasks.where import Underway, Workers, dask_missing

POLL = 0.5  # between looks at what is running [s]
PATIENCE = 15.0  # for the answer of a scheduler [s]


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

    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is lost is told in our words
    security = None
    if workers.tls_ca:
        files = {"tls_ca_file": workers.tls_ca, "tls_client_cert": workers.tls_cert}
        files["tls_client_key"] = workers.tls_key
        if gone := [path for path in files.values() if not Path(path).is_file()]:
            raise InputError(f"{gone[0] or 'one'} is no file: TLS needs --tls-ca, --tls-cert and --tls-key")
        security = Security(require_encryption=True, **files)
    started = None if workers.scheduler else Started(workers, security)
    async with started or nullcontext():
        address = workers.scheduler if started is None else started.address
        try:
            client = await Client(
                address, asynchronous=True, security=security, set_as_default=False, timeout=PATIENCE
            )
        except (OSError, ValueError, TypeError) as error:  # also of an address that is none
            said = " ".join(str(error).split()) or type(error).__name__
            where = workers.scheduler or "this machine"
            raise InputError(f"no scheduler answers at {where} ({said})") from None
        try:
            yield client
        finally:
            await client.close(5)


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
    alike: dict[str, list[Task]] = {}  # such as of two files with the same object: carried out once
    for task in tasks:
        alike.setdefault(f"ptygui-{task.key}-{run}", []).append(task)
    futures = []
    for k, (name, (task, *_)) in enumerate(alike.items()):
        record, path = json.dumps(task.record()), str(folder.path)
        futures.append(client.submit(work, record, path, keep, key=name, pure=False, priority=-k))
        await asyncio.sleep(0)  # a window has its turn
    waiting = {asyncio.ensure_future(_row(future)): alike[future.key] for future in futures}
    try:
        while waiting:
            over, _ = await asyncio.wait(waiting, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
            for one in over:
                ended, found = waiting.pop(one), one.result()
                if found is None or client.status != "running":
                    raise lost
                row = found if isinstance(found, Row) else Row.failed(ended[0].key, ended[0].record(), found)
                if row is not found:
                    folder.put(row)
                for task in ended:
                    yield Finished(task, row)
            if not over:
                if client.status != "running":
                    raise lost
                yield await _underway(client, {name: task.key for name, (task, *_) in alike.items()})
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


async def _underway(client: Any, keys_of: Mapping[str, str]) -> Underway:
    try:
        processing = await client.processing()
    except (OSError, RuntimeError):  # the connection has just gone: the next look tells
        return Underway({})
    ours = {address: [name for name in names if name in keys_of] for address, names in processing.items()}
    return Underway({address: tuple(keys_of[name] for name in names) for address, names in ours.items()})
