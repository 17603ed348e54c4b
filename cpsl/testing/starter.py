"""The ``simulator`` fixture: simulators that a test starts and pytest ends."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any

from cpsl.clock import VirtualClock
from cpsl.runtime.app import App
from cpsl.runtime.ports import Channel
from cpsl.testing.entry import entry_in
from cpsl.testing.simulator import Services, Simulator
from cpsl.testing.simulators import Worlds


class SimulatorStarter:
    """``sim = await simulator("app.py")`` until the test ends, or ``async with simulator("app.py") as sim:``."""

    def __init__(self, worlds: Worlds, folders: Sequence[Path]) -> None:
        self._worlds = worlds
        self._folders = folders

    def __call__(
        self,
        app: App | str | PathLike[str],
        *,
        store: str | PathLike[str] | None = None,
        clock: str | datetime | VirtualClock | None = None,
        seed: int = 0,
        sinks: tuple[Channel, ...] = (),
        connected: Services | None = None,
    ) -> Starting:
        """A simulator that is about to start; takes what ``Simulator`` takes.

        An app's file is looked for in the folder of the test's file, then in pytest's rootdir; raises
        ``AppLoadError`` when it is in neither.
        """
        named = app if isinstance(app, App) else entry_in(self._folders, str(app))
        return Starting(
            lambda: Simulator(named, store=store, clock=clock, seed=seed, sinks=sinks, connected=connected),
            self._worlds,
        )


class Starting:
    """Awaited or entered, once, it loads and boots the app. Raises ``AppLoadError`` and ``BootError`` then."""

    def __init__(self, make: Callable[[], Simulator], worlds: Worlds) -> None:
        self._make = make
        self._worlds = worlds
        self._simulator: Simulator | None = None

    def __await__(self) -> Generator[Any, None, Simulator]:
        return self.__aenter__().__await__()

    async def __aenter__(self) -> Simulator:
        self._simulator = self._make()
        await self._worlds.enter(self._simulator)
        return self._simulator

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._simulator:
            await self._worlds.leave(self._simulator)
