"""Replies as plain text and nothing else: the pipe (DESIGN.md §7)."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.model.events import BlockShown, Chunk, Event, Reply, TurnEnded
from cpsl.model.identity import SessionKey
from cpsl.render.blocks import plain_block
from cpsl.render.safe import VisibleStream, visible

_NO_STREAM = (0, 0)


class PlainText:
    """Writes each reply and a newline.

    One streamed reply is written as it comes. Whatever else is said before its end waits for it, so that
    replies never mix, however many coroutines of the app speak at once.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._live = _NO_STREAM
        self._stream = VisibleStream()
        self._waiting: list[str] = []
        self._missed: set[tuple[int, int]] = set()

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Write what the event adds to the text."""
        if isinstance(event, Chunk):
            self._chunk(event)
        elif isinstance(event, Reply):
            self._reply(event)
        elif isinstance(event, BlockShown):
            self._line(plain_block(event.block))
        elif isinstance(event, TurnEnded) and event.turn == self._live[0]:
            self._close()

    def _chunk(self, event: Chunk) -> None:
        stream = (event.turn, event.stream)
        if self._live == _NO_STREAM and stream not in self._missed:
            self._live = stream
        if self._live == stream:
            self._write(self._stream.feed(event.text))
        else:
            self._missed.add(stream)

    def _reply(self, event: Reply) -> None:
        self._missed.discard((event.turn, event.stream))
        if event.streamed and self._live == (event.turn, event.stream):
            self._close()
        else:
            self._line(visible(event.text))

    def _line(self, text: str | None) -> None:
        if text is None:
            return
        if self._live == _NO_STREAM:
            self._write(text + "\n")
        else:
            self._waiting.append(text + "\n")

    def _close(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._write(self._stream.flush() + "\n" + "".join(waiting))
        self._live = _NO_STREAM
