"""The process's standard streams, so that the product stream is ours alone (DESIGN.md §12).

Whatever the app, a C library or a child process prints to descriptor 1 must not get between the replies,
and none of them may eat the script on descriptor 0.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from typing import NamedTuple, TextIO

from cpsl.model.redaction import redact
from cpsl.render.safe import visible


class Product:
    """The real stdout. Writing never raises: an app's handler must not see our closed pipe.

    ``on_closed`` is called once when the reader has gone away.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        # Only then do both streams meet on one screen.
        self._is_seen = os.isatty(descriptor) and os.isatty(2)
        self._in_line = False
        self.closed = False
        self.on_closed: Callable[[], None] = lambda: None

    def write(self, text: str) -> None:
        """Write the text at once, as UTF-8."""
        if text:
            self._in_line = text[-1] != "\n"
        self._send(text)

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
        while data and not self.closed:
            try:
                data = data[os.write(self.descriptor, data) :]
            except BlockingIOError:
                select.select((), (self.descriptor,), ())
            except OSError:
                self.closed = True
                self.on_closed()


class Streams(NamedTuple):
    """The streams after :func:`take_over`: the script to read, and where the replies go."""

    script: int
    product: Product

    def give_back(self) -> None:
        """Undo the taking over: the app's streams are the real ones again."""
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
    os.dup2(2, 1)
    _rewrap()
    return Streams(script, Product(product))


def fill_missing() -> None:
    """Open /dev/null for each closed standard descriptor, lest the database file become "stdout"."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def _rewrap() -> None:
    """New stream objects that fit the descriptors: lines at once, and no encoding error."""
    sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stdout = _lines_to(1)
    sys.stderr = _lines_to(2)


def _lines_to(descriptor: int) -> TextIO:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def say(text: str) -> None:
    """Write to stderr, secrets masked and control characters made visible; a closed one is no error."""
    draw(visible(redact(text)))


def draw(text: str) -> None:
    """Write text of our own to stderr as it is, to move on its line; a closed one is no error."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass
