"""Running an event loop so that nothing an app does ends it by accident."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_CLOSE_SECONDS = 1.0

OnStop = Callable[[BaseException], object]
"""Told what has stopped a loop too early: a ``SystemExit`` or ``KeyboardInterrupt`` out of some forgotten coroutine,
Ctrl-C, or the ``RuntimeError`` that tells of ``loop.stop()``. What it raises ends the work; else the loop goes on."""

OnLeft = Callable[[set["asyncio.Task[Any]"]], object]
"""Given the tasks that did not end when they were told to."""


def drive(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T], on_stop: OnStop) -> T:
    """Run the coroutine to its end and return what it returns, or raise what it raises."""
    task = loop.create_task(work)
    while not task.done():
        try:
            loop.run_until_complete(task)
        except (SystemExit, KeyboardInterrupt, RuntimeError) as error:
            is_own = isinstance(error, RuntimeError) and (loop.is_closed() or asyncio._get_running_loop())
            if task.done() or is_own:
                raise
            try:
                on_stop(error)
            except BaseException:
                task.cancel()
                raise
    return task.result()


def close(
    loop: asyncio.AbstractEventLoop, on_stop: OnStop, on_left: OnLeft = lambda tasks: None, *, threads: bool = False
) -> None:
    """Cancel what still runs, wait a second for it to end, and close the loop.

    :param threads: whether to wait for the threads of its executor, too.
    """
    try:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            drive(loop, _ended(left), on_stop)
            if left := {task for task in left if not task.done()}:
                on_left(left)
        drive(loop, loop.shutdown_asyncgens(), on_stop)
        if threads:
            drive(loop, loop.shutdown_default_executor(), on_stop)
    finally:
        loop.close()


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.wait(tasks, timeout=_CLOSE_SECONDS)
