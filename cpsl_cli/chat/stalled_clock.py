"""Telling why a recorded turn may never end: its time stands still (docs/transcripts.md)."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread

from cpsl_cli.streams import say

SECONDS = 5.0
NOTE = (
    "note: this turn takes long. While a chat is recorded, time.time() and datetime.now() stand still within a turn: "
    "a handler that waits for them to move on waits for ever; asyncio.sleep() and time.monotonic() run.\n"
)

Running = Callable[[], frozenset[int]]


def watch_for_standstill(running: Running) -> None:
    """Tell it from a thread of its own: a handler that polls the time may block the event loop."""
    Thread(target=tell_of_standstill, args=(running,), daemon=True).start()


def tell_of_standstill(
    running: Running, wait: Callable[[float], object] = time.sleep, tell: Callable[[str], object] = say
) -> None:
    """Look every few seconds which turns run; once one is seen for the second time, tell and return."""
    seen: frozenset[int] = frozenset()
    while not seen & (now := running()):
        seen = now
        wait(SECONDS)
    tell(NOTE)
