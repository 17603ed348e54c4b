"""An event loop that is run piece by piece, for a plugin whose hooks are synchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_CLOSE_SECONDS = 1.0


class Loop:
    """Runs coroutines one after the other; what they leave running goes on with the next.

    The loop never becomes the thread's current one: other tests find that as they left it.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns; raises what it raises, and ``KeyboardInterrupt`` at once."""
        task = self._loop.create_task(work)
        while not task.done():
            try:
                self._loop.run_until_complete(task)
            except SystemExit:
                # One that some forgotten task raises stops the loop as well; asyncio logs it with that task.
                if task.done():
                    raise
            except RuntimeError:
                # An app that calls loop.stop() ends this run of the loop, and no more.
                if task.done() or self._loop.is_closed() or asyncio._get_running_loop():
                    raise
            except KeyboardInterrupt:
                task.cancel()
                raise
        return task.result()

    def close(self) -> None:
        """Cancel what still runs, wait a second for it to end, and close the loop."""
        try:
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            if left:
                self.run(_ended(left))
            self.run(self._loop.shutdown_asyncgens())
            self.run(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.wait(tasks, timeout=_CLOSE_SECONDS)
