"""Who waits on a clock, and who is woken next. Loads asyncio, so a clock loads it with the first wait."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections.abc import Callable
from itertools import count

# So many passes of the loop and no more are granted: a coroutine that polls with ``asyncio.sleep(0)`` never rests.
_MOST_PASSES = 1_000
# On a loop that does not say what is ready to run.
_BLIND_PASSES = 100


class Timer:
    """Somebody who waits: ``wake`` is called on ``loop`` once the clock shows ``due``, in seconds since the epoch."""

    __slots__ = ("_order", "due", "loop", "wake")

    def __init__(self, due: float, order: int, loop: asyncio.AbstractEventLoop, wake: Callable[[], object]) -> None:
        self.due = due
        self.loop = loop
        self.wake = wake
        self._order = order

    def __lt__(self, other: Timer) -> bool:
        return (self.due, self._order) < (other.due, other._order)


class Timers:
    """The waits on one clock, in the order in which they are due; ties in the order in which they began."""

    def __init__(self) -> None:
        self._timers: list[Timer] = []
        self._orders = count()
        self._armed: dict[Timer, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._timers)

    def begin(self, due: float, wake: Callable[[], object]) -> Timer:
        """Call ``wake`` soon after the clock has come to ``due``, on the running loop."""
        timer = Timer(due, next(self._orders), asyncio.get_running_loop(), wake)
        insort(self._timers, timer)
        return timer

    def end(self, timer: Timer) -> None:
        """Wake it no more; fine for one that has been woken."""
        place = bisect_left(self._timers, timer)
        if place < len(self._timers) and self._timers[place] is timer:
            del self._timers[place]
        self._disarm(timer)

    def due(self, moment: float) -> Timer | None:
        """The first one that is due by then."""
        first = self._timers[0] if self._timers else None
        return first if first and first.due <= moment else None

    def wake(self, timer: Timer) -> None:
        """Let it go on, in the next pass of its loop."""
        self.end(timer)
        # A loop that was closed over its tasks has nobody left to go on.
        if not timer.loop.is_closed():
            timer.loop.call_soon(timer.wake)

    def wake_due(self, moment: float) -> None:
        """Let all go on that are due by then, in their order."""
        while timer := self.due(moment):
            self.wake(timer)

    def shift(self, seconds: float) -> None:
        """Let all be due so much later; earlier for less than zero."""
        for timer in self._timers:
            timer.due += seconds
        self._timers.sort()

    def arm(self, timer: Timer, seconds: float) -> None:
        """Wake it after so many real seconds, unless it is woken before."""
        if not timer.loop.is_closed():
            self._armed[timer] = timer.loop.call_later(seconds, self.wake, timer)

    def arm_all(self, now: float) -> None:
        """The clock runs from now on: wake each after the real seconds that are left."""
        for timer in self._timers:
            self.arm(timer, timer.due - now)

    def disarm_all(self) -> None:
        """The clock stands from now on: wait for its moves."""
        for timer in self._timers:
            self._disarm(timer)

    def _disarm(self, timer: Timer) -> None:
        handle = self._armed.pop(timer, None)
        if handle:
            handle.cancel()


async def run_ready() -> None:
    """Give way until all that runs on this loop waits for something: a clock, a message, a thread, the network.

    A coroutine that never waits is not waited for.
    """
    # asyncio says it nowhere else, and to look at each task would miss the callbacks between them.
    ready = getattr(asyncio.get_running_loop(), "_ready", None)
    for passes in range(_MOST_PASSES):
        await asyncio.sleep(0)
        if not ready and (ready is not None or passes >= _BLIND_PASSES):
            return
