"""What the app prints: it comes through a pipe, in pieces, and a child process may write half a letter."""

from __future__ import annotations

import codecs
import os

_LONGEST = 1 << 12
_PIECE = 1 << 16
# As much as a pipe can be made to hold: whoever still prints when the chat ends does not keep it from ending.
_MOST_AT_ONCE = 1 << 20


class OutputPipe:
    """The reading end of the pipe that stands in for the terminal."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor

    def fileno(self) -> int:
        """The descriptor, to wait for what comes."""
        return self._descriptor

    def read(self) -> bytes:
        """What has been printed since, or a first piece of it."""
        try:
            return os.read(self._descriptor, _PIECE)
        except BlockingIOError:
            return b""

    def read_all(self) -> bytes:
        """All that has been printed until now."""
        pieces: list[bytes] = []
        while sum(map(len, pieces)) < _MOST_AT_ONCE and (piece := self.read()):
            pieces.append(piece)
        return b"".join(pieces)


class OutputLines:
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
