"""The real terminal, and what the app prints meanwhile (architecture.md#from-an-app-to-the-screen).

Descriptors 1 and 2 are pointed at a pipe: whatever the app, a C library or a child process prints there
is shown above the prompt instead of garbling it. Descriptor 0 is empty: an ``input()`` in a handler, or a child
process that reads, would take keys from the prompt and never see the end of a line.
"""

from __future__ import annotations

import asyncio
import io
import os
import select
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from cpsl_cli.repl.app_output import OutputPipe

_GIVEN_UP_SECONDS = 10.0
"""What a terminal that takes nothing is waited for; a slow one may draw for seconds between two reads."""


class Window(io.RawIOBase):
    """What is written to the terminal, which may be slow, or closed any time.

    While a loop drives it, writing never blocks: what the terminal does not take yet waits here, and goes out as soon
    as it does. What is written after it was closed goes nowhere.
    """

    def __init__(self, descriptor: int) -> None:
        self._shared = os.dup(descriptor)
        # Whether writing blocks is a property of the open file, which the shell and the app's children share.
        self._own = _opened_anew(self._shared)
        self._waiting: deque[bytes] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._emptied: Callable[[], object] = lambda: None
        self._gone = False

    def fileno(self) -> int:
        """The terminal, to ask for its size."""
        return self._shared

    def writable(self) -> bool:
        """It is."""
        return True

    @property
    def pending(self) -> bool:
        """Whether the terminal has not taken all yet."""
        return bool(self._waiting)

    def drive(self, loop: asyncio.AbstractEventLoop, emptied: Callable[[], object]) -> None:
        """From now on writing does not wait; ``emptied`` is called when the terminal has taken what it did not."""
        if self._own != self._shared:
            self._loop, self._emptied = loop, emptied

    def write(self, data: Any, /) -> int:
        """Write as much as the terminal takes, and keep the rest for later; without a loop, wait."""
        piece = bytes(data)
        if self._gone:
            return len(piece)
        idle = not self._waiting
        self._waiting.append(piece)
        if self._loop is None:
            self.wait()
        elif idle:
            self._push()
            if self._waiting:
                self._loop.add_writer(self._own, self._go_on)
        return len(piece)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the terminal has taken all; False once it has taken nothing for that many seconds."""
        while self._waiting:
            if not select.select((), (self._own,), (), seconds)[1]:
                return False
            self._push()
        self._rest()
        return True

    @contextmanager
    def waits(self) -> Iterator[None]:
        """Meanwhile writing waits, whichever thread writes; what waited before is written first."""
        self.wait(_GIVEN_UP_SECONDS)
        self._rest()
        loop, self._loop = self._loop, None
        try:
            yield
        finally:
            self._loop = loop

    def stop_driving(self) -> None:
        """The loop ends. What a terminal that takes nothing any more still has to come is dropped at last."""
        if not self.wait(_GIVEN_UP_SECONDS):
            self._waiting.clear()
            self._rest()
        self._loop = None

    def _go_on(self) -> None:
        self._push()
        if not self._waiting:
            self._rest()
            self._emptied()

    def _rest(self) -> None:
        if self._loop:
            self._loop.remove_writer(self._own)

    def _push(self) -> None:
        try:
            while self._waiting:
                piece = self._waiting[0]
                written = os.write(self._own, piece)
                if written == len(piece):
                    self._waiting.popleft()
                else:
                    self._waiting[0] = piece[written:]
        except BlockingIOError:
            pass
        except OSError:
            self._gone = True
            self._waiting.clear()


def _opened_anew(descriptor: int) -> int:
    """The same terminal, for writing without waiting; the descriptor itself if it cannot be opened by its name."""
    with suppress(OSError):
        return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    return descriptor


class Terminal:
    """The terminal's own streams, while everybody else has nothing to read and their output is caught."""

    def __init__(self) -> None:
        self.window = Window(1)
        screen = io.BufferedWriter(self.window)
        self.file: TextIO = io.TextIOWrapper(screen, encoding="utf-8", errors="backslashreplace")
        self._saved = {descriptor: os.dup(descriptor) for descriptor in (0, 1, 2)}
        self.keys: TextIO = open(self._saved[0], encoding="utf-8", closefd=False)  # noqa: SIM115
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        read_end, write_end = os.pipe()
        self.caught = OutputPipe(read_end)
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
            with self.window.waits():
                yield
        finally:
            for descriptor, kept in ours.items():
                os.dup2(kept, descriptor)
                os.close(kept)

    def release(self, *, flush: bool) -> bytes:
        """Give the descriptors back; returns what was still in the pipe.

        Without ``flush``, what Python itself has not passed on yet stays there: a thread that is still printing into
        the full pipe holds the stream.
        """
        if flush:
            sys.stdout.flush()
            sys.stderr.flush()
        for descriptor, saved in self._saved.items():
            os.dup2(saved, descriptor)
        return self.caught.read_all()
