"""Replies as plain text and nothing else: the pipe (DESIGN.md §7)."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.channels.livestream import LiveStream
from cpsl.model.events import BlockShown, Chunk, Event, Reply
from cpsl.model.identity import SessionKey
from cpsl.render.blocks import plain_block
from cpsl.render.safe import VisibleStream, visible


class PlainText:
    """Writes each reply and a newline.

    One streamed reply is written as it comes. Whatever else is said before its end waits for it, so that
    replies never mix, however many coroutines of the app speak at once.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._live = LiveStream()
        self._stream = VisibleStream()
        self._waiting: list[str] = []

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Write what the event adds to the text."""
        if isinstance(event, Chunk):
            if self._live.takes(event):
                self._write(self._stream.feed(event.text))
        elif self._live.ends_with(event):
            self._close()
        elif isinstance(event, Reply):
            self._line(visible(event.text))
        elif isinstance(event, BlockShown):
            self._line(plain_block(event.block))

    def _line(self, text: str | None) -> None:
        if text is None:
            return
        if self._live.is_open:
            self._waiting.append(text + "\n")
        else:
            self._write(text + "\n")

    def _close(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._write(self._stream.flush() + "\n" + "".join(waiting))
        self._live.close()
