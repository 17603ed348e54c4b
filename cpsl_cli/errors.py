"""Errors of the command line, and how every error ends the program (architecture.md#the-command-line)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpsl.errors import CapsuleError

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


def report(error: CapsuleError, *, full: bool = False) -> int:
    """Show the error on stderr, with a person's own lines that raised it, and return its exit code.

    :param full: show every frame of its cause.
    """
    from cpsl.render.failure import describe, full_traceback, places
    from cpsl.render.safe import visible
    from cpsl_cli.streams import say

    say(f"capsule: {visible(str(error))}\n")
    cause = error.__cause__
    if cause is not None and full:
        say(full_traceback(cause) + "\n")
    elif cause is not None and places(cause):
        say(describe(cause) + "\n")
    return error.exit_code


def report_unwritable_stdout(error: OSError) -> int:
    """Tell that stdout takes nothing, and return the exit code; that nobody reads any more is no failure.

    What is left in Python's buffer goes nowhere: it would be tried once more at the end.
    """
    from cpsl_cli.streams import say

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    if isinstance(error, BrokenPipeError):
        return DONE
    say(f"capsule: stdout: {error.strerror}.\n")
    return FAILED
