"""The terminal's keys.

As long as the chat is open the terminal echoes nothing and interprets nothing, also between two prompts and
while something is printed above one. Otherwise a key pressed at that moment would stand somewhere on the
screen, and an Enter would arrive as a line feed, which is a newline in the message.
"""

from __future__ import annotations

import os
import select
import termios
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.input.vt100 import Vt100Input, raw_mode
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress

from cpsl_cli.repl.tty import Terminal

_LOCAL_FLAGS = 3
_LINE_BYTES = 4096
_CTRL_D = "\x04"

_printing: ContextVar[bool] = ContextVar("capsule_printing", default=False)


class NoEcho(raw_mode):
    """Before the first prompt and after the last: as raw as for a prompt, but Ctrl-C is still a signal."""

    @classmethod
    def _patch_lflag(cls, attrs: int) -> int:
        return super()._patch_lflag(attrs) | termios.ISIG


class Keyboard(Vt100Input):
    """The terminal's keys, which go back to normal for editors, debuggers and the shell only, as all of it does."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal.keys)
        self._terminal = terminal

    @contextmanager
    def cooked_mode(self) -> Iterator[None]:
        """How prompt_toolkit leaves the prompt for something else on the terminal."""
        if _printing.get():
            yield
            return
        with self._terminal.lent(), super().cooked_mode():
            yield

    def take_typed_ahead(self) -> None:
        """Hand lines typed before the chat opened to the prompt, each with its Enter, as a shell takes them."""
        keys: list[KeyPress] = []
        parser = Vt100Parser(keys.append)
        for line in _waiting_lines(self.fileno()):
            parser.feed(line.replace("\n", "\r"))
        store_typeahead(self, keys)


def _waiting_lines(fd: int) -> Iterator[str]:
    """What the terminal has whole lines of. One that still lacks its Enter becomes readable with raw mode."""
    while termios.tcgetattr(fd)[_LOCAL_FLAGS] & termios.ICANON and select.select([fd], [], [], 0)[0]:
        line = os.read(fd, _LINE_BYTES)
        if not line:
            yield _CTRL_D
            return
        yield line.decode("utf-8", "surrogateescape")


async def print_above(write: Callable[[], None]) -> None:
    """Take the prompt off the screen, write, and draw it again below; keys pressed meanwhile are the prompt's."""
    token = _printing.set(True)
    try:
        printing: Awaitable[None] = run_in_terminal(write)
        await printing
    finally:
        _printing.reset(token)
