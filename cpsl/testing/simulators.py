"""The simulators of one test: entered in the test's own task, and left in it."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from cpsl.errors import TimeHeldError
from cpsl.testing.pytest_loop import Loop
from cpsl.testing.simulator import Simulator


class Worlds:
    """The simulators that a test has entered, in their order; they leave in the opposite one."""

    def __init__(self) -> None:
        self._open: list[Simulator] = []
        self._paused = False
        self._over = False
        self._problems: list[Exception] = []

    def check(self) -> None:
        """Raises ``RuntimeError`` when the test is over."""
        if self._over:
            raise RuntimeError("The test is over and its apps are shut down; a fixture finds none after its yield.")

    async def enter(self, simulator: Simulator) -> None:
        """Boot it. Raises ``BootError``, and as :meth:`check`."""
        self.check()
        await simulator.__aenter__()
        self._open.append(simulator)

    async def leave(self, simulator: Simulator) -> None:
        """Shut it down before the test ends. Raises ``ShutdownError``."""
        if simulator in self._open:
            self._open.remove(simulator)
            await simulator.__aexit__(None, None, None)

    def pause(self) -> None:
        """Let the process's own time and ``random`` run, as long as the test itself does not."""
        for simulator in [] if self._paused else reversed(self._open):
            simulator.pause()
        self._paused = True

    def resume(self) -> None:
        """After :meth:`pause`: the test goes on, and so does its time. Raises ``TimeHeldError``; then all is paused."""
        resumed: list[Simulator] = []
        try:
            for simulator in self._open if self._paused else []:
                simulator.resume()
                resumed.append(simulator)
        except BaseException:
            for simulator in reversed(resumed):
                simulator.pause()
            raise
        self._paused = False

    def closing(self, test: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The test, followed by the apps' ``exit`` and ``shutdown`` hooks in the same task.

        Whichever plugin runs the test: its loop, which the apps live on, may be gone when the fixtures end.
        """

        @functools.wraps(test)
        async def tested(*arguments: Any, **more: Any) -> Any:
            try:
                return await test(*arguments, **more)
            finally:
                await self._close()

        return tested

    def finish(self) -> list[Exception]:
        """At the fixture's end: what the hooks have raised. What is still open is shut down on a loop of its own."""
        if self._open:
            loop = Loop()
            try:
                # The hooks run at whatever time it is where another library holds it: that has been told with the test.
                with suppress(TimeHeldError):
                    self.resume()
                loop.run(self._close())
            finally:
                loop.close()
        self._over = True
        return self._problems

    async def _close(self) -> None:
        self._over = True
        while self._open:
            try:
                await self._open.pop().__aexit__(None, None, None)
            except Exception as error:
                self._problems.append(error)
