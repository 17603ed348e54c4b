"""``Simulator``: an app in a world of its own, with a clock that stands still and ids that repeat."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from os import PathLike
from types import TracebackType
from typing import Any

from cpsl.channels.collector import Collector
from cpsl.clock import VirtualClock
from cpsl.ids import SeededIds
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.runtime.app import App
from cpsl.runtime.app_time import FrozenWorld, SeededRandom
from cpsl.runtime.connected import Connected, credentials
from cpsl.runtime.loader import load_anew
from cpsl.runtime.ports import Channel, World
from cpsl.runtime.runtime import Runtime
from cpsl.store.store import Store
from cpsl.testing.chat import Chat

Services = Mapping[str, Mapping[str, Mapping[str, str]]]


class Simulator:
    """Runs an app for a test: ``async with Simulator(app) as sim: turn = await sim.chat().send("hi")``.

    :param app: an ``App``, or an entry point such as ``"app.py"`` or ``"app.py:app"``.
    :param store: the path of a database file; None keeps everything in memory.
    :param clock: where the virtual clock starts: ISO 8601 text or a datetime; None is now. A ``VirtualClock`` is
        used as it is, so that several simulators can share it.
    :param seed: seeds the ids of sessions and blocks, and ``random``, anew for each turn. In a file no id comes twice:
        a further simulator on it draws others, again the same ones in each run that begins with a new file.
    :param sinks: channels that see every event as well, such as a recorder.
    :param connected: the services that people have connected: their fields, by person and service.

    Making one loads the app, entering runs its ``boot`` hook (raises ``BootError``); both raise ``TimeHeldError`` where
    another library, such as freezegun, holds the time. Leaving runs the ``exit`` and ``shutdown`` hooks (raises
    ``ShutdownError``). In between, ``datetime.now()``, ``time.time()`` and ``random`` of the whole process follow the
    virtual clock and the seed; asyncio's timers and ``time.monotonic()`` run on.
    """

    def __init__(
        self,
        app: App | str,
        *,
        store: str | PathLike[str] | None = None,
        clock: str | datetime | VirtualClock | None = None,
        seed: int = 0,
        sinks: tuple[Channel, ...] = (),
        connected: Services | None = None,
    ) -> None:
        self._clock = clock if isinstance(clock, VirtualClock) else VirtualClock(clock)
        chance = SeededRandom(seed)
        self._frozen = FrozenWorld(self._clock, chance)
        with self._frozen:
            self.app = load_anew(app).app if isinstance(app, str) else app
        self._collector = Collector()
        self._store = Store(None if store is None else str(store))
        try:
            taken = self._store.take_seed(seed)
        except BaseException:
            self._store.close()
            raise
        chance.draw_other_ids(taken)
        sees = (chance, *sinks)
        self._connected = _connected(connected or {})
        world = World(
            self._clock,
            SeededIds(seed, taken),
            self._store,
            self._collector,
            sees,
            self._collector,
            self._connected,
        )
        self._runtime = Runtime(self.app, world)

    async def __aenter__(self) -> Simulator:
        try:
            self._frozen.__enter__()
            await self._runtime.start()
        except BaseException:
            self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._runtime.close()
        finally:
            self._close()

    def _close(self) -> None:
        self._frozen.__exit__(None, None, None)
        self._store.close()

    def pause(self) -> None:
        """Between two pieces of work: let the process's own time and ``random`` run; the last simulator first.

        The virtual clock stands where it is, and can be moved.
        """
        self._frozen.pause()

    def resume(self) -> None:
        """After :meth:`pause`: freeze them again; the first simulator first. Raises ``TimeHeldError``."""
        self._frozen.resume()

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

    def chat_at(self, key: SessionKey) -> Chat:
        """The conversation of exactly that key, opened or made: as :meth:`chat`, when its id is known."""
        return Chat(self._runtime.keyed(key), self._store, self._collector)

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
        """What a data handler answers that person; raises what it raises (behaviour.md §18).

        Parameters are texts, as in a request. A ``guest`` is not signed in.
        """
        person = UserInfo(user, email, org)
        return await self._runtime.data(name, person, parameters, authenticated=not guest)

    @property
    def now(self) -> datetime:
        """The virtual time, in UTC."""
        return datetime.fromtimestamp(self._clock.now(), timezone.utc)

    async def choose(self, key: SessionKey, name: str, value: Any) -> None:
        """A person changes a setting. Raises ``LookupError`` for one that the app does not declare."""
        await self._runtime.choose(key, name, value)

    def connect(self, user: str, service: str, fields: Mapping[str, str]) -> None:
        """From now on that person has connected the service, with those credentials."""
        self._connected.of(user)[service] = credentials(fields)

    @property
    def stored(self) -> Store:
        """The store the app runs on, as long as the simulator is open."""
        return self._store

    def set_time(self, moment: float | datetime | str) -> None:
        """Set the virtual clock at once, also back. Raises ``ValueError`` for text that is no ISO 8601 time."""
        self._clock.set(moment)

    async def run_to(self, moment: float | datetime | str) -> None:
        """Let time pass up to that moment, as :meth:`advance` does; an earlier one is set.

        Raises as :meth:`set_time`.
        """
        await self._clock.run_to(moment)

    async def advance(self, delta: timedelta | float | str) -> None:
        """Let time pass on the virtual clock: ``"35m"``, ``"1d12h"``, a timedelta, or seconds.

        Who waits on that clock goes on at the very moment they wait for, one after the other.
        Raises ``ValueError`` for a step backwards and for other text.
        """
        await self._clock.run_for(delta)

    @property
    def waiting(self) -> int:
        """How many wait on the virtual clock."""
        return self._clock.waiting

    @property
    def left_running(self) -> frozenset[asyncio.Task[Any]]:
        """The tasks that the app has begun and that have not ended; a turn in progress is none of them."""
        return self._runtime.background.left_running

    async def settled(self, timeout: float = 5.0) -> None:
        """Wait until the coroutines that the app has left running have ended, and store what they changed.

        What the test itself has begun is not waited for.

        Raises ``TimeoutError`` when some still run after ``timeout`` seconds of real time.
        """
        running = self.left_running - {asyncio.current_task()}
        if running:
            _, late = await asyncio.wait(running, timeout=timeout)
            if late:
                names = ", ".join(sorted(str(task.get_coro()) for task in late))
                raise TimeoutError(f"still running after {timeout:g} s: {names}")
        self._runtime.commit_late_changes()


def _connected(services: Services) -> Connected:
    return Connected(
        lambda user_id: {service: credentials(fields) for service, fields in services.get(user_id, {}).items()}
    )
