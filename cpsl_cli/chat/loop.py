"""Running the event loop so that nothing an app does ends it by accident."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

from cpsl.render.failure import describe
from cpsl.render.safe import visible
from cpsl_cli.streams import say

T = TypeVar("T")


def run_to_end(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` on the loop and close it.

    ``SystemExit`` or ``KeyboardInterrupt`` raised by some coroutine that the app left running would stop
    the loop; it is reported, and the loop goes on.
    """
    gc.freeze()
    gc.enable()
    loop.set_exception_handler(_report_background)
    task = loop.create_task(work)
    try:
        while not task.done():
            try:
                loop.run_until_complete(task)
            except (SystemExit, KeyboardInterrupt) as stray:
                if task.done():
                    raise
                say(f"error in a background task: {describe(stray)}\n")
        return task.result()
    finally:
        _close(loop)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=1.0))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def _report_background(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    words = describe(error) if error else visible(str(context.get("message", "")))
    say(f"error in a background task: {words}\n")
