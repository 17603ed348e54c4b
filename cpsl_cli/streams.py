"""The process's standard streams, so that the product stream is ours alone (architecture.md#the-command-line).

Whatever the app, a C library or a child process prints to descriptor 1 must not get between the replies,
and none of them may eat the script on descriptor 0. Where stderr is a terminal, what they print reaches it with
everything visible that cannot be seen or would act on it.
"""

from __future__ import annotations

import atexit
import codecs
import fcntl
import io
import os
import select
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from cpsl.model.redaction import redact
from cpsl.render.safe import VisibleStream, visible, visible_json

_PIECE = 1 << 16
_LINES: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "line_buffering": True}
_SETTLE_SECONDS = 1.0


class _Printed:
    """What is printed to descriptors 1 and 2, on its way to the terminal that was descriptor 2.

    A thread passes it on, since whoever prints much would wait for ever for a reader on its own thread.
    """

    def __init__(self) -> None:
        self.terminal = os.dup(2)
        self._caught, write_end = os.pipe()
        os.dup2(write_end, 2)
        os.close(write_end)
        self._passing_on = threading.Lock()
        threading.Thread(target=self._pass_on, name="capsule-printed", daemon=True).start()

    def settle(self) -> None:
        """Wait until the terminal has what was printed before; for a moment only where somebody prints on and on."""
        until = time.monotonic() + _SETTLE_SECONDS
        while self._waiting() and time.monotonic() < until:
            time.sleep(0.001)
        if self._passing_on.acquire(timeout=_SETTLE_SECONDS):
            self._passing_on.release()

    def write(self, text: str) -> None:
        """Write text of our own, below what was printed before."""
        self.settle()
        data = text.encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(self.terminal, data) :]

    def _waiting(self) -> bool:
        return fcntl.ioctl(self._caught, termios.FIONREAD, bytes(4)) != bytes(4)

    def _pass_on(self) -> None:
        decoder, safe = codecs.getincrementaldecoder("utf-8")("replace"), VisibleStream()
        while True:
            select.select((self._caught,), (), ())
            with self._passing_on:
                # What a progress bar writes over is kept, line by line.
                text = decoder.decode(os.read(self._caught, _PIECE)).replace("\r\n", "\n").replace("\r", "\n")
                data = safe.feed(text).encode("utf-8", "backslashreplace")
                try:
                    while data:
                        data = data[os.write(self.terminal, data) :]
                except OSError:
                    pass


class _Shared:
    """The one way of a process to its terminal; ``printed`` is None where stderr is none.

    ``errors`` is a stream to descriptor 2 once the streams are taken over: an app may close or replace ``sys.stderr``.
    ``output_lost`` says that stdout took no more, for another reason than that nobody reads it.
    """

    printed: _Printed | None = None
    errors: io.TextIOWrapper | None = None
    output_lost = False


