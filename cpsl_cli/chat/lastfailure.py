"""Remembers the last exception of a handler, for ``/traceback``."""

from __future__ import annotations

from cpsl.model.events import Event, TurnFailed
from cpsl.model.identity import SessionKey


class LastFailure:
    """A sink that keeps the last failure only."""

    def __init__(self) -> None:
        self.event: TurnFailed | None = None

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Keep a failure."""
        if isinstance(event, TurnFailed):
            self.event = event
