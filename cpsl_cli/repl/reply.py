"""The text of a reply on its way to the screen: finished lines out, the rest a live tail."""

from __future__ import annotations

from typing import Protocol


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


class PlainReply:
    """Replies as they are: a line is finished when its newline comes."""

    def __init__(self) -> None:
        self._open: list[str] = []

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
            return []
        first, *middle, last = text.split("\n")
        finished = [self.tail + first, *middle]
        self._open = [last]
        return finished

    def close(self) -> list[str]:
        """The line in progress, if there is one."""
        rest, self._open = self.tail, []
        return [rest] if rest else []
