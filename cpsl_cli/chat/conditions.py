"""What the runtimes of one chat share, however often the app is loaded anew: time, chance, ids, numbers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from cpsl.clock import AdjustableClock
from cpsl.ids import IdFactory, RandomIds, SeededIds
from cpsl.runtime.connected import Connected
from cpsl.runtime.ports import Asker, Channel, TurnNumbers, World
from cpsl.store.store import Store
from cpsl_cli.errors import UsageError
from cpsl_cli.options.chat_options import ChatOptions
from cpsl_cli.streams import say

if TYPE_CHECKING:
    from cpsl.runtime.app_time import SeededRandom

_SEED_BYTES = 6
_LOOK_SECONDS = 5.0
STANDSTILL_NOTE = (
    "note: this turn takes long. While a chat is recorded, time.time() and datetime.now() stand still within a turn: "
    "a handler that waits for them to move on waits for ever; asyncio.sleep() and time.monotonic() run.\n"
)

Running = Callable[[], frozenset[int]]


class Conditions:
    """The clock, the seed (None: nothing repeats), the ids and the numbers of the turns.

    A chat that is recorded stands still within each turn and draws from a seed, so that its replay can do the
    same (docs/transcripts.md). Making one may already let the app's own time stand still.

    :param turns: how many turns there have been.
    """

    def __init__(self, clock: AdjustableClock, seed: int | None, *, turns: int = 0) -> None:
        self.clock = clock
        self.seed = seed
        self._ids: IdFactory = RandomIds() if seed is None else SeededIds(seed)
        self._numbers = TurnNumbers()
        self._numbers.last = turns
        self._chance: SeededRandom | None = None
        self._start = clock.now()
        clock.follow(self._let_app_follow)
        if seed is not None:
            from cpsl.runtime.app_time import SeededRandom

            self._chance = SeededRandom(seed)
            self._chance.begin()

    @classmethod
    def of(cls, options: ChatOptions) -> Conditions:
        """As the options want them. Raises ``UsageError`` for a time that is none."""
        continuation = options.continuation
        clock = AdjustableClock(by_turn=bool(options.record))
        conditions = cls(clock, _seed(options), turns=continuation.turns if continuation else 0)
        if continuation:
            clock.set(continuation.at)
        if options.clock:
            set_clock(conditions.clock, options.clock)
        # As within a turn: what the app does while it is loaded and boots is replayed at one moment, too.
        conditions.clock.begin_turn()
        conditions._start = conditions.clock.now()
        return conditions

    @property
    def began(self) -> float | None:
        """When the app was loaded, in seconds since the epoch; None once the clock was set to another time."""
        return None if self.clock.is_set else self._start

    def world(
        self, store: Store, channel: Channel, sinks: tuple[Channel, ...], asker: Asker, connected: Connected
    ) -> World:
        """The world of a runtime that is about to boot."""
        sees = sinks
        if self._chance:
            self._chance.seed_boot()
            sees = (self._chance, *sinks)
        return World(self.clock, self._ids, store, channel, sees, asker, connected, self._numbers)

    def _let_app_follow(self, seconds: float | None) -> None:
        """Few chats set their clock, and what makes the app's own time follow costs 50 ms to load."""
        from cpsl.runtime.app_time import AppTime

        time = AppTime()
        self.clock.unfollow(self._let_app_follow)
        self.clock.follow(time.move_to)
        time.move_to(seconds)


def set_clock(clock: AdjustableClock, text: str) -> None:
    """Set the clock as a person writes it: a time, ``+36h``, or ``real``. Raises ``UsageError`` for other text."""
    with _refusing(text):
        if text == "real":
            clock.release()
        elif text.startswith("+"):
            clock.advance(text)
        else:
            clock.set(text)


async def run_clock(clock: AdjustableClock, text: str) -> None:
    """The same in a chat that goes on: what waits for a time on the way there is woken at that time."""
    with _refusing(text):
        if text == "real":
            clock.release()
        elif text.startswith("+"):
            await clock.run_for(text)
        else:
            await clock.run_to(text)


@contextmanager
def _refusing(text: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is no time; write 2030-01-31, 2030-01-31T09:00 (UTC), +36h (w, d, h, m, s) or real"
        ) from None


def watch_for_standstill(running: Running) -> None:
    """Tell why a recorded turn may never end; from a thread, as a handler that polls the time may block the loop."""
    Thread(target=tell_of_standstill, args=(running,), daemon=True).start()


def tell_of_standstill(
    running: Running, wait: Callable[[float], object] = time.sleep, tell: Callable[[str], object] = say
) -> None:
    """Look every few seconds which turns run; once one is seen for the second time, tell and return."""
    seen: frozenset[int] = frozenset()
    while not seen & (now := running()):
        seen = now
        wait(_LOOK_SECONDS)
    tell(STANDSTILL_NOTE)


def _seed(options: ChatOptions) -> int | None:
    if options.seed is not None or not options.record:
        return options.seed
    # In a store that stays, the ids of two runs must differ; one that is thrown away begins the same each time.
    return 0 if options.ephemeral else int.from_bytes(os.urandom(_SEED_BYTES), "big")
