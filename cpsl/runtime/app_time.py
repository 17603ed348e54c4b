"""One time for everything: the time and the chance that an app takes itself follow the world's.

``datetime.now()``, ``time.time()`` and the like show what a virtual clock shows, in UTC; ``random``, ``uuid.uuid4()``
and ``uuid.uuid1()`` are seeded anew in each turn, so that the same turn does the same whatever came before it. All are
the process's own: two frozen worlds at once share the last one's. asyncio's timers and ``time.monotonic`` run on, and
what is meant to be secret (``os.urandom``, ``secrets``) stays so.
"""

from __future__ import annotations

import datetime
import os
import random
import sys
import time
import uuid
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType, ModuleType, TracebackType
from typing import Any, ClassVar, NamedTuple

from cpsl.clock import VirtualClock
from cpsl.errors import TimeHeldError
from cpsl.model.events import Event, UserMessage
from cpsl.model.identity import SessionKey

_TURN_BITS = 32
# In this form it needs no database of time zones.
_UTC = "UTC0"
# A node that is no machine's address: its first octet says that it belongs to a group (RFC 9562, 6.10).
_NODE = 0x0100_0000_0000


class AppTime:
    """The time as the app's own calls read it: the machine's until :meth:`move_to`, then that moment.

    From then on local time is UTC, so that what an app says of the hour does not depend on where it is replayed.
    Of several that stand still the one that began last is read.
    """

    _standing: ClassVar[list[AppTime]] = []

    def __init__(self) -> None:
        self._seconds = 0.0

    def move_to(self, seconds: float | None) -> None:
        """Let time stand still there, in seconds since the epoch; None lets it be the machine's again.

        Raises ``TimeHeldError`` where another library holds the time, ``ValueError`` or ``OverflowError`` for a
        moment that is no date. Then nothing has changed.
        """
        if seconds is None:
            self.release()
            return
        begins = self not in self._standing
        if begins or self._standing[-1] is self:
            # A hold that fails leaves everything as it was.
            _machine.hold(seconds)
        self._seconds = seconds
        if begins:
            self._standing.append(self)

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
        self._own = _Clocks.read()

    def hold(self, seconds: float) -> None:
        # As a float it might be cut to the microsecond below the one that was meant; a datetime brings its zone along.
        whole, microseconds = divmod(round(seconds * 1_000_000), 1_000_000)
        # What no date can show would be held all the same, and every look at the time would raise.
        datetime.datetime.fromtimestamp(whole, datetime.timezone.utc)
        if self._coordinates is not None:
            self._coordinates.move_to(whole)
            self._coordinates.shift(timedelta(microseconds=microseconds))
            return
        _refuse_other_holders()
        self._own = _Clocks.read()
        self._traveller = _time_machine().travel(whole, tick=False)
        self._coordinates = self._traveller.start()
        self._zone = os.environ.get("TZ")
        try:
            self._coordinates.shift(timedelta(microseconds=microseconds))
            _set_zone(_UTC)
            vars(time).update(ctime=_ctime, asctime=_asctime)
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        traveller, ours = self._traveller, self._coordinates
        self._traveller = self._coordinates = None
        # What somebody has put in place of the clocks since then (freezegun) would be taken for functions of C.
        present = _Clocks.read()
        self._own.put_back()
        try:
            stack = _travellers()
            if len(stack) > 1 and ours in stack:
                # Somebody has begun to travel since then; stop() would end the last journey, which is theirs.
                stack.remove(ours)
                for other in stack:
                    if getattr(other, "_orig_tz", None) == _UTC:
                        other._orig_tz = self._zone
            else:
                traveller.stop()
        finally:
            present.put_back(all_but={"ctime": _ctime, "asctime": _asctime})
            if os.environ.get("TZ") == _UTC:
                _set_zone(self._zone)


