"""Running the event loop so that nothing an app does ends it by accident."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cpsl.render.failure import describe
from cpsl.render.safe import visible
from cpsl_cli.streams import say

T = TypeVar("T")

_CLOSE_SECONDS = 1.0


def run_to_end(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T],
    on_left: Callable[[set[asyncio.Task[Any]]], object] = lambda tasks: None,
) -> T:
    """Run ``work`` on the loop and close it; ``on_left`` is given the tasks that did not end when they were told to.

    ``SystemExit`` or ``KeyboardInterrupt`` raised by some coroutine that the app left running would stop
    the loop; it is reported, and the loop goes on, as it does where an app stops it.
    """
    gc.freeze()
    gc.enable()
    loop.set_exception_handler(_report_background)
    try:
        return _driven(loop, loop.create_task(work))
    finally:
        _close(loop, on_left)


def _driven(loop: asyncio.AbstractEventLoop, task: asyncio.Task[T]) -> T:
    while not task.done():
        try:
            loop.run_until_complete(task)
        except (SystemExit, KeyboardInterrupt) as stray:
            if task.done():
                raise
            _tell(describe(stray))
        except RuntimeError:
            if task.done() or loop.is_closed() or asyncio._get_running_loop():
                raise
            _tell("the app has stopped the event loop, which goes on.")
    return task.result()


def _close(loop: asyncio.AbstractEventLoop, on_left: Callable[[set[asyncio.Task[Any]]], object]) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        _driven(loop, loop.create_task(_ended(left)))
        if left := {task for task in left if not task.done()}:
            on_left(left)
    _driven(loop, loop.create_task(loop.shutdown_asyncgens()))
    loop.close()


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.wait(tasks, timeout=_CLOSE_SECONDS)


def _report_background(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    # These have come out of the loop, and were told there, before their task was found to be forgotten.
    if not isinstance(error, (SystemExit, KeyboardInterrupt)):
        _tell(describe(error) if error else visible(str(context.get("message", ""))))


def _tell(words: str) -> None:
    say(f"error in a background task: {words}\n")
