"""Stopping a replayed turn where the recorded one was stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import takewhile

from cpsl.model.events import Chunk, Event, Reply, UserMessage
from cpsl.model.identity import SessionKey
from cpsl.transcript.document import RecordedTurn
from cpsl.transcript.line_kinds import SEEN
from cpsl.transcript.line_types import ReplyLine, read_as

STOPPED = ("interrupted", "timeout")
# Where nothing was seen before the stop, the handler gets to its first pause: that is a few steps of the loop.
_STEPS = 10
# Real seconds after which a turn is stopped that does not show as much any more.
LONGEST = 10.0


class Interruption:
    """A sink that stops the turn as soon as it has shown what the recorded one had shown when it was stopped.

    An app that shows less today may wait for ever: its turn is stopped after some seconds.
    """

    def __init__(self) -> None:
        self._stop: Callable[[], object] | None = None
        self._left = 0
        self._partial = -1
        self._streamed = 0
        self._limit: asyncio.TimerHandle | None = None

    def arm(self, turn: RecordedTurn, stop: Callable[[], object]) -> None:
        """Expect the turn; a turn that ended by itself is let alone."""
        self._stop = None
        if self._limit:
            self._limit.cancel()
        if not any(end["status"] in STOPPED for end in turn.ends):
            return
        # What came after the end (late words, the exit hook) had not been shown when the turn was stopped.
        before = takewhile(lambda line: line.type != "end", turn.lines)
        seen = [line for line in before if line.type in SEEN]
        last = read_as(ReplyLine, seen[-1].fields) if seen and seen[-1].type == "reply" else None
        text = last["text"] if last and last.get("streamed") else None
        self._partial = len(text) if isinstance(text, str) else -1
        self._left = len(seen) - (self._partial >= 0)
        self._streamed = 0
        self._stop = stop
        self._limit = asyncio.get_running_loop().call_later(LONGEST, stop)

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Count what is shown; stop the turn once it is enough."""
        if self._stop is None:
            return
        if isinstance(event, Chunk):
            self._streamed += len(event.text)
        elif event.type in SEEN:
            self._streamed = 0 if isinstance(event, Reply) else self._streamed
            self._left -= 1
        elif not isinstance(event, UserMessage):
            return
        if self._left <= 0 and self._streamed >= self._partial:
            stop, self._stop = self._stop, None
            _soon(stop, _STEPS if isinstance(event, UserMessage) else 0)


def _soon(stop: Callable[[], object], steps: int) -> None:
    loop = asyncio.get_running_loop()
    if steps:
        loop.call_soon(_soon, stop, steps - 1)
    else:
        loop.call_soon(stop)
