"""The world as four ports. Change them and the same runtime is a terminal, a pipe, a replay or a test."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, runtime_checkable

from cpsl.clock import Clock
from cpsl.ids import IdFactory
from cpsl.model.events import Event
from cpsl.model.identity import SessionKey
from cpsl.model.question import Question
from cpsl.model.trace import Traced
from cpsl.runtime.connected import Connected
from cpsl.store.store import Store


class Channel(Protocol):
    """Where events go. Called on the runtime's thread, in the order in which things happen."""

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Show, print or keep one event of the conversation ``key``. Must not block for long."""
        ...


@runtime_checkable
class Watcher(Channel, Protocol):
    """A sink that is also told what turns do inside. Without one nothing of that is measured."""

    def trace(self, traced: Traced, key: SessionKey) -> None:
        """Take one thing that a turn did. Called as :meth:`deliver` is."""
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


class TurnNumbers:
    """How many turns have begun; ``last`` is the number of the latest."""

    def __init__(self) -> None:
        self.last = 0


class World(NamedTuple):
    """What a runtime runs in.

    ``sinks`` see every event before the channel does (a recorder); those that are a :class:`Watcher` see more.

    ``connected`` is what people have connected; None for a runtime of its own, in which nobody has anything.
    ``numbers`` counts the turns; runtimes that follow one another in one chat share it.
    """

    clock: Clock
    ids: IdFactory
    store: Store
    channel: Channel
    sinks: tuple[Channel, ...] = ()
    asker: Asker = Nobody()
    connected: Connected | None = None
    numbers: TurnNumbers | None = None
