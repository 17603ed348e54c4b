"""The world as four ports. Change them and the same runtime is a terminal, a pipe, a replay or a test."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from cpsl.clock import Clock
from cpsl.ids import IdFactory
from cpsl.model.events import Event
from cpsl.model.identity import SessionKey
from cpsl.model.question import Question
from cpsl.runtime.connected import Connected
from cpsl.store.store import Store


class Channel(Protocol):
    """Where events go. Called on the runtime's thread, in the order in which things happen."""

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Show, print or keep one event of the conversation ``key``. Must not block for long."""
        ...


class Asker(Protocol):
    """Whom the app's questions go to."""

    async def ask(self, question: Question, key: SessionKey) -> Any:
        """The answer (see :class:`Question`), None for none. Called on the runtime's loop."""
        ...


class Nobody:
    """Answers no question: an approval is refused, a file does not come."""

    async def ask(self, question: Question, key: SessionKey) -> Any:
        """No answer."""
        return None


class World(NamedTuple):
    """What a runtime runs in. ``sinks`` see every event before the channel does (a recorder).

    ``connected`` is what people have connected; None for a runtime of its own, in which nobody has anything.
    """

    clock: Clock
    ids: IdFactory
    store: Store
    channel: Channel
    sinks: tuple[Channel, ...] = ()
    asker: Asker = Nobody()
    connected: Connected | None = None
