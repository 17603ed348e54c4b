"""What the app prints, as whole lines: it comes in pieces, and a child process may write half a letter."""

from __future__ import annotations

import codecs

_LONGEST = 1 << 12


class Printed:
    """Takes bytes and gives back lines. As on a terminal, what follows a carriage return replaces its line."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._open = ""

    @property
    def begun(self) -> bool:
        """Whether a line is in progress."""
        return bool(self._open)

    @property
    def tail(self) -> str:
        """The line in progress, such as a bar that grows."""
        return _overwritten(self._open)

    def feed(self, data: bytes) -> list[str]:
        """Take a piece; returns the lines that are now finished, one that never ends among them."""
        *lines, self._open = (self._open + self._decoder.decode(data)).split("\n")
        if len(self._open) > _LONGEST:
            lines += self.close()
        return [_overwritten(line) for line in lines]

    def close(self) -> list[str]:
        """Nothing follows; returns the line in progress, if there is one."""
        rest, self._open = self.tail, ""
        return [rest] if rest else []


def _overwritten(line: str) -> str:
    return line.rstrip("\r").rpartition("\r")[2]
