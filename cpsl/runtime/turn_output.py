"""How one turn speaks: stamps what the app says, sends it through the door, keeps what history needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from cpsl.errors import TurnStopped
from cpsl.model.events import Answered, Asked, BlockShown, Chunk, DataChanged, Event, Notice, Reply, Signal
from cpsl.model.identity import SessionKey
from cpsl.model.redaction import redact
from cpsl.model.trace import Traced
from cpsl.runtime.door import Door
from cpsl.runtime.stream import Accumulator
from cpsl.store.store import Store
from cpsl.store.stored_values import HistoryEntry, OpenTurn

INTERRUPTED_MARK = " [interrupted]"
_WORKING = "Working…"


class _OpenStream(NamedTuple):
    """A streamed reply that has begun: its text so far, and the task that writes it (None for a thread)."""

    received: Accumulator
    writer: asyncio.Task[Any] | None


class TurnOutput:
    """The live target behind a session's ``reply``, ``notify`` and streams.

    While the turn runs, what is said is gathered and stored with the turn's end. Afterwards (a coroutine
    that the handler left running) it is stored at once. A dropped output says nothing more.
    """

    def __init__(self, door: Door, store: Store, turn: OpenTurn, number: int) -> None:
        self._door = door
        self.watched = door.watched
        self.ticks = door.ticks
        self._store = store
        self.turn = turn
        self.number = number
        self.said: list[HistoryEntry] = []
        self._streams = 0
        self._open: dict[int, _OpenStream] = {}
        self.stopping = False
        self._halted: asyncio.Task[Any] | None = None
        self._over = False
        self._shown = False
        self.dropped = False

    @property
    def key(self) -> SessionKey:
        """The conversation this speaks in."""
        return self.turn.key

    def reply(self, text: str, *, stream: int = 0) -> HistoryEntry:
        """Say something: to history, and to the person. ``stream`` is the stream it was delivered in, if any.

        Returns the history entry.
        """
        at = self._door.now()
        self._open.pop(stream, None)
        mark = INTERRUPTED_MARK if stream and self.stopping else ""
        entry = HistoryEntry("app", redact(text) + mark, at)
        if not self.dropped:
            self._keep(entry)
            self._send(Reply(self.number, at, text, bool(stream), stream))
        if self._halted is not None:
            self._end_task()
        return entry

    def open_stream(self, received: Accumulator) -> int:
        """A fresh number for a streamed reply that gathers its text there; :meth:`reply` ends it."""
        self._streams += 1
        self._open[self._streams] = _OpenStream(received, _this_task())
        return self._streams

    @property
    def heard(self) -> bool:
        """Whether the turn has said or shown anything."""
        return bool(self.said) or self._shown or self.streamed

    @property
    def streamed(self) -> bool:
        """Whether the turn has streamed anything."""
        return self._streams > 0

    def chunk(self, text: str, stream: int) -> None:
        """Deliver a piece of a streamed reply at once."""
        if not self.dropped:
            self._door.send(Chunk(self.number, self._door.now(), text, stream), self.turn.key)
        if self._halted is not None:
            self._end_task()

    def notify(self, text: str, detail: str) -> None:
        """Show a status line; nothing when both parts are empty (behaviour.md §9)."""
        headline = (text or "").strip()
        if headline or detail:
            self.tell(lambda turn, at: Notice(turn, at, headline or _WORKING, detail or ""))
        elif self._halted is not None:
            self._end_task()

    def block(self, envelope: dict[str, Any]) -> None:
        """Show a rich block."""
        self._shown = True
        self.tell(lambda turn, at: BlockShown(turn, at, envelope))

    def tell(self, make: Callable[[int, float], Event]) -> None:
        """Send the event that is made of this turn's number and the time."""
        self._send(make(self.number, self._door.now()))
        if self._halted is not None:
            self._end_task()

    def asked(self, kind: str, message: str) -> None:
        """Report a question to the person."""
        self._send(Asked(self.number, self._door.now(), kind, message))

    def answered(self, value: Any) -> None:
        """Report its answer."""
        self._send(Answered(self.number, self._door.now(), value))

    def signal(self, name: str, payload: dict[str, Any]) -> None:
        """Tell whoever watches something that is not shown."""
        self._send(Signal(self.number, self._door.now(), name, payload))

    def collection_changed(self, name: str) -> None:
        """Tell widgets that a collection has changed; private ones (``_name``) have none (behaviour.md §13.4)."""
        if not name.startswith("_"):
            self.signal("widget_update", {"collection": name})

    def changed(self, changed: dict[str, Any], unset: tuple[str, ...]) -> None:
        """Report what a commit changed in ``session.data``."""
        if changed or unset:
            self._send(DataChanged(self.number, self._door.now(), changed, unset))

    def end_deserted(self) -> None:
        """End the streams that nobody can end any more: their task is over and never left the block."""
        for stream, opened in list(self._open.items()):
            if opened.writer is None or opened.writer.done():
                self.reply(opened.received.text, stream=stream)

    def trace(self, type: str, fields: dict[str, Any], began: float, seconds: float | None = None) -> None:
        """Tell those who watch what the turn did; ``began`` are ticks."""
        if not self.dropped:
            self._door.trace(Traced(self.number, type, fields, began, seconds), self.turn.key)

    @property
    def halting(self) -> bool:
        """Whether the task has yet to say something after :meth:`halt`."""
        return self._halted is not None

    def halt(self, task: asyncio.Task[Any] | None) -> None:
        """From any thread: the next word that this task says raises ``TurnStopped`` in it; None takes that back.

        For one that never gives its thread back, so that no cancellation reaches it.
        """
        self._halted = task

    def finish(self) -> None:
        """From now on, what is said is stored at once."""
        self._over = True

    def drop(self) -> None:
        """From now on, nothing is said: the turn was abandoned. What it was streaming stays as far as it came."""
        for stream, opened in list(self._open.items()):
            self.reply(opened.received.text, stream=stream)
        self.dropped = True

    def _end_task(self) -> None:
        if _this_task() is self._halted:
            # Once, unless nobody hears it any more: what it does about it, it may say.
            self._halted = self._halted if self.dropped else None
            raise TurnStopped

    def _keep(self, entry: HistoryEntry) -> None:
        self.said.append(entry)
        if self._over:
            self._store.conversations.add(self.turn.stored, entry)

    def _send(self, event: Event) -> None:
        if not self.dropped:
            self._door.send(event, self.turn.key)


def _this_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
