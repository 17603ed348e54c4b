"""What runs beside the turns of a runtime: work of its own, and what the app's code has left running."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any

TaskFactory = Callable[..., Any]

# Whose app's code runs. A task that it begins copies the context, and so do that one's; plain threads do not.
_owner: ContextVar[Background | None] = ContextVar("cpsl_background", default=None)


class Background:
    """Belongs to one runtime and one event loop, from :meth:`watch` to :meth:`close`.

    The runtime's own work ends with it. What an app has left running is only known here: it goes on to the end of the
    loop, since it may have something to put in order.
    """

    def __init__(self) -> None:
        self._own: set[asyncio.Task[Any]] = set()
        self._left: set[asyncio.Task[Any]] = set()
        self._factory: _WatchedTasks | None = None

    @property
    def left_running(self) -> frozenset[asyncio.Task[Any]]:
        """The tasks that the app's code has begun and that have not ended."""
        return frozenset(task for task in self._left if not task.done())

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin work of the runtime's own on the running loop; it is cancelled when the runtime closes.

        What it raises is told as asyncio tells of any task; what its code begins is found as the app's.
        """
        context = copy_context()
        context.run(_owner.set, None)
        task = context.run(asyncio.get_running_loop().create_task, self._owning(work))
        self._own.add(task)
        task.add_done_callback(self._own.discard)
        return task

    def add(self, task: asyncio.Task[Any]) -> None:
        """The app has left that one running."""
        if not task.done() and task not in self._left:
            self._left.add(task)
            task.add_done_callback(self._left.discard)

    @contextmanager
    def owning(self) -> Iterator[None]:
        """Within the block the app's code runs: tasks that begin there are its."""
        token = _owner.set(self)
        try:
            yield
        finally:
            _owner.reset(token)

    def own_task(self) -> None:
        """The running task calls the app's code, and nothing else from now on."""
        _owner.set(self)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Be told of the tasks that begin on the loop; an app may have set a task factory since, which stays."""
        present = loop.get_task_factory()
        if present is not self._factory or present is None:
            factory = self._factory = present if isinstance(present, _WatchedTasks) else _WatchedTasks(present)
            factory.watchers.add(self)
            loop.set_task_factory(factory)

    def unwatch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give the loop its own task factory back, once nobody watches any more."""
        factory, self._factory = self._factory, None
        if factory is None:
            return
        watchers, before = factory.watchers, factory.made_by
        watchers.discard(self)
        if not watchers and loop.get_task_factory() is factory:
            loop.set_task_factory(before)

    async def close(self, seconds: float) -> None:
        """Cancel the runtime's own work and give it so many real seconds to end."""
        own = set(self._own)
        for task in own:
            task.cancel()
        if own:
            await asyncio.wait(own, timeout=seconds)

    async def _owning(self, work: Coroutine[Any, Any, Any]) -> Any:
        self.own_task()
        return await work


class _WatchedTasks:
    """A task factory that makes tasks as the loop did before, and tells each to whom its context belongs."""

    def __init__(self, made_by: TaskFactory | None) -> None:
        self.made_by = made_by
        self.watchers: set[Background] = set()

    def __call__(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> Any:
        task = self.made_by(loop, work, **options) if self.made_by else asyncio.Task(work, loop=loop, **options)
        context = options.get("context")
        owner = _owner.get() if context is None else context.get(_owner)
        if owner is not None:
            owner.add(task)
        return task
