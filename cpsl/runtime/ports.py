"""The world as four ports. Change them and the same runtime is a terminal, a pipe, a replay or a test."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from cpsl.clock import Clock
from cpsl.ids import IdFactory
from cpsl.model.events import Event
from cpsl.model.identity import SessionKey
from cpsl.store.store import Store


class Channel(Protocol):
    """Where events go. Called on the runtime's thread, in the order in which things happen."""

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Show, print or keep one event of the conversation ``key``. Must not block for long."""
        ...


class World(NamedTuple):
    """What a runtime runs in. ``sinks`` see every event before the channel does (a recorder)."""

    clock: Clock
    ids: IdFactory
    store: Store
    channel: Channel
    sinks: tuple[Channel, ...] = ()
