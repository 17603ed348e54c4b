"""What a recorded turn said or changed after its end, waited for in its replay."""

from __future__ import annotations

import asyncio
from collections.abc import Set
from itertools import dropwhile
from typing import Any, NamedTuple

from cpsl.clock import as_seconds
from cpsl.model.events import DataChanged, Event
from cpsl.testing.chat import Chat
from cpsl.transcript.document import RecordedTurn
from cpsl.transcript.line_kinds import INPUTS

# Real seconds that a coroutine which the handler left running is waited for, when the file holds its words.
LATE_SECONDS = 10.0
_LOOK_SECONDS = 0.01


class Late(NamedTuple):
    """So many words, and whether ``session.data`` changed, after the end of a turn.

    ``until`` is when the last of it came, in seconds since the epoch; None where the file does not say.
    """

    words: int
    data: bool
    until: float | None = None

    @classmethod
    def of(cls, turn: RecordedTurn) -> Late:
        """What the file holds."""
        after = list(dropwhile(lambda line: line.type != "end", turn.lines))[1:]
        came = [line for line in after if line.type not in INPUTS]
        until = max((as_seconds(line.fields["at"]) for line in came if "at" in line.fields), default=None)
        return cls(sum(line.type != "data" for line in came), any(line.type == "data" for line in came), until)

    @classmethod
    def among(cls, events: list[Event]) -> Late:
        """What has come."""
        words = sum(not isinstance(event, DataChanged) for event in events)
        return cls(words, words < len(events))

    @property
    def expected(self) -> bool:
        """Whether there is anything to wait for."""
        return self.data or self.words > 0

    def met_by(self, events: list[Event]) -> bool:
        """Whether all of it has come."""
        found = Late.among(events)
        return found.words >= self.words and found.data >= self.data

    async def wait(self, turn: int, chat: Chat, running: Set[asyncio.Task[Any]]) -> list[Event]:
        """What that turn still says and changes, as long as one of those tasks may be the one that does."""
        found: list[Event] = []
        deadline = asyncio.get_running_loop().time() + LATE_SECONDS
        while running and not self.met_by(found) and asyncio.get_running_loop().time() < deadline:
            await asyncio.wait(running, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            running = {task for task in running if not task.done()}
            found += chat.later(turn)
            if self.data and self._replace(data=False).met_by(found):
                found += chat.later_changes(turn)
        return found + chat.later_changes(turn)
