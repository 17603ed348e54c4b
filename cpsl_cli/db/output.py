"""Where the rows go: the real stdout, or the shell's screen with its pager; and asking before something is lost."""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar
from typing import Protocol

from cpsl.wording import parse_boolean
from cpsl_cli.config import setting_here
from cpsl_cli.console import STDOUT, Look, decide, terminal_width
from cpsl_cli.db.db_errors import OutputClosed, QueryError
from cpsl_cli.errors import FAILED, UsageError
from cpsl_cli.streams import say, stderr_is_terminal

_BUFFER = 1 << 16


class Sink(Protocol):
    """Takes text, in order; ``flush`` shows all of it."""

    def write(self, text: str) -> None:
        """Take text. Raises ``OutputClosed``."""
        ...

    def flush(self) -> None:
        """Show what was taken. Raises ``OutputClosed``."""
        ...


class Descriptor:
    """A descriptor as a sink; written in large pieces, as UTF-8 whatever the locale says."""

    def __init__(self, descriptor: int = STDOUT) -> None:
        self._descriptor = descriptor
        self._pieces: list[str] = []
        self._size = 0

    def write(self, text: str) -> None:
        """Take text. Raises ``OutputClosed``, ``QueryError`` when the device is full."""
        self._pieces.append(text)
        self._size += len(text)
        if self._size > _BUFFER:
            self.flush()

    def flush(self) -> None:
        """Write what was taken."""
        data = "".join(self._pieces).encode("utf-8", "backslashreplace")
        self._pieces, self._size = [], 0
        while data:
            data = data[self._write(data) :]

    def _write(self, data: bytes) -> int:
        try:
            return os.write(self._descriptor, data)
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as error:
            raise QueryError(f"stdout: {error.strerror}.") from None


class CommandOutput:
    """Where a command shows its result, and how.

    :param terminal: whether a person looks: values are made safe, tables are the default.
    :param columns: the width of the screen; 0 is without end.
    :param vertical: show a table that is wider than the screen as one field per line.
    """

    def __init__(self, sink: Sink, look: Look, *, terminal: bool, columns: int, vertical: bool = False) -> None:
        self.sink = sink
        self.look = look
        self.terminal = terminal
        self.columns = columns
        self.vertical = vertical


_inside: ContextVar[CommandOutput | None] = ContextVar("output", default=None)
set_output = _inside.set


def current_output(color: str | None = None) -> CommandOutput:
    """The shell's inside the shell, else stdout."""
    output = _inside.get()
    if output:
        return output
    terminal = os.isatty(STDOUT)
    return CommandOutput(
        Descriptor(),
        decide(setting_here("color", color), terminal=terminal),
        terminal=terminal,
        columns=terminal_width(STDOUT) if terminal else 0,
    )


def confirm_change(what: str, *, yes: bool, dry_run: bool) -> bool:
    """Say what is about to happen, and whether it may: because of ``--yes``, or because a person says so.

    Raises ``UsageError`` when there is nobody to ask.
    """
    if dry_run:
        say(f"{what}: not done, because of --dry-run.\n")
        return False
    if yes:
        say(f"{what}.\n")
        return True
    if not _is_anybody_there():
        raise UsageError(f"{what}: without a terminal to ask on, this needs --yes.")
    say(f"{what}. Go on? [y/N] ")
    if parse_boolean(sys.stdin.readline()):
        return True
    say("Nothing was changed.\n")
    return False


def refusal_code(dry_run: bool) -> int:
    """The exit code of a command that was not agreed to."""
    return 0 if dry_run else FAILED


def _is_anybody_there() -> bool:
    """Whether there is a person to ask."""
    return os.isatty(0) and sys.stdin is not None and stderr_is_terminal()
