"""An event loop that is run piece by piece, for a plugin whose hooks are synchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from cpsl.event_loop import close, drive

T = TypeVar("T")


class Loop:
    """Runs coroutines one after the other; what they leave running goes on with the next.

    The loop never becomes the thread's current one: other tests find that as they left it.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns; raises what it raises, and ``KeyboardInterrupt`` at once."""
        return drive(self._loop, work, _only_ctrl_c_ends)

    def close(self) -> None:
        """Cancel what still runs, wait a second for it to end, and close the loop."""
        close(self._loop, _only_ctrl_c_ends, threads=True)


def _only_ctrl_c_ends(error: BaseException) -> None:
    # A SystemExit that some forgotten task raises asyncio logs with that task.
    if isinstance(error, KeyboardInterrupt):
        raise error