class Product:
    """The real stdout. Writing never raises: an app's handler must not see our closed pipe."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        # Only then do both streams meet on one screen.
        self.is_terminal = os.isatty(descriptor)
        self._is_seen = self.is_terminal and stderr_is_terminal()
        self._in_line = False
        self.closed = False
        self._on_closed: Callable[[], object] = lambda: None

    @contextmanager
    def when_closed(self, stop: Callable[[], object]) -> Iterator[None]:
        """Meanwhile ``stop`` is called, once, when the reader has gone away or the disk is full."""
        before, self._on_closed = self._on_closed, stop
        try:
            yield
        finally:
            self._on_closed = before

    def write(self, text: str) -> None:
        """Write the text at once, as UTF-8."""
        if text:
            self._in_line = text[-1] != "\n"
        self._send(text)

    def write_json(self, lines: str) -> None:
        """Write lines of JSON; what a person at a terminal would not see in them is escaped there."""
        self.write(visible_json(lines) if self.is_terminal else lines)

    def prompt(self, text: str) -> None:
        """Write what a person types behind: their Enter ends the line."""
        self._send(text)
        self._in_line = False

    def break_line(self) -> None:
        """On a terminal, end the line in progress, because something else is about to be said on stderr."""
        if self._in_line and self._is_seen:
            self.write("\n")

    def _send(self, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace")
        if self._is_seen and _Shared.printed:
            _Shared.printed.settle()
        while data and not self.closed:
            try:
                data = data[os.write(self.descriptor, data) :]
            except BlockingIOError:
                select.select((), (self.descriptor,), ())
            except OSError as error:
                self.closed = True
                # Where the reader, or the terminal, has gone away, nobody misses anything.
                if not isinstance(error, BrokenPipeError) and not self.is_terminal:
                    _Shared.output_lost = True
                    say(f"capsule: stdout: {error.strerror}.\n")
                self._on_closed()


def output_lost() -> bool:
    """Whether something that belongs on stdout could not be written there; that was told."""
    return _Shared.output_lost


def stderr_is_terminal() -> bool:
    """Whether stderr goes to a terminal, also while what is printed takes a detour on its way there."""
    return _Shared.printed is not None or os.isatty(2)


class Streams(NamedTuple):
    """The streams after :func:`take_over`: the script to read, and where the replies go."""

    script: int
    product: Product

    def give_back(self) -> None:
        """Undo the taking over: the app's streams are the real ones again."""
        let_through()
        _Shared.errors = None
        os.dup2(self.script, 0)
        os.dup2(self.product.descriptor, 1)
        os.close(self.script)
        os.close(self.product.descriptor)
        _rewrap()


def take_over() -> Streams:
    """Keep the real stdin and stdout for ourselves; the app gets an empty stdin, and stderr as its stdout."""
    fill_missing()
    script, product = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    if os.isatty(2) and not _Shared.printed:
        _Shared.printed = _Printed()
        atexit.register(let_through)
    os.dup2(2, 1)
    _Shared.errors = io.TextIOWrapper(open(2, "wb", closefd=False), **_LINES)  # noqa: SIM115
    _rewrap()
    return Streams(script, Product(product))


def let_through() -> None:
    """The process ends, or its streams are given back: what was printed is shown, and descriptor 2 the real one."""
    printed, _Shared.printed = _Shared.printed, None
    if printed:
        with suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
            sys.stderr.flush()
        printed.settle()
        os.dup2(printed.terminal, 2)


def _forget() -> None:
    """A forked process has no thread that passes on what it prints; its parent's does."""
    _Shared.printed = None


os.register_at_fork(after_in_child=_forget)


def fill_missing() -> None:
    """Open /dev/null for each closed standard descriptor, lest the database file become "stdout"."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def mask_stderr() -> None:
    """Mask secrets in what Python itself writes to stderr from now on: log lines, warnings, tracebacks of threads."""
    if sys.stderr is not None:
        sys.stderr = _Masked(open(2, "wb", closefd=False), **_LINES)  # noqa: SIM115


class _Masked(io.TextIOWrapper):
    """Text to a descriptor, with secrets masked in each piece; what is printed to stdout is the app's own affair."""

    def write(self, text: str, /) -> int:
        super().write(redact(text))
        return len(text)


def _rewrap() -> None:
    """New stream objects that fit the descriptors: lines at once, and no encoding error."""
    sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), **_LINES)  # noqa: SIM115
    sys.stderr = _Masked(open(2, "wb", closefd=False), **_LINES)  # noqa: SIM115


def say(text: str) -> None:
    """Write to stderr, secrets masked and control characters made visible; a closed one is no error."""
    write_raw(visible(redact(text)))


def write_raw(text: str) -> None:
    """Write text of our own to stderr as it is, to move on its line; a closed one is no error."""
    try:
        if _Shared.printed:
            _Shared.printed.write(text)
            return
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.flush()
        errors = _Shared.errors or sys.stderr
        errors.write(text)
        errors.flush()
    except (OSError, ValueError, AttributeError):
        pass
