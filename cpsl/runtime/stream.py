"""Streamed replies (behaviour.md §8)."""

from __future__ import annotations

from typing import Any, Protocol

# So many small pieces become one: each costs more than the letters in it.
_JOINED = 1024


class Accumulator:
    """Text that arrives as deltas or as cumulative snapshots, in time linear in its length.

    A text that begins with everything so far is a snapshot, and only its rest is new. This swallows a
    repeated first chunk (``"ha", "ha"``); apps that mix both forms rely on the rule.
    """

    __slots__ = ("_joined", "_length", "_parts")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._joined = 0
        self._length = 0

    def feed(self, text: str) -> str:
        """Take a piece and return what is new in it, possibly ``""``. Raises ``AttributeError`` for no str."""
        if not text:
            return ""
        if not isinstance(text, str):
            raise AttributeError(f"a reply is written as str, not as {type(text).__name__}")
        starts_with = text.startswith
        if len(text) >= self._length and starts_with(self.text):
            text = text[self._length :]
        if text:
            self._parts.append(text)
            self._length += len(text)
            if len(self._parts) - self._joined > _JOINED:
                self._parts[self._joined :] = ["".join(self._parts[self._joined :])]
                self._joined += 1
        return text

    @property
    def text(self) -> str:
        """All text so far."""
        if len(self._parts) > 1:
            self._parts[:] = ["".join(self._parts)]
            self._joined = 0
        return self._parts[0] if self._parts else ""


class Speaker(Protocol):
    """Through whom a stream speaks: its session."""

    def _chunk(self, text: str, stream: int, received: Accumulator) -> int:
        """Send a piece of the stream of that number, or of a new one for 0; returns the number."""
        ...

    def _say(self, text: str, *, stream: int) -> None:
        """The stream has ended, with this as its whole text."""
        ...


class ReplyStream:
    """A reply written piece by piece: ``async with session.stream_reply() as stream: stream.write(...)``.

    On leaving the block, also by an exception, the text becomes one history entry.
    """

    __slots__ = ("_number", "_received", "_speaker")

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._received = Accumulator()
        self._number = 0

    def write(self, text: str) -> None:
        """Send a delta or a snapshot; empty text is ignored. Raises ``AttributeError`` for no str."""
        new = self._received.feed(text)
        if new:
            self._number = self._speaker._chunk(new, self._number, self._received)

    @property
    def text(self) -> str:
        """All text so far."""
        return self._received.text

    async def __aenter__(self) -> ReplyStream:
        return self

    async def __aexit__(self, *exc: Any) -> None:
        if self.text:
            self._speaker._say(self.text, stream=self._number)
