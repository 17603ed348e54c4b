"""Which streamed reply is shown as it comes, when an app writes several at once.

The first is; pieces of another are passed over, also after the first has ended, because its beginning was not
shown: the whole text comes with its :class:`Reply`.
"""

from __future__ import annotations

from cpsl.model.events import Chunk, Event, Reply


class LiveStream:
    """The stream that is live, if one is, and those that have been passed over."""

    def __init__(self) -> None:
        self._live: tuple[int, int] | None = None
        self._passed: set[tuple[int, int]] = set()

    @property
    def is_open(self) -> bool:
        """Whether a stream is live."""
        return self._live is not None

    def takes(self, chunk: Chunk) -> bool:
        """Whether the piece belongs to the live stream, which it opens if none is."""
        stream = (chunk.turn, chunk.stream)
        if self._live is None and stream not in self._passed:
            self._live = stream
        if self._live != stream:
            self._passed.add(stream)
        return self._live == stream

    def ends_with(self, event: Event) -> bool:
        """Whether the event is the live stream's reply, which ends it.

        The end of its turn does not: a coroutine that the handler started may go on writing.
        """
        if isinstance(event, Reply):
            self._passed.discard((event.turn, event.stream))
            return self._live == (event.turn, event.stream)
        return False

    def close(self) -> None:
        """The live stream is over."""
        self._live = None
