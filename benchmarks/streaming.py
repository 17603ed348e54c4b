"""What a piece of a streamed reply costs, from the app to the system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.harness import CAPSULE, PYTHON, Row, compared, folder_with, process_ms

_PIECES = 30_000
_WRITES = "import sys\nfor n in range({}):\n    sys.stdout.write(f'{{n % 1000:03}} ')\n    sys.stdout.flush()\n"


def rows() -> Iterator[Row]:
    """Both as whole processes writing to a file, their start-up subtracted."""
    with folder_with("streamer") as folder:
        yield compared(
            "streamed plain reply, per chunk",
            lambda: _each_us(lambda pieces: _chat_ms(folder, pieces)),
            "stdout.write + flush",
            lambda: _each_us(lambda pieces: _writes_ms(folder, pieces)),
            budget=5.0,
            pairs=7,
            unit="us",
        )


def _chat_ms(folder: Path, pieces: int) -> float:
    return process_ms([CAPSULE, "chat", "app.py", "--ephemeral"], folder, f"{pieces}\n", prints=4 * pieces + 1)


def _writes_ms(folder: Path, pieces: int) -> float:
    return process_ms([PYTHON, "-c", _WRITES.format(pieces)], folder, prints=4 * pieces)


def _each_us(run_ms: Callable[[int], float]) -> float:
    return (run_ms(_PIECES) - run_ms(1)) / (_PIECES - 1) * 1e3
