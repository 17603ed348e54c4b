"""One time for everything: the time and the chance that an app takes itself follow the world's (UX G3, R8).

``datetime.now()``, ``time.time()`` and the like show what a virtual clock shows, and ``random`` is seeded
anew in each turn, so that the same turn does the same whatever came before it. Both are the process's own:
two frozen worlds at once share the last one's. asyncio's timers and ``time.monotonic`` run on.
"""

from __future__ import annotations

import random
import sys
from types import ModuleType, TracebackType
from typing import Any

from cpsl.clock import VirtualClock
from cpsl.model.events import Event, UserMessage
from cpsl.model.identity import SessionKey

_TURN_BITS = 32


class AppTime:
    """The time as the app's own calls read it: the machine's until :meth:`move_to`, then that moment."""

    def __init__(self) -> None:
        self._traveller: Any = None
        self._coordinates: Any = None

    def move_to(self, seconds: float | None) -> None:
        """Let time stand still there, in seconds since the epoch; None lets it be the machine's again."""
        if seconds is None:
            self.release()
        elif self._coordinates is None:
            self._traveller = _time_machine().travel(seconds, tick=False)
            self._coordinates = self._traveller.start()
        else:
            self._coordinates.move_to(seconds)

    def release(self) -> None:
        """The machine's time again."""
        if self._traveller:
            self._traveller.stop()
        self._traveller = self._coordinates = None


class Chance:
    """A sink that seeds ``random`` at the beginning of each turn, by the world's seed and the turn's number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed << _TURN_BITS

    def begin(self) -> None:
        """Seed what comes before the first turn."""
        random.seed(self._seed)

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Seed anew for the turn that the event begins."""
        if isinstance(event, UserMessage):
            random.seed(self._seed + event.turn)


class Frozen:
    """A context in which the app's own time follows ``clock``, and ``chance`` its ``random``."""

    def __init__(self, clock: VirtualClock, chance: Chance) -> None:
        self._clock = clock
        self._chance = chance
        self._time = AppTime()
        self._state: Any = None
        self._own_state: Any = None
        clock.follow(self._moved)

    def __enter__(self) -> Frozen:
        self._state = random.getstate()
        self._chance.begin()
        self._time.move_to(self._clock.now())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._time.release()
        random.setstate(self._state)
        self._state = None

    def pause(self) -> None:
        """Give the process its own time and chance back for a while; the last of several worlds first."""
        self._own_state = random.getstate()
        self.__exit__(None, None, None)

    def resume(self) -> None:
        """Go on at the clock's time and where ``random`` was; the first of several worlds first."""
        self.__enter__()
        random.setstate(self._own_state)

    def _moved(self, seconds: float | None) -> None:
        if self._state is not None:
            self._time.move_to(seconds)


def _time_machine() -> ModuleType:
    """The library; where pytest is not running, without loading it for a plugin nobody asked for (90 ms)."""
    absent = "pytest" not in sys.modules
    if absent:
        sys.modules["pytest"] = None  # type: ignore[assignment]
    try:
        import time_machine  # noqa: PLC0415 - costs 50 ms, and few runs freeze anything
    finally:
        if absent:
            del sys.modules["pytest"]
    return time_machine
