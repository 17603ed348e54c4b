"""A channel that keeps everything: what tests and replay look at."""

from __future__ import annotations

from cpsl.model.events import Chunk, Event, Signal
from cpsl.model.identity import SessionKey


class Collector:
    """Keeps the events of each turn until they are taken."""

    def __init__(self) -> None:
        self._turns: dict[int, list[Event]] = {}

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Keep the event, but for signals, which nobody sees, and chunks: the reply that follows has their text."""
        if not isinstance(event, (Chunk, Signal)):
            self._turns.setdefault(event.turn, []).append(event)

    def take(self, turn: int) -> list[Event]:
        """The events of that turn, oldest first; they are forgotten here."""
        return self._turns.pop(turn, [])

    def rest(self) -> list[Event]:
        """The events nobody has taken, by turn; they are forgotten here."""
        turns, self._turns = self._turns, {}
        return [event for turn in sorted(turns) for event in turns[turn]]
