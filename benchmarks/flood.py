"""An app that says more than a terminal can show: how long that takes, and how much of it is kept meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pexpect

from benchmarks.harness import CAPSULE, PYTHON, Row, compared, environment, folder_with, process_ms

_PATIENCE = 120
_LAST = "that was all"
_FLOODS = (("chunks", 300_000), ("replies", 100_000), ("notices", 100_000))


def rows() -> Iterator[Row]:
    """The whole terminal program against the same in a pipe; then its memory, which a long flood does not raise."""
    with folder_with("flood") as folder:
        for kind, count in _FLOODS:
            words = f"{kind} {count}"
            yield compared(
                f"{count:,} {kind} on the terminal",
                lambda words=words: _terminal(folder, words)[0],  # type: ignore[misc]
                "the same in a pipe",
                lambda words=words: process_ms([CAPSULE, "chat", "app.py", "--ephemeral"], folder, words + "\n"),  # type: ignore[misc]
                budget=3.0,
                pairs=2,
                unit="ms",
            )
        for kind, count in (("notices", 300_000), ("chunks", 300_000)):
            yield compared(
                f"memory, {count:,} {kind} on the terminal",
                lambda kind=kind, count=count: _terminal(folder, f"{kind} {count}")[1],  # type: ignore[misc]
                "a tenth of them",
                lambda kind=kind, count=count: _terminal(folder, f"{kind} {count // 10}")[1],  # type: ignore[misc]
                budget=1.3,
                pairs=1,
                unit="MiB",
            )


def _terminal(folder: Path, words: str) -> tuple[float, float]:
    """Milliseconds from the start to the last word, and the most memory the program ever held."""
    env = {**environment(), "LANG": "C.UTF-8", "TERM": "xterm"}
    command = ["-m", "cpsl_cli", "chat", "app.py", "--ephemeral"]
    began = time.perf_counter()
    child = pexpect.spawn(PYTHON, command, cwd=str(folder), env=env, encoding="utf-8", timeout=_PATIENCE)
    child.delaybeforesend = None
    child.expect_exact("❯")
    child.send(words + "\r")
    seen = ""
    while _LAST not in seen:
        # pexpect looks through all that has come for each piece of it; the end is enough here.
        seen = seen[-1000:] + child.read_nonblocking(1 << 16, timeout=_PATIENCE)
    taken = (time.perf_counter() - began) * 1e3
    status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    child.close(force=True)
    return taken, peak
