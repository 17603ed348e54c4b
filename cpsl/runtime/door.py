"""The one door: every effect of an app leaves through here (DESIGN.md §2)."""

from __future__ import annotations

import itertools

from cpsl.model.events import Event
from cpsl.model.identity import SessionKey
from cpsl.runtime.ports import World


class Door:
    """Numbers the turns of a run and hands each event to the recorders, then to the channel."""

    def __init__(self, world: World) -> None:
        self._listeners = tuple(listener.deliver for listener in (*world.sinks, world.channel))
        self.now = world.clock.now
        self.begin_turn = world.clock.begin_turn
        self._turns = world.turns or itertools.count(1)

    def next_turn(self) -> int:
        """The number of the turn that begins now, from 1."""
        return next(self._turns)

    def send(self, event: Event, key: SessionKey) -> None:
        """Record and deliver one event."""
        for deliver in self._listeners:
            deliver(event, key)
