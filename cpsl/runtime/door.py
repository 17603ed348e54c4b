"""The one door: every effect of an app leaves through here (DESIGN.md §2)."""

from __future__ import annotations

import itertools

from cpsl.model.events import Event
from cpsl.model.identity import SessionKey
from cpsl.model.trace import Traced
from cpsl.runtime.ports import Watcher, World


class Door:
    """Numbers the turns of a run and hands each event to the recorders, then to the channel.

    ``turns`` is how many have begun. ``watched`` says whether anybody wants to know what they do inside.
    """

    def __init__(self, world: World) -> None:
        self._listeners = tuple(listener.deliver for listener in (*world.sinks, world.channel))
        self._watchers = tuple(sink.trace for sink in world.sinks if isinstance(sink, Watcher))
        self.watched = bool(self._watchers)
        self.now = world.clock.now
        self.ticks = world.clock.ticks
        self.begin_turn = world.clock.begin_turn
        self._turns = world.turns or itertools.count(1)

    def next_turn(self) -> int:
        """The number of the turn that begins now, from 1."""
        return next(self._turns)

    def send(self, event: Event, key: SessionKey) -> None:
        """Record and deliver one event."""
        for deliver in self._listeners:
            deliver(event, key)

    def trace(self, traced: Traced, key: SessionKey) -> None:
        """Tell what a turn did to those who watch, and to nobody else."""
        for watch in self._watchers:
            watch(traced, key)
