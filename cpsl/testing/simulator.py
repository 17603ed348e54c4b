"""``Simulator``: an app in a world of its own, with a clock that stands still and ids that repeat."""

from __future__ import annotations

from datetime import datetime, timezone
from os import PathLike
from types import TracebackType
from typing import Any

from cpsl.channels.scripted import Collector
from cpsl.clock import VirtualClock
from cpsl.ids import SeededIds
from cpsl.model.identity import UserInfo
from cpsl.runtime.app import App
from cpsl.runtime.loader import load
from cpsl.runtime.ports import Channel, World
from cpsl.runtime.runtime import Runtime
from cpsl.store.store import Store
from cpsl.testing.chat import Chat


class Simulator:
    """Runs an app for a test: ``async with Simulator(app) as sim: turn = await sim.chat().send("hi")``.

    :param app: an ``App``, or an entry point such as ``"app.py"`` or ``"app.py:app"``.
    :param store: the path of a database file; None keeps everything in memory.
    :param clock: where the virtual clock starts: ISO 8601 text or a datetime; None is now.
    :param seed: seeds the ids of sessions and blocks.
    :param sinks: channels that see every event as well, such as a recorder.

    Entering runs the app's ``boot`` hook (raises ``BootError``), leaving its ``exit`` and ``shutdown`` hooks
    (raises ``ShutdownError``).
    """

    def __init__(
        self,
        app: App | str,
        *,
        store: str | PathLike[str] | None = None,
        clock: str | datetime | None = None,
        seed: int = 0,
        sinks: tuple[Channel, ...] = (),
    ) -> None:
        self.app = load(app).app if isinstance(app, str) else app
        self._clock = VirtualClock(clock)
        self._collector = Collector()
        self._store = Store(None if store is None else str(store))
        world = World(self._clock, SeededIds(seed), self._store, self._collector, sinks, self._collector)
        self._runtime = Runtime(self.app, world)

    async def __aenter__(self) -> Simulator:
        try:
            await self._runtime.start()
        except BaseException:
            self._store.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._runtime.close()
        finally:
            self._store.close()

    def chat(
        self,
        user: str = "local",
        *,
        email: str | None = None,
        org: str | None = None,
        session: str | None = None,
        channel: str = "chat",
    ) -> Chat:
        """A conversation of that person: their latest, or the one named ``session``, opened or made."""
        person = UserInfo(user, email, org)
        opened = self._runtime.named(person, session, channel) if session else self._runtime.resume(person, channel)
        return Chat(opened, self._store, self._collector)

    async def data(
        self,
        name: str,
        /,
        user: str = "local",
        *,
        email: str | None = None,
        org: str | None = None,
        guest: bool = False,
        **parameters: str,
    ) -> Any:
        """What a data handler answers that person; raises what it raises (API.md §18).

        Parameters are texts, as in a request. A ``guest`` is not signed in.
        """
        person = UserInfo(user, email, org)
        return await self._runtime.data(name, person, parameters, authenticated=not guest)

    @property
    def now(self) -> datetime:
        """The virtual time, in UTC."""
        return datetime.fromtimestamp(self._clock.now(), timezone.utc)
