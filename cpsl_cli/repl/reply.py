"""The text of a reply on its way to the screen: finished lines out, the rest a live tail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cpsl.textwidth import LONGEST_LINE, rows

# Drawing Markdown takes about 20 microseconds a character: that much of a turn's is drawn as such.
_STYLED_CHARACTERS = 1 << 16


class ReplyText(Protocol):
    """Takes pieces of a reply and gives back lines that will not change any more."""

    @property
    def tail(self) -> str:
        """What is not finished yet."""
        ...

    def feed(self, text: str) -> list[str]:
        """Take a piece; returns the lines that are now finished."""
        ...

    def close(self) -> list[str]:
        """The reply is over; returns the rest."""
        ...


class Styling:
    """How much of what a turn says is still drawn as Markdown; the rest is shown as it is written."""

    def __init__(self) -> None:
        self._left = _STYLED_CHARACTERS

    def takes(self, characters: int) -> bool:
        """Whether so many more are drawn as Markdown."""
        self._left -= characters
        return self._left > 0

    def end(self) -> None:
        """Nothing more is."""
        self._left = 0


class PlainReply:
    """Replies as they are: a line is finished when its newline comes, or row by row when it grows too long.

    :param columns: asked for the width of a row.
    """

    def __init__(self, columns: Callable[[], int]) -> None:
        self._columns = columns
        self._open: list[str] = []
        self._size = 0

    @property
    def tail(self) -> str:
        """The line in progress."""
        if len(self._open) > 1:
            self._open[:] = ["".join(self._open)]
        return self._open[0] if self._open else ""

    def feed(self, text: str) -> list[str]:
        """Take a piece; returns the lines that are now finished."""
        if "\n" not in text:
            self._open.append(text)
            self._size += len(text)
            return self._rows() if self._size > LONGEST_LINE else []
        first, *middle, last = text.split("\n")
        finished = [self.tail + first, *middle]
        self._open, self._size = [last], len(last)
        return finished + (self._rows() if self._size > LONGEST_LINE else [])

    def _rows(self) -> list[str]:
        """The rows that a line without an end has filled."""
        *full, last = rows(self.tail, self._columns())
        self._open, self._size = [last], len(last)
        return full

    def close(self) -> list[str]:
        """The line in progress, if there is one."""
        rest, self._open = self.tail, []
        return [rest] if rest else []
