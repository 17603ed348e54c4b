"""What a turn costs: in the Simulator, through the pipe, and after a long talk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness import CAPSULE, Row, compared, each_us, folder_with, process_ms
from benchmarks.raw import RawTurns
from cpsl.testing import Chat, Simulator

# Long enough for several checkpoints of the write-ahead log on either side.
_BATCH = 1_000
_LINES = 3_000
_RAW = "raw transaction"

Sends = Callable[[int], float]
"""Sends that many messages and returns the microseconds of one."""


def rows() -> Iterator[Row]:
    """A stored turn in both ways, then turns with a past."""
    with folder_with("echo") as folder:
        raw = RawTurns(folder / "raw.db")
        yield _simulated(folder, raw)
        yield _piped(folder, raw)
        raw.close()
    with folder_with("echo") as folder:
        yield _with_past(folder, "turn after 10,000 messages", 10_000, 10)
    # 100 messages more than fill the 50 that an app sees, so that both sides read as much.
    with folder_with("historian") as folder:
        yield _with_past(folder, "turn reading history after 10,000", 10_000, 100)


def _simulated(folder: Path, raw: RawTurns) -> Row:
    with _talk(folder, "sim.db") as send:
        return compared(
            "stored turn, Simulator on a file",
            lambda: send(_BATCH),
            _RAW,
            lambda: each_us(raw.turn, _BATCH),
            budget=3.0,
            pairs=15,
            unit="us",
        )


def _piped(folder: Path, raw: RawTurns) -> Row:
    def chat_ms(lines: int) -> float:
        return process_ms([CAPSULE, "chat", "app.py", "--new"], folder, "hello\n" * lines, 6 * lines)

    return compared(
        f"stored turn through the pipe, {_LINES:,} lines",
        lambda: (chat_ms(_LINES) - chat_ms(1)) / (_LINES - 1) * 1e3,
        _RAW,
        lambda: each_us(raw.turn, _LINES),
        budget=4.0,
        pairs=7,
        unit="us",
    )


def _with_past(folder: Path, what: str, long: int, short: int) -> Row:
    with _talk(folder, "long.db") as after_long, _talk(folder, "short.db") as after_short:
        # A turn is two messages: the person's and the app's.
        after_long(long // 2)
        after_short(short // 2)
        return compared(
            what,
            lambda: after_long(20),
            f"after {short}",
            lambda: after_short(20),
            budget=1.3,
            pairs=25,
            unit="us",
        )


@contextmanager
def _talk(folder: Path, store: str) -> Iterator[Sends]:
    loop = asyncio.new_event_loop()
    simulator = Simulator(str(folder / "app.py"), store=folder / store)
    loop.run_until_complete(simulator.__aenter__())
    chat = simulator.chat()
    try:
        yield lambda times: loop.run_until_complete(_sent(chat, times))
    finally:
        loop.run_until_complete(simulator.__aexit__(None, None, None))
        loop.close()


async def _sent(chat: Chat, times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        await chat.send("hello")
    return (time.perf_counter() - began) / times * 1e6
