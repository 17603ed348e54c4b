"""The one door: every effect of an app leaves through here (DESIGN.md §2)."""

from __future__ import annotations

from cpsl.model.events import Event
from cpsl.model.identity import SessionKey
from cpsl.model.trace import Traced
from cpsl.runtime.ports import TurnNumbers, Watcher, World


class Door:
    """Numbers the turns of a run and hands each event to the recorders, then to the channel.

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
        for deliver in self._listeners:
            deliver(event, key)

    def trace(self, traced: Traced, key: SessionKey) -> None:
        """Tell what a turn did to those who watch, and to nobody else."""
        for watch in self._watchers:
            watch(traced, key)
