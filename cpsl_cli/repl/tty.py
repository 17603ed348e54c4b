"""The real terminal, and what the app prints meanwhile (DESIGN.md §12).

Descriptors 1 and 2 are pointed at a pipe: whatever the app, a C library or a child process prints there
is shown above the prompt instead of garbling it. Descriptor 0 is empty: an ``input()`` in a handler, or a child
process that reads, would take keys from the prompt and never see the end of a line.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_PIECE = 1 << 16


class _Window(io.FileIO):
    """A terminal that may be closed any time: what is written afterwards goes nowhere."""

    def write(self, data: Any, /) -> int:
        """Write, or pretend to."""
        try:
            return super().write(data) or 0
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return memoryview(data).nbytes


class Terminal:
    """The terminal's own streams, while everybody else has nothing to read and their output is caught."""

    def __init__(self) -> None:
        screen = io.BufferedWriter(_Window(os.dup(1), "w"))
        self.file: TextIO = io.TextIOWrapper(screen, encoding="utf-8", errors="backslashreplace")
        self._saved = {descriptor: os.dup(descriptor) for descriptor in (0, 1, 2)}
        self.keys: TextIO = open(self._saved[0], encoding="utf-8", closefd=False)  # noqa: SIM115
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        self.caught, write_end = os.pipe()
        os.set_blocking(self.caught, False)
        for descriptor in self._caught_descriptors():
            os.dup2(write_end, descriptor)
        os.close(write_end)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]

    def _caught_descriptors(self) -> list[int]:
        """stderr stays where the user has redirected it to."""
        return [1, 2] if os.isatty(2) else [1]

    def send(self, sequence: str) -> None:
        """Hand the terminal a sequence that neither prints nor moves the cursor."""
        self.file.write(sequence)
        self.file.flush()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Meanwhile the descriptors are the terminal's again."""
        ours = {descriptor: os.dup(descriptor) for descriptor in self._saved}
        for descriptor, saved in self._saved.items():
            os.dup2(saved, descriptor)
        try:
            yield
        finally:
            for descriptor, kept in ours.items():
                os.dup2(kept, descriptor)
                os.close(kept)

    def read_caught(self) -> bytes:
        """What has been printed since, or a first piece of it."""
        try:
            return os.read(self.caught, _PIECE)
        except BlockingIOError:
            return b""

    def release(self) -> bytes:
        """Give the descriptors back; returns what was still in the pipe."""
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, saved in self._saved.items():
            os.dup2(saved, descriptor)
        return self.read_caught()
