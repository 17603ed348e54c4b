"""The event loop of a command: what would end it by accident is told on stderr."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

from cpsl.event_loop import OnLeft, close, drive
from cpsl.render.failure import describe
from cpsl.render.safe import visible
from cpsl_cli.streams import say

T = TypeVar("T")


def run_to_end(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T],
    on_left: OnLeft = lambda tasks: None,
    *,
    ctrl_c_ends: bool = False,
) -> T:
    """Run ``work`` on the loop and close it; ``on_left`` is given the tasks that did not end when they were told to.

    ``SystemExit`` or ``KeyboardInterrupt`` raised by some coroutine that the app left running would stop
    the loop; it is reported, and the loop goes on, as it does where an app stops it.

    :param ctrl_c_ends: for a command that has no handler of its own for Ctrl-C, which is a ``KeyboardInterrupt`` then.
    """

    def stopped(error: BaseException) -> None:
        if ctrl_c_ends and isinstance(error, KeyboardInterrupt):
            raise error
        stop = isinstance(error, RuntimeError)
        _tell("the app has stopped the event loop, which goes on." if stop else describe(error))

    gc.freeze()
    gc.enable()
    loop.set_exception_handler(_report_background)
    try:
        return drive(loop, work, stopped)
    finally:
        close(loop, stopped, on_left)


def _report_background(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    # These have come out of the loop, and were told there, before their task was found to be forgotten.
    if not isinstance(error, (SystemExit, KeyboardInterrupt)):
        _tell(describe(error) if error else visible(str(context.get("message", ""))))


def _tell(words: str) -> None:
    say(f"error in a background task: {words}\n")
