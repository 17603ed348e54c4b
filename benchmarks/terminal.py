"""The chat on a terminal beside a bare prompt loop, and what drawing a long streamed reply costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pexpect

from benchmarks.harness import APPS, PYTHON, Row, compared, each_us, environment, folder_with
from cpsl.render.markdown import MarkdownReply

_PATIENCE = 20
_TURNS = 8
# Long enough for a prompt to be drawn and to settle before the next key is sent.
_REST = 0.1
_PIECE = 4
_SHORT, _LONG = 5_000, 500_000


class Session(NamedTuple):
    """What one whole session took: milliseconds to the prompt and per answer, and memory at the first prompt."""

    prompt_ms: float
    answer_ms: float
    memory_mib: float


def rows() -> Iterator[Row]:
    """Two programs in pseudo-terminals, in turns; then the renderer alone."""
    with folder_with("turner") as folder:
        ours = _Sessions(lambda: _session([PYTHON, "-m", "cpsl_cli", "chat", "app.py"], folder))
        peer = _Sessions(lambda: _session([PYTHON, str(APPS / "prompt_loop.py")], folder))
        for what, field, budget, unit in (
            ("spawn to first prompt", "prompt_ms", 1.5, "ms"),
            ("Enter to reply on the terminal", "answer_ms", 1.5, "ms"),
            ("memory at the first prompt", "memory_mib", 1.5, "MiB"),
        ):
            yield compared(
                what, ours.take(field), "a prompt_toolkit loop", peer.take(field), budget=budget, pairs=4, unit=unit
            )
    yield compared(
        "Markdown per chunk, 500,000 characters",
        lambda: _markdown_us(_LONG),
        "at 5,000 characters",
        lambda: _markdown_us(_SHORT),
        budget=1.5,
        pairs=3,
        unit="us",
    )


class _Sessions:
    """Runs sessions and hands out one figure of each."""

    def __init__(self, run: Callable[[], Session]) -> None:
        self._run = run

    def take(self, field: str) -> Callable[[], float]:
        return lambda: float(getattr(self._run(), field))


def _session(command: list[str], folder: Path) -> Session:
    # Nothing here answers the peer's questions for the cursor's position; it would wait a second for each.
    env = {**environment(), "PROMPT_TOOLKIT_NO_CPR": "1", "LANG": "C.UTF-8", "TERM": "xterm"}
    began = time.perf_counter()
    child = pexpect.spawn(command[0], command[1:], cwd=str(folder), env=env, encoding="utf-8", timeout=_PATIENCE)
    child.delaybeforesend = None
    child.expect_exact("❯")
    prompt_ms = (time.perf_counter() - began) * 1e3
    memory = _memory_mib(child.pid)
    answers = [_answer_ms(child, number) for number in range(_TURNS)]
    child.close(force=True)
    return Session(prompt_ms, statistics.median(answers), memory)


def _answer_ms(child: pexpect.spawn, number: int) -> float:
    time.sleep(_REST)
    began = time.perf_counter()
    child.send(f"no{number}\r")
    child.expect_exact(f"{number}on")
    return (time.perf_counter() - began) * 1e3


def _memory_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _markdown_us(characters: int) -> float:
    """Microseconds per chunk of a reply of that length, headings, lists, bold words and all."""
    part = "## A heading\n\nSome **bold** words and `code` in a line of text.\n\n- one\n- two\n\n"
    text = part * (characters // len(part) + 1)
    pieces = [text[start : start + _PIECE] for start in range(0, characters, _PIECE)]

    def render() -> None:
        reply = MarkdownReply(lambda: 80, color=True)
        for piece in pieces:
            reply.feed(piece)
        reply.close()

    return each_us(render, 1) / len(pieces)
