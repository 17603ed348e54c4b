"""Time as a port: everything in ``cpsl`` that needs the world's time, or waits for it, asks a :class:`Clock`.

Times are seconds since the epoch (UTC, float), as in ``Message.timestamp``; texts are ISO 8601 with
milliseconds and ``Z``, as in the store and the transcripts (transcripts.md).

What protects real people and processes from waiting (``--timeout``, the time limit of a question or of a leaving hook)
counts real seconds and does not come here: a clock that stands still would let them wait for ever.
"""

from __future__ import annotations

import math
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio

    from cpsl.timers import Timer, Timers

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhms])")
_DURATION = re.compile(r"\+?\s*(?:\d+(?:\.\d+)?\s*[wdhms]\s*)+")


class Clock(Protocol):
    """Where the runtime reads the time, and waits for it."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def begin_turn(self) -> None:
        """A turn begins: a clock that stands still within turns moves on."""
        ...

    def ticks(self) -> float:
        """Seconds since some moment, for durations: they never go back while a clock runs."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of this clock; for none or fewer, after one pass of the event loop.

        Raises ``ValueError`` for what is no number.
        """
        ...

    def timeout(self, seconds: float) -> AbstractContextManager[object]:
        """A block that is cancelled after so many seconds of this clock, and then raises ``TimeoutError``.

        For none or fewer it is cancelled where it first waits. Raises ``ValueError`` for what is no number.
        """
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def begin_turn(self) -> None:
        """It moves by itself."""

    def ticks(self) -> float:
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(max(_number(seconds), 0))

    def timeout(self, seconds: float) -> AbstractContextManager[object]:
        from anyio import fail_after

        return fail_after(_number(seconds))


class VirtualClock:
    """A clock that stands still until it is moved; who waits on it waits for that.

    There are two ways to move it. :meth:`run_for` and :meth:`run_to` let time pass: each wait that ends meanwhile ends
    at its very moment, one after the other. :meth:`advance` and :meth:`set` jump, as the clock of a machine that was
    asleep: what has become due goes on in its order too, but all of it sees the new time. Set back, the clock makes no
    wait longer and none shorter.

    :param start: seconds, a datetime (naive means UTC), or ISO 8601 text; None starts at the real now.
    """

    def __init__(self, start: float | datetime | str | None = None) -> None:
        self._now = machine_time() if start is None else as_seconds(start)
        self._followers: list[Callable[[float | None], object]] = []
        self._waiting: Timers | None = None
        self._run_over: asyncio.Future[None] | None = None

    def now(self) -> float:
        return self._now

    def begin_turn(self) -> None:
        """It stands still."""

    def ticks(self) -> float:
        return self._now

    def set(self, moment: float | datetime | str) -> None:
        """Set the clock, also back.

        Raises ``ValueError`` for text that is no ISO 8601 time, and that or ``OverflowError`` for a moment that no date
        can show; the clock then stays.
        """
        self._jump(as_seconds(moment))

    def advance(self, delta: timedelta | float | str) -> None:
        """Move forward by a timedelta, by seconds, or by text such as ``35m`` or ``1d12h``.

        Raises ``ValueError`` for a negative step and for other text, and as :meth:`set`.
        """
        self._jump(self.now() + _forward(delta))

    async def run_to(self, moment: float | datetime | str) -> None:
        """Let time pass up to that moment: who waits is woken at their moment, and the next one once all wait again.

        That takes in waits which begin meanwhile, and what is about to run when it is called. It ends where nothing on
        the loop can go on without a later time, a message, a thread or the network. An earlier moment is set, as
        :meth:`set` does; raises as that. Called while the time already passes, it goes on after that.
        """
        goal = as_seconds(moment)
        await self._run(lambda now: goal)

    async def run_for(self, delta: timedelta | float | str) -> None:
        """Let so much time pass, as :meth:`run_to`. Raises as :meth:`advance`."""
        seconds = _forward(delta)
        await self._run(lambda now: now + seconds)

    async def sleep(self, seconds: float) -> None:
        import asyncio

        due = self._due(seconds)
        if due <= self.now():
            await asyncio.sleep(0)
            return
        woken = asyncio.Event()
        timer = self._begin(due, seconds, woken.set)
        try:
            await woken.wait()
        finally:
            self._timers.end(timer)

    @contextmanager
    def timeout(self, seconds: float) -> Iterator[None]:
        from anyio import CancelScope

        due = self._due(seconds)
        with CancelScope() as scope:
            if due <= self.now():
                scope.cancel()
                yield
            else:
                timer = self._begin(due, seconds, scope.cancel)
                try:
                    yield
                finally:
                    self._timers.end(timer)
        if scope.cancelled_caught:
            raise TimeoutError

    def follow(self, follower: Callable[[float | None], object]) -> None:
        """Call ``follower`` with the new time, in seconds, at each later move; with None when it runs by itself."""
        self._followers.append(follower)

    def unfollow(self, follower: Callable[[float | None], object]) -> None:
        """Call it no more."""
        self._followers.remove(follower)

    @property
    def waiting(self) -> int:
        """How many wait on this clock."""
        return len(self._waiting) if self._waiting else 0

    @property
    def _timers(self) -> Timers:
        if self._waiting is None:
            from cpsl.timers import Timers

            self._waiting = Timers()
        return self._waiting

    def _due(self, seconds: float) -> float:
        """When a wait ends that begins now."""
        return self.now() + _number(seconds)

    def _begin(self, due: float, seconds: float, wake: Callable[[], object]) -> Timer:
        return self._timers.begin(due, wake)

    async def _run(self, goal_from: Callable[[float], float]) -> None:
        import asyncio

        from cpsl.timers import run_ready

        # Two at once would wake out of order.
        while self._run_over is not None:
            await asyncio.wait([self._run_over])
        over = self._run_over = asyncio.get_running_loop().create_future()
        try:
            await run_ready()
            now = self.now()
            goal = goal_from(now)
            _check_date(goal)
            if self._timers.due(goal):
                self._hold(now)
            while timer := self._timers.due(goal):
                # Somebody may have set the clock meanwhile.
                self._move(max(timer.due, self.now()))
                self._timers.wake(timer)
                await run_ready()
            if goal < now or goal >= self.now():
                self._jump(goal)
        finally:
            self._run_over = None
            over.set_result(None)

    def _hold(self, now: float) -> None:
        """Stand still there, for time to pass from there; this clock does."""

    def _jump(self, seconds: float) -> None:
        """Move at once. Raises as :meth:`_move`."""
        before = self.now()
        self._move(seconds)
        if self._waiting:
            if self._now < before:
                self._waiting.shift(self._now - before)
            self._waiting.wake_due(self._now)

    def _move(self, seconds: float) -> None:
        """Raises ``ValueError`` or ``OverflowError`` for a moment that no date can show; the clock then stays."""
        _check_date(seconds)
        self._now = seconds
        for follower in list(self._followers):
            follower(seconds)


class AdjustableClock(VirtualClock):
    """The machine's clock until it is set; then it stands still until it is moved or released.

    While it is the machine's, a wait takes as many real seconds, also where the time shown stands still by turn.

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

    def release(self) -> None:
        """Show the machine's time again, from the next turn on."""
        shown, was_set = self.now(), self.is_set
        self.is_set = self._stands = False
        for follower in list(self._followers):
            follower(None)
        if was_set and self._waiting:
            now = self.now()
            if now < shown:
                self._waiting.shift(now - shown)
            self._waiting.wake_due(now)
            self._waiting.arm_all(now)

    def _due(self, seconds: float) -> float:
        due = super()._due(seconds)
        if not self._by_turn:
            return due
        # Up to the next moment that this clock can show: who is woken must not see an earlier one than they wanted.
        shown = round(due, 3)
        return shown if shown >= due else round(due + 0.001, 3)

    def _begin(self, due: float, seconds: float, wake: Callable[[], object]) -> Timer:
        timer = super()._begin(due, seconds, wake)
        if not self.is_set:
            self._timers.arm(timer, seconds)
        return timer

    def _hold(self, now: float) -> None:
        if not self.is_set:
            self._move(now)
            self._set()

    def _jump(self, seconds: float) -> None:
        super()._jump(seconds)
        self._set()

    def _set(self) -> None:
        self.is_set = True
        if self._waiting:
            self._waiting.disarm_all()

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


def _forward(delta: timedelta | float | str) -> float:
    seconds = as_duration(delta)
    if seconds < 0:
        raise ValueError("A clock only moves forward; set() it to go back.")
    return seconds


def _number(seconds: float) -> float:
    if math.isnan(seconds):
        raise ValueError("nan is no number of seconds to wait for.")
    return seconds


def _check_date(seconds: float) -> None:
    """Raises ``ValueError`` or ``OverflowError`` for a moment that no date can show."""
    try:
        datetime.fromtimestamp(seconds, timezone.utc)
    except OSError as error:
        raise OverflowError(f"{seconds:g} s after 1970 are no date") from error


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
