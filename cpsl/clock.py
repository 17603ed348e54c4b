"""Time as a port: everything in ``cpsl`` that needs the time asks a :class:`Clock`.

Times are seconds since the epoch (UTC, float), as in ``Message.timestamp``; texts are ISO 8601 with
milliseconds and ``Z``, as in the store and the transcripts (transcripts.md).
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Protocol

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhms])")
_DURATION = re.compile(r"\+?\s*(?:\d+(?:\.\d+)?\s*[wdhms]\s*)+")


class Clock(Protocol):
    """Where the runtime reads the time."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def begin_turn(self) -> None:
        """A turn begins: a clock that stands still within turns moves on."""
        ...

    def ticks(self) -> float:
        """Seconds since some moment, for durations: they never go back while a clock runs."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def begin_turn(self) -> None:
        """It moves by itself."""

    def ticks(self) -> float:
        return time.perf_counter()


class VirtualClock:
    """A clock that stands still until it is moved.

    :param start: seconds, a datetime (naive means UTC), or ISO 8601 text; None starts at the real now.
    """

    def __init__(self, start: float | datetime | str | None = None) -> None:
        self._now = machine_time() if start is None else as_seconds(start)
        self._followers: list[Callable[[float | None], object]] = []

    def now(self) -> float:
        return self._now

    def begin_turn(self) -> None:
        """It stands still."""

    def ticks(self) -> float:
        return self._now

    def set(self, moment: float | datetime | str) -> None:
        """Set the clock. Raises ``ValueError`` for text that is no ISO 8601 time, and as moving it does."""
        self._move(as_seconds(moment))

    def advance(self, delta: timedelta | float | str) -> None:
        """Move forward by a timedelta, by seconds, or by text such as ``35m`` or ``1d12h``.

        Raises ``ValueError`` for a negative step and for other text.
        """
        seconds = as_duration(delta)
        if seconds < 0:
            raise ValueError("A clock only moves forward; set() it to go back.")
        self._move(self.now() + seconds)

    def follow(self, follower: Callable[[float | None], object]) -> None:
        """Call ``follower`` with the new time, in seconds, at each later move; with None when it runs by itself."""
        self._followers.append(follower)

    def unfollow(self, follower: Callable[[float | None], object]) -> None:
        """Call it no more."""
        self._followers.remove(follower)

    def _move(self, seconds: float) -> None:
        """Raises ``ValueError`` or ``OverflowError`` for a moment that no date can show; the clock then stays."""
        datetime.fromtimestamp(seconds, timezone.utc)
        self._now = seconds
        for follower in list(self._followers):
            follower(seconds)


class AdjustableClock(VirtualClock):
    """The machine's clock until it is set; then it stands still until it is moved or released.

    :param by_turn: also unset it stands still within each turn, at the millisecond in which the turn began; and
        it is set to whole milliseconds, which is what a transcript can tell a replay.
    """

    def __init__(self, *, by_turn: bool = False) -> None:
        super().__init__()
        self._by_turn = by_turn
        self._stands = False
        self.is_set = False

    def now(self) -> float:
        # While it runs, the app's own time does too.
        return self._now if self._stands else time.time()

    def ticks(self) -> float:
        return time.perf_counter()

    def begin_turn(self) -> None:
        if self._by_turn and not self.is_set:
            self._move(machine_time())

    def set(self, moment: float | datetime | str) -> None:
        """Set the clock. Raises ``ValueError`` for text that is no ISO 8601 time."""
        super().set(moment)
        self.is_set = True

    def advance(self, delta: timedelta | float | str) -> None:
        """Set the clock to that much later than it shows; raises as the base class."""
        super().advance(delta)
        self.is_set = True

    def release(self) -> None:
        """Show the machine's time again, from the next turn on."""
        self.is_set = self._stands = False
        for follower in list(self._followers):
            follower(None)

    def _move(self, seconds: float) -> None:
        super()._move(round(seconds, 3) if self._by_turn else seconds)
        self._stands = True


def as_seconds(moment: float | datetime | str) -> float:
    """Seconds since the epoch for any of the forms a person writes. Raises ``ValueError`` for bad text."""
    if isinstance(moment, str):
        return parse_iso(moment)
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        return aware.timestamp()
    return float(moment)


def as_duration(delta: timedelta | float | str) -> float:
    """Seconds for a timedelta, a number of seconds, or text such as ``90s``, ``35m`` or ``1d12h``.

    Raises ``ValueError`` for other text.
    """
    if isinstance(delta, timedelta):
        return delta.total_seconds()
    if not isinstance(delta, str):
        return float(delta)
    if not _DURATION.fullmatch(delta.strip()):
        raise ValueError(f"{delta!r} is no length of time; write it as 90s, 35m, 36h or 1d12h.")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(delta))


def iso(seconds: float) -> str:
    """ISO 8601 UTC with milliseconds: ``2026-01-31T09:05:00.250Z``."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{_to_the_second(whole)}.{milliseconds:03d}Z"


def minute(seconds: float) -> str:
    """As people read it, UTC: ``2026-01-31 09:05``."""
    return iso(seconds)[:16].replace("T", " ")


@lru_cache(maxsize=16)
def _to_the_second(whole: int) -> str:
    """Kept for a while: the events of a second share all but their milliseconds."""
    return datetime.fromtimestamp(whole, timezone.utc).isoformat()[:19]


def parse_iso(text: str) -> float:
    """The inverse of :func:`iso`; also takes any ISO 8601 text. Raises ``ValueError`` for other text."""
    moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
    return as_seconds(moment)


def wall_time() -> float:
    """The machine's time, for values an app builds itself outside any runtime (``Message(...)``)."""
    return time.time()


def machine_time() -> float:
    """The machine's time even while the app's own is made to stand still (``cpsl/runtime/app_time.py``)."""
    machine = sys.modules.get("time_machine")
    travelling = machine is not None and machine.escape_hatch.is_travelling()
    return float(machine.escape_hatch.time.time()) if machine and travelling else time.time()
