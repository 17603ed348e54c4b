"""One time for everything: the time and the chance that an app takes itself follow the world's (UX G3, R8).

``datetime.now()``, ``time.time()`` and the like show what a virtual clock shows, in UTC; ``random`` and
``uuid.uuid4()`` are seeded anew in each turn, so that the same turn does the same whatever came before it. All are the
process's own: two frozen worlds at once share the last one's. asyncio's timers and ``time.monotonic`` run on, and
what is meant to be secret (``os.urandom``, ``secrets``) stays so.
"""

from __future__ import annotations

import os
import random
import sys
import time
import uuid
from datetime import timedelta
from types import ModuleType, TracebackType
from typing import Any, ClassVar

from cpsl.clock import VirtualClock
from cpsl.model.events import Event, UserMessage
from cpsl.model.identity import SessionKey

_TURN_BITS = 32
# In this form it needs no database of time zones.
_UTC = "UTC0"


class AppTime:
    """The time as the app's own calls read it: the machine's until :meth:`move_to`, then that moment.

    From then on local time is UTC, so that what an app says of the hour does not depend on where it is replayed.
    Of several that stand still the one that began last is read.
    """

    _standing: ClassVar[list[AppTime]] = []

    def __init__(self) -> None:
        self._seconds = 0.0

    def move_to(self, seconds: float | None) -> None:
        """Let time stand still there, in seconds since the epoch; None lets it be the machine's again."""
        if seconds is None:
            self.release()
            return
        self._seconds = seconds
        if self not in self._standing:
            self._standing.append(self)
        if self._standing[-1] is self:
            _machine.hold(seconds)

    def release(self) -> None:
        """The machine's time again, or what another one shows that still stands."""
        if self not in self._standing:
            return
        self._standing.remove(self)
        if self._standing:
            _machine.hold(self._standing[-1]._seconds)
        else:
            _machine.let_go()


class _Machine:
    """The process's one time and time zone."""

    def __init__(self) -> None:
        self._traveller: Any = None
        self._coordinates: Any = None
        self._zone: str | None = None

    def hold(self, seconds: float) -> None:
        # As a float it might be cut to the microsecond below the one that was meant; a datetime brings its zone along.
        whole, microseconds = divmod(round(seconds * 1_000_000), 1_000_000)
        if self._coordinates is None:
            self._traveller = _time_machine().travel(whole, tick=False)
            self._coordinates = self._traveller.start()
            self._zone = os.environ.get("TZ")
            _set_zone(_UTC)
        else:
            self._coordinates.move_to(whole)
        self._coordinates.shift(timedelta(microseconds=microseconds))

    def let_go(self) -> None:
        self._traveller.stop()
        self._traveller = self._coordinates = None
        _set_zone(self._zone)


_machine = _Machine()


class Chance:
    """A sink that seeds ``random`` and ``uuid4`` at the beginning of each turn: by the world's seed and its number.

    In the module ``uuid`` it takes the place of ``os``, where ``uuid4`` looks for ``urandom``, so that a name an app
    has imported before draws from here as well.
    """

    _begun: ClassVar[list[Chance]] = []

    def __init__(self, seed: int) -> None:
        self._seed = seed << _TURN_BITS
        self._turn = 0
        self._drawn = -1
        self._ids = random.Random()
        self._state: Any = None
        self._source: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def begin(self) -> None:
        """Seed what comes before the first turn."""
        self._state, self._source = random.getstate(), vars(uuid)["os"]
        self._begun.append(self)
        vars(uuid)["os"] = self
        self.seed_boot()

    def seed_boot(self) -> None:
        """Seed anew between loading and booting: what loading draws depends on which libraries were loaded before."""
        random.seed(self._seed)

    def end(self) -> None:
        """What was before :meth:`begin`, for whoever began since then if somebody did."""
        place = self._begun.index(self)
        del self._begun[place]
        if place < len(self._begun):
            later = self._begun[place]
            later._state, later._source = self._state, self._source
        else:
            vars(uuid)["os"] = self._source
            random.setstate(self._state)

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Seed anew for the turn that the event begins."""
        if isinstance(event, UserMessage):
            self._turn = event.turn
            random.seed(self._seed + event.turn)

    def urandom(self, size: int) -> bytes:
        """So many bytes of this turn."""
        if self._drawn != self._turn:
            self._ids.seed(self._seed + self._turn)
            self._drawn = self._turn
        return self._ids.randbytes(size)


class Frozen:
    """A context in which the app's own time follows ``clock``, and ``chance`` its ``random``."""

    def __init__(self, clock: VirtualClock, chance: Chance) -> None:
        self._clock = clock
        self._chance = chance
        self._time = AppTime()
        self._open = False
        self._own_state: Any = None
        clock.follow(self._moved)

    def __enter__(self) -> Frozen:
        self._open = True
        self._chance.begin()
        self._time.move_to(self._clock.now())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        self._time.release()
        self._chance.end()

    def pause(self) -> None:
        """Give the process its own time and chance back for a while; the last of several worlds first."""
        self._own_state = random.getstate()
        self.__exit__(None, None, None)

    def resume(self) -> None:
        """Go on at the clock's time and where ``random`` was; the first of several worlds first."""
        self.__enter__()
        random.setstate(self._own_state)

    def _moved(self, seconds: float | None) -> None:
        if self._open:
            self._time.move_to(seconds)


def _set_zone(name: str | None) -> None:
    """Make it the process's local time zone, as far as the system knows such a thing; None is the machine's."""
    if name is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = name
    if sys.platform != "win32":
        time.tzset()


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
