"""The terminal's keys.

As long as the chat is open the terminal echoes nothing and interprets nothing, also between two prompts and
while something is printed above one. Otherwise a key pressed at that moment would stand somewhere on the
screen, and an Enter would arrive as a line feed, which is a newline in the message.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.input.vt100 import Vt100Input

_printing: ContextVar[bool] = ContextVar("capsule_printing", default=False)


class Keyboard(Vt100Input):
    """Standard input, which goes back to normal for editors and debuggers only."""

    def __init__(self) -> None:
        super().__init__(sys.stdin)

    def cooked_mode(self) -> AbstractContextManager[None]:
        """How prompt_toolkit leaves the prompt for something else on the terminal."""
        return nullcontext() if _printing.get() else super().cooked_mode()


async def print_above(write: Callable[[], None]) -> None:
    """Take the prompt off the screen, write, and draw it again below; keys pressed meanwhile are the prompt's."""
    token = _printing.set(True)
    try:
        printing: Awaitable[None] = run_in_terminal(write)
        await printing
    finally:
        _printing.reset(token)
