"""The terminal's keys.

As long as the chat is open the terminal echoes nothing and interprets nothing, also between two prompts and
while something is printed above one. Otherwise a key pressed at that moment would stand somewhere on the
screen, and an Enter would arrive as a line feed, which is a newline in the message.
"""

from __future__ import annotations

import termios
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.input.vt100 import Vt100Input, raw_mode

from cpsl_cli.repl.tty import Terminal

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


async def print_above(write: Callable[[], None]) -> None:
    """Take the prompt off the screen, write, and draw it again below; keys pressed meanwhile are the prompt's."""
    token = _printing.set(True)
    try:
        printing: Awaitable[None] = run_in_terminal(write)
        await printing
    finally:
        _printing.reset(token)
