"""What a replay costs: against piping the same lines, and in two processes against one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import CAPSULE, Row, compared, folder_with, process_ms

_TURNS = 10_000
_FILES = 8
_TURNS_EACH = 1_000
_SAID = "hello\n"


def rows() -> Iterator[Row]:
    """One long transcript, then a folder of several."""
    with folder_with("echo") as folder:
        _record(folder, "long.jsonl", _TURNS)
        yield compared(
            f"replay of {_TURNS:,} turns",
            lambda: _replayed(folder, "long.jsonl"),
            "piping the same lines",
            lambda: process_ms([CAPSULE, "chat", "app.py", "--new"], folder, _SAID * _TURNS, len(_SAID) * _TURNS),
            budget=2.0,
            pairs=5,
            unit="ms",
        )
    with folder_with("echo") as folder:
        (folder / "talks").mkdir()
        _record(folder, "talks/0.jsonl", _TURNS_EACH)
        for number in range(1, _FILES):
            (folder / f"talks/{number}.jsonl").write_bytes((folder / "talks/0.jsonl").read_bytes())
        yield compared(
            f"replay of {_FILES} files, -j 2",
            lambda: _replayed(folder, "talks", "-j", "2"),
            "the same, -j 1",
            lambda: _replayed(folder, "talks", "-j", "1"),
            budget=1.0,
            pairs=7,
            unit="ms",
        )


def _record(folder: Path, name: str, turns: int) -> None:
    process_ms([CAPSULE, "chat", "app.py", "--ephemeral", "--record", name], folder, _SAID * turns)


def _replayed(folder: Path, *arguments: str) -> float:
    return process_ms([CAPSULE, "replay", *arguments], folder)
