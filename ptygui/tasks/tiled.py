"""Tiles of one object on workers, by dask.distributed: tiles stay there, what they say goes through here.

run = TiledRun(0, scan, DAPS(), tiles="2x2", carrier=on_workers(Workers(count=2)))
"""

import asyncio
from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import pick_device
from ptygui.experiment.tiled import Carrier
from ptygui.methods.base import Method
from ptygui.tasks.own_loop import OwnLoop
from ptygui.tasks.where import Workers
from ptygui.tasks.workers import PATIENCE, POLL, connected

if TYPE_CHECKING:
    from ptygui.methods.tiled.talk import Heard, Says, Shown
    from ptygui.methods.tiled.tile import Part


class TileOnWorker:
    """A tile where it is computed: an actor of dask, whose worker keeps it from one call to the next."""

    def __init__(self, part: "Part", method: Method, device: str, seed: int, record: Container[int]):
        from ptygui.methods.tiled.program import program_of

        self._program = program_of(part, method, pick_device(device), seed, record)

    def advance(self, heard: "Heard | None") -> "Says | None":
        """What the tile says next, after the answer to what it said last."""
        from ptygui.methods.tiled.talk import advanced

        return advanced(self._program, heard)


def on_workers(workers: Workers) -> Carrier:
    """Carry what tiles say to and from workers; each of these has about as many tiles as the others.

    A worker that dies takes its tiles with it, and the run fails.
    """

    def carried(
        parts: "Sequence[Part]", method: Method, device: str, seed: int, record: Container[int]
    ) -> "Iterator[list[Shown] | None]":
        from ptygui.methods.tiled.talk import conversation

        crew = _Crew()
        with OwnLoop() as loop, loop.entered(connected(workers)) as client:
            loop.run(crew.gathered(client, len(parts), workers))
            yield None
            loop.run(crew.begin(parts, (method, device, seed, record)))
            yield from conversation(len(parts), lambda heard: loop.run(crew.advance(heard)))

    return carried


class _Crew:
    """All tiles on the workers of a client."""

    def __init__(self) -> None:
        self.client: Any = None
        self.tiles: list[Any] = []
        self.addresses: list[str] = []

    async def gathered(self, client: Any, tiles: int, workers: Workers) -> None:
        """Wait for workers, and choose whose each tile is: neighbours in number share one."""
        self.client = client
        client.direct_to_workers = True  # not twice, by way of the scheduler
        try:  # jobs of a batch system come when they come
            wait = PATIENCE if workers.scheduler else None
            await client.wait_for_workers(min(max(workers.count, 1), tiles), timeout=wait)
            there = sorted((await client.scheduler.identity())["workers"])[:tiles]
        except TimeoutError:
            raise InputError(f"the scheduler at {workers.scheduler} has no workers: start some") from None
        except OSError as error:
            raise InputError(f"the connection to the scheduler is lost ({error}): {_REMEDY}") from None
        self.addresses = [there[k * len(there) // tiles] for k in range(tiles)]

    async def begin(self, parts: "Sequence[Part]", how: tuple[Any, ...]) -> None:
        """Place the tiles."""
        with self.client.as_current():  # actors ask for it
            made = [
                self.client.submit(TileOnWorker, part, *how, actor=True, workers=[address], pure=False)
                for part, address in zip(parts, self.addresses, strict=True)
            ]
            self.tiles = await self._all([asyncio.ensure_future(_awaited(one)) for one in made])

    async def advance(self, heard: "Sequence[Heard | None]") -> "list[Says | None]":
        """What each tile says next."""
        with self.client.as_current():
            asked = [_said(tile, one) for tile, one in zip(self.tiles, heard, strict=True)]
            return await self._all([asyncio.ensure_future(one) for one in asked])

    async def _all(self, waiting: "list[asyncio.Future[Any]]") -> list[Any]:
        """All results, or the first error; whoever waits is told of a worker that is lost."""
        pending: set[asyncio.Future[Any]] = set(waiting)
        try:
            while pending:
                over, pending = await asyncio.wait(pending, timeout=POLL, return_when=asyncio.FIRST_EXCEPTION)
                for one in over:
                    if (error := one.exception()) is not None:
                        await self._check()
                        raise error
                if pending:
                    await self._check()
        except (InputError, MemoryError):
            raise
        except OSError as error:  # of a connection; what a file does is told by the tile as an InputError
            raise InputError(f"a worker does not answer any more ({error}): {_REMEDY}") from None
        finally:
            for one in pending:
                one.cancel()
        return [one.result() for one in waiting]

    async def _check(self) -> None:
        """Refuse to wait for a worker that is not there any more."""
        try:
            known = set((await self.client.scheduler.identity())["workers"])
        except (OSError, RuntimeError):
            known = None
        if self.client.status != "running" or known is None:
            raise InputError(f"the connection to the scheduler is lost: {_REMEDY}")
        if gone := set(self.addresses) - known:
            raise InputError(f"worker {min(gone)} is lost, and its tiles with it: {_REMEDY}")


_REMEDY = "start again, with more workers if memory was short, or from the object so far by --start"


async def _awaited(one: Any) -> Any:
    return await one


async def _said(tile: Any, heard: "Heard | None") -> "Says | None":
    return await tile.advance(heard)
