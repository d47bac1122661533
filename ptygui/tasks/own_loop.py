"""OwnLoop: an event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class OwnLoop:
    """An event loop that goes on while whoever started it does something else.

    dask's scheduler and clients must answer at all times: of a loop that stands still, or of a window's,
    connections are lost. It carries out one coroutine of `run` or `awaited` at a time.

    with OwnLoop() as loop:
        loop.run(coroutine)
    """

    _loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="event loop", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._put(self._wound_up()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine. A signal that comes meanwhile cancels it, and is raised then."""
        waited = self._put(self._named(coroutine))
        try:
            return waited.result()
        except BaseException:
            if not waited.done():
                self._put(self._cancelled()).result()
            raise

    async def awaited(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, for another loop to wait for."""
        waited = self._put(self._named(coroutine))
        try:
            return await asyncio.wrap_future(waited)
        except asyncio.CancelledError:
            await asyncio.wrap_future(self._put(self._cancelled()))
            raise

    @contextmanager
    def entered(self, manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """Enter an asynchronous context manager."""
        value = self.run(manager.__aenter__())
        try:
            yield value
        except Exception as error:
            if not self.run(manager.__aexit__(type(error), error, error.__traceback__)):
                raise
        except BaseException:  # a signal, or a generator that is closed: nothing for the manager to handle
            self.run(manager.__aexit__(None, None, None))
            raise
        else:
            self.run(manager.__aexit__(None, None, None))

    def _put(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _named(self, coroutine: Coroutine[Any, Any, T]) -> T:
        self._task = asyncio.current_task()
        return await coroutine

    async def _cancelled(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _wound_up(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()
