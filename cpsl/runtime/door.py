"""The one door: every effect of an app leaves through here (architecture.md#five-sentences)."""

from __future__ import annotations

from cpsl.model.events import Chunk, Event, Reply
from cpsl.model.identity import SessionKey
from cpsl.model.redaction import StreamRedaction, known_secrets, redacted
from cpsl.model.trace import Traced
from cpsl.runtime.ports import TurnNumbers, Watcher, World


class Door:
    """Numbers the turns of a run and hands each event to the recorders, then to the channel.

    What is known to be secret does not get through: the texts of an event are redacted, those of a stream as one.

    ``watched`` says whether anybody wants to know what they do inside.
    """

    def __init__(self, world: World) -> None:
        self._listeners = tuple(listener.deliver for listener in (*world.sinks, world.channel))
        self._watchers = tuple(sink.trace for sink in world.sinks if isinstance(sink, Watcher))
        self.watched = bool(self._watchers)
        self.now = world.clock.now
        self.ticks = world.clock.ticks
        self.begin_turn = world.clock.begin_turn
        self._numbers = world.numbers or TurnNumbers()
        self._streams: dict[tuple[int, int], StreamRedaction] = {}

    def next_turn(self) -> int:
        """The number of the turn that begins now, from 1."""
        self._numbers.last += 1
        return self._numbers.last

    @property
    def last_turn(self) -> int:
        """The number of the turn that began last, 0 before the first."""
        return self._numbers.last

    def send(self, event: Event, key: SessionKey) -> None:
        """Record and deliver one event."""
        if known_secrets() or self._streams:
            self._send_redacted(event, key)
        else:
            self._deliver(event, key)

    def trace(self, traced: Traced, key: SessionKey) -> None:
        """Tell what a turn did to those who watch, and to nobody else."""
        for watch in self._watchers:
            watch(traced, key)

    def _send_redacted(self, event: Event, key: SessionKey) -> None:
        if isinstance(event, Chunk):
            stream = self._streams.setdefault((event.turn, event.stream), StreamRedaction())
            event = event._replace(text=stream.feed(event.text))
            if not event.text:
                return
        elif isinstance(event, Reply) and event.streamed:
            ended = self._streams.pop((event.turn, event.stream), None)
            if rest := ended.rest() if ended else "":
                self._deliver(Chunk(event.turn, event.at, rest, event.stream), key)
        changed = {
            name: value
            for name, before in zip(event._fields, event, strict=True)
            if name != "type" and (value := redacted(before)) is not before
        }
        self._deliver(event._replace(**changed) if changed else event, key)

    def _deliver(self, event: Event, key: SessionKey) -> None:
        for deliver in self._listeners:
            deliver(event, key)
