"""The runtime on a thread and loop of its own, so that a handler that blocks never freezes the prompt."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, TypeVar

from cpsl_cli.chat.loop import run_to_end

T = TypeVar("T")


class Engine:
    """Runs coroutines on the runtime's thread, for the prompt's thread to await.

    ``blocked`` says that a handler has the thread and does not give it back.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._main, name="capsule-runtime", daemon=True)
        self._thread.start()
        self.blocked = False

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the coroutine there and return its result here."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def answers(self, seconds: float) -> bool:
        """Whether the thread does anything at all within that time; a handler may block it."""
        answer = asyncio.Event()
        loop = asyncio.get_running_loop()
        self.call(loop.call_soon_threadsafe, answer.set)
        try:
            await asyncio.wait_for(answer.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    def call(self, function: Any, *args: Any) -> None:
        """Call a plain function there, soon."""
        self._loop.call_soon_threadsafe(function, *args)

    def interrupt(self, error: type[BaseException], allowed: Callable[[FrameType | None], bool]) -> bool:
        """Raise that error in what the thread is doing, if ``allowed`` says so of the frame; returns whether it did.

        Code that waits outside Python gets it when it comes back. Call it when this thread has just given way, so that
        the other one cannot go on meanwhile.
        """
        import ctypes

        thread = self._thread.ident
        if thread is None or not allowed(sys._current_frames().get(thread)):
            return False
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))
        return True

    def give_up(self) -> None:
        """A handler blocks the thread: nobody is to wait for it any more."""
        self.blocked = True

    def close(self, seconds: float) -> bool:
        """End the thread; False when something still blocks it after that time."""
        self.call(self._end.set)
        self._thread.join(0 if self.blocked else seconds)
        return not self._thread.is_alive()

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        run_to_end(self._loop, self._wait())

    async def _wait(self) -> None:
        await self._end.wait()
