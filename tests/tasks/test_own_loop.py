"""A loop in a thread of its own: it goes on by itself, and leaves nothing behind."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest

from ptygui.tasks.own_loop import OwnLoop


@pytest.fixture
def loop():
    with OwnLoop() as found:
        yield found
    assert "event loop" not in {thread.name for thread in threading.enumerate()}


async def begun(work):
    """Begin what goes on after the call."""
    return asyncio.ensure_future(work())


def test_it_goes_on_while_nobody_waits(loop):
    rung = threading.Event()

    async def later():
        rung.set()

    loop.run(begun(later))
    assert rung.wait(10)


def test_a_signal_cancels_what_is_waited_for(loop, monkeypatch):
    over = []

    async def forever():
        try:
            await asyncio.Event().wait()
        finally:
            over.append(True)

    put = loop._put

    def signalled(coroutine):
        future = put(coroutine)
        if coroutine.__name__ == "_named":
            monkeypatch.setattr(future, "result", stop)
        return future

    def stop():
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "_put", signalled)
    with pytest.raises(KeyboardInterrupt):
        loop.run(forever())
    assert over == [True]
    monkeypatch.undo()
    assert loop.run(asyncio.sleep(0, 3)) == 3


def test_another_loop_waits_and_may_give_up(loop):
    over = threading.Event()

    async def forever():
        try:
            await asyncio.Event().wait()
        finally:
            over.set()

    async def other():
        assert await loop.awaited(asyncio.sleep(0, 3)) == 3
        waiting = asyncio.ensure_future(loop.awaited(forever()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert over.is_set()

    asyncio.run(other())


def test_a_manager_may_say_the_error_in_other_words(loop):
    told = []

    @asynccontextmanager
    async def manager():
        try:
            yield 3
        except OSError:
            raise ValueError("lost") from None
        finally:
            told.append(True)

    with pytest.raises(ValueError, match="lost"), loop.entered(manager()):
        raise OSError
    with loop.entered(manager()) as value:
        assert value == 3
    with pytest.raises(KeyboardInterrupt), loop.entered(manager()):
        raise KeyboardInterrupt
    assert told == [True] * 3