class _Clocks(NamedTuple):
    """What the modules ``time`` and ``datetime`` hold under the names that tell the time."""

    functions: dict[str, Any]
    classes: dict[str, Any]

    @classmethod
    def read(cls) -> _Clocks:
        functions = {name: value for name, value in vars(time).items() if callable(value)}
        return cls(functions, {name: vars(datetime)[name] for name in ("datetime", "date")})

    def put_back(self, all_but: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Make them so again, but for those that hold just these values."""
        vars(time).update({name: it for name, it in self.functions.items() if all_but.get(name) is not it})
        vars(datetime).update(self.classes)


def _ctime(seconds: float | None = None, /) -> str:
    """As ``time.ctime``, which asks nobody whether time stands still."""
    return _machine_ctime(time.time() if seconds is None else seconds)


def _asctime(moment: Any = None, /) -> str:
    """As ``time.asctime``."""
    return _machine_asctime(time.localtime() if moment is None else moment)


_machine_ctime, _machine_asctime = time.ctime, time.asctime


def _refuse_other_holders() -> None:
    """Raises ``TimeHeldError`` with the library's name where one holds the time."""
    holder = None
    # The first name of freezegun's classes is all there is to see of it, and to begin beside it ends the process.
    if datetime.datetime.__name__ == "FakeDatetime":
        holder = "freezegun"
    elif _travellers():
        holder = "time-machine"
    if holder:
        raise TimeHeldError(
            f"{holder} holds the time, and so this test's clock cannot: leave its block before the app boots or goes "
            'on, or set the time with the clock itself: capsule.clock.set("2030-01-01"), simulator(…, clock=…).'
        )


def _travellers() -> list[Any]:
    """The journeys of time-machine that have begun, oldest first."""
    module = sys.modules.get("time_machine")
    names = ("traveller_stack", "coordinates_stack")  # before version 3
    found: list[Any] = next((vars(module)[name] for name in names if module and name in vars(module)), [])
    return found


_machine = _Machine()


class SeededRandom:
    """A sink that seeds ``random`` and ``uuid4`` at the beginning of each turn: by the world's seed and its number.

    In the module ``uuid`` it takes the place of ``os``, where ``uuid4`` looks for ``urandom``, so that a name an app
    has imported before draws from here as well.
    """

    _begun: ClassVar[list[SeededRandom]] = []

    def __init__(self, seed: int) -> None:
        self._seed = seed << _TURN_BITS
        self._turn = 0
        self._drawn = -1
        self._taken = 0
        self._ids = random.Random()
        self._state: Any = None
        self._source: Any = None
        self._node: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def begin(self) -> None:
        """Seed what comes before the first turn."""
        ids = vars(uuid)
        self._state, self._source, self._node = random.getstate(), ids["os"], ids.get("_node")
        self._begun.append(self)
        ids.update(os=self, _node=_NODE)
        self.seed_boot()

    def seed_boot(self) -> None:
        """Seed anew between loading and booting: what loading draws depends on which libraries were loaded before."""
        random.seed(self._seed)

    def draw_other_ids(self, taken: int) -> None:
        """Draw other ids than whoever took the seed before, ``taken`` times; what ``random`` gives stays the same."""
        self._taken, self._drawn = taken, -1

    def end(self) -> None:
        """What was before :meth:`begin`, for whoever began since then if somebody did."""
        place = self._begun.index(self)
        del self._begun[place]
        if place < len(self._begun):
            later = self._begun[place]
            later._state, later._source, later._node = self._state, self._source, self._node
        else:
            vars(uuid).update(os=self._source, _node=self._node)
            random.setstate(self._state)

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Seed anew for the turn that the event begins."""
        if isinstance(event, UserMessage):
            self._turn = event.turn
            random.seed(self._seed + event.turn)

    def urandom(self, size: int) -> bytes:
        """So many bytes of this turn."""
        if self._drawn != self._turn:
            seed = self._seed + self._turn
            self._ids.seed(f"{seed} {self._taken}" if self._taken else seed)
            self._drawn = self._turn
        return self._ids.randbytes(size)


class FrozenWorld:
    """A context in which the app's own time follows ``clock``, and ``chance`` its ``random``."""

    def __init__(self, clock: VirtualClock, chance: SeededRandom) -> None:
        self._clock = clock
        self._chance = chance
        self._time = AppTime()
        self._open = False
        self._own_state: Any = None
        clock.follow(self._moved)

    def __enter__(self) -> FrozenWorld:
        """Raises ``TimeHeldError`` where another library holds the time; then nothing has changed."""
        self._time.move_to(self._clock.now())
        self._chance.begin()
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Left twice, it is left once."""
        if not self._open:
            return
        self._open = False
        try:
            self._time.release()
        finally:
            self._chance.end()

    def pause(self) -> None:
        """Give the process its own time and chance back for a while; the last of several worlds first."""
        self._own_state = random.getstate()
        self.__exit__(None, None, None)

    def resume(self) -> None:
        """Go on at the clock's time and where ``random`` was; the first of several worlds first. Raises as entering."""
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
