from __future__ import annotations

from cpsl.model.events import Chunk, Event
from cpsl.model.identity import SessionKey


class Everything:
    """A sink that keeps every event, the pieces of streams too."""

    def __init__(self) -> None:
        self.events: list[tuple[Event, SessionKey]] = []

    def deliver(self, event: Event, key: SessionKey) -> None:
        self.events.append((event, key))

    @property
    def types(self) -> list[str]:
        """The events' types, in order."""
        return [event.type for event, _ in self.events]

    @property
    def chunks(self) -> list[tuple[int, str]]:
        """Stream number and text of each piece."""
        return [(event.stream, event.text) for event, _ in self.events if isinstance(event, Chunk)]
