"""Events as JSON lines: ``capsule chat --json`` (transcripts.md)."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.model.codec import LineEncoder, has_record
from cpsl.model.events import Chunk, Event
from cpsl.model.identity import SessionKey


class JsonLines:
    """Writes one object per event and line; pieces of streamed replies only with ``chunks``."""

    def __init__(self, write: Callable[[str], None], encoder: LineEncoder, *, chunks: bool = False) -> None:
        self._write = write
        self._encoder = encoder
        self._chunks = chunks

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Write the event's line, before the first one the header."""
        if has_record(event) and (self._chunks or not isinstance(event, Chunk)):
            self._write("".join(line + "\n" for line in self._encoder.lines(event, key)))
