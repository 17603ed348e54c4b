"""Time as a port: everything in ``cpsl`` that needs the time asks a :class:`Clock`.

Times are seconds since the epoch (UTC, float), as in ``Message.timestamp``; texts are ISO 8601 with
milliseconds and ``Z``, as in the store and the transcripts (DESIGN.md §5).
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Where the runtime reads the time."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def ticks(self) -> float:
        """Seconds since some moment, for durations: they never go back while a clock runs."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def ticks(self) -> float:
        return time.perf_counter()


class VirtualClock:
    """A clock that stands still until it is moved.

    :param start: seconds, a datetime (naive means UTC), or ISO 8601 text; None starts at the real now.
    """

    def __init__(self, start: float | datetime | str | None = None) -> None:
        self._now = time.time() if start is None else as_seconds(start)

    def now(self) -> float:
        return self._now

    def ticks(self) -> float:
        return self._now

    def set(self, moment: float | datetime | str) -> None:
        """Set the clock. Raises ``ValueError`` for text that is no ISO 8601 time."""
        self._now = as_seconds(moment)

    def advance(self, delta: timedelta | float) -> None:
        """Move forward by a timedelta or by seconds. Raises ``ValueError`` for a negative step."""
        seconds = delta.total_seconds() if isinstance(delta, timedelta) else float(delta)
        if seconds < 0:
            raise ValueError("A clock only moves forward; set() it to go back.")
        self._now += seconds


def as_seconds(moment: float | datetime | str) -> float:
    """Seconds since the epoch for any of the forms a person writes. Raises ``ValueError`` for bad text."""
    if isinstance(moment, str):
        return parse_iso(moment)
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        return aware.timestamp()
    return float(moment)


def iso(seconds: float) -> str:
    """ISO 8601 UTC with milliseconds: ``2026-01-31T09:05:00.250Z``."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{_to_the_second(whole)}.{milliseconds:03d}Z"


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
