"""Telling a person why something could not be done: one sentence, their own lines, an exit code."""

from __future__ import annotations

from cpsl.errors import CapsuleError
from cpsl.render.failure import describe, full_traceback, places
from cpsl.render.safe import visible
from cpsl_cli.streams import say


def report(error: CapsuleError, *, full: bool = False) -> int:
    """Show the error on stderr and return its exit code; ``full`` shows every frame of its cause."""
    say(f"capsule: {visible(str(error))}\n")
    cause = error.__cause__
    if cause is not None and full:
        say(full_traceback(cause) + "\n")
    elif cause is not None and places(cause):
        say(describe(cause) + "\n")
    return error.exit_code
