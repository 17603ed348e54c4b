"""Replies as plain text and nothing else: the pipe (architecture.md#the-command-line)."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.channels.livestream import LiveStream
from cpsl.model.events import Chunk, Event
from cpsl.model.identity import SessionKey
from cpsl.render.event_views import SILENT, STREAMED, VIEWS
from cpsl.render.safe import VisibleStream

_TEXTS = {kind: view.stdout for kind, view in VIEWS.items() if view.stdout not in (SILENT, STREAMED)}
_MOST_WAITING = 1000
_MOST_CHARACTERS = 1 << 20


class PlainText:
    """Writes each reply and a newline, and whatever else has a text for stdout.

    One streamed reply is written as it comes. Whatever else is said before its end waits for it, so that
    replies never mix, however many coroutines of the app speak at once. When too much waits for a stream that may
    never end, it is written between two lines of the stream.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._live = LiveStream()
        self._stream = VisibleStream()
        self._waiting: list[str] = []
        self._characters = 0
        self._is_within_line = False

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Write what the event adds to the text."""
        if isinstance(event, Chunk):
            if self._live.takes(event):
                self._piece(self._stream.feed(event.text))
        elif self._live.ends_with(event):
            self._close()
        elif text := _TEXTS.get(event.__class__):
            self._line(text(event))

    def _line(self, text: str | None) -> None:
        if text is None:
            return
        if not self._live.is_open:
            self._write(text + "\n")
            return
        self._waiting.append(text + "\n")
        self._characters += len(text)
        if len(self._waiting) >= _MOST_WAITING or self._characters >= _MOST_CHARACTERS:
            self._write(("\n" if self._is_within_line else "") + self._waited())
            self._is_within_line = False

    def _piece(self, text: str) -> None:
        self._write(text)
        if text:
            self._is_within_line = not text.endswith("\n")

    def _waited(self) -> str:
        waiting, self._waiting, self._characters = self._waiting, [], 0
        return "".join(waiting)

    def _close(self) -> None:
        self._write(self._stream.flush() + "\n" + self._waited())
        self._is_within_line = False
        self._live.close()
