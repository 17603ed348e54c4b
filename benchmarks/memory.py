"""Memory stays flat, however long the talk."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.harness import CAPSULE, Row, compared, folder_with, peak_mib


def rows() -> Iterator[Row]:
    """The peak of a whole piped chat."""
    with folder_with("echo") as folder:

        def chat(lines: int) -> float:
            return peak_mib([CAPSULE, "chat", "app.py", "--new"], folder, "hello\n" * lines)

        yield compared(
            "memory, 10,000 piped turns",
            lambda: chat(10_000),
            "200 turns",
            lambda: chat(200),
            budget=1.1,
            pairs=2,
            unit="MiB",
        )
