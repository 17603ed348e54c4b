"""Errors of the command line, and how every error ends the program (architecture.md#the-command-line)."""

from __future__ import annotations

DONE = 0
FAILED = 1
USAGE = 2
NOT_LOADED = 3
TIMED_OUT = 124
INTERRUPTED = 130


class UsageError(Exception):
    """The command was asked for something it cannot do; ends with exit code 2."""

    code = USAGE


class CommandFailed(UsageError):
    """What a command set going has failed, such as a handler of the app; ends with exit code 1."""

    code = FAILED


def worst(*codes: int) -> int:
    """Of several exit codes the one to end with: a time-out before bad input before a failed turn."""
    order = (DONE, FAILED, NOT_LOADED, USAGE, TIMED_OUT, INTERRUPTED)
    return max(codes, key=order.index, default=DONE)
