"""The ``capsule`` fixture: apps and the people who talk to them, on one clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from cpsl.clock import VirtualClock
from cpsl.model.attachment import Attachment
from cpsl.model.message import Message
from cpsl.runtime.app import App
from cpsl.testing.chat import Chat, Turn
from cpsl.testing.entry import entry_in
from cpsl.testing.simulator import Simulator
from cpsl.testing.simulators import Worlds


class Capsule:
    """``capsule("app.py").session("bob")``: the apps of one test.

    :ivar clock: the time that all of them, and ``datetime.now()`` of the test, see from the first message on;
        it starts now and stands still. ``clock.advance("1d")`` moves it, ``clock.set("2030-01-01")`` sets it.
    """

    def __init__(self, worlds: Worlds, folders: Sequence[Path]) -> None:
        self.clock = VirtualClock()
        self._worlds = worlds
        self._folders = folders
        self._apps: dict[object, AppUnderTest] = {}

    def __call__(
        self, app: App | str | PathLike[str], *, store: str | PathLike[str] | None = None, seed: int | None = None
    ) -> AppUnderTest:
        """The app, the same one each time a test asks for it; loaded and booted when first talked to.

        :param app: an ``App``, or an entry point such as ``"app.py"`` or ``"app.py:app"``: a file is looked for
            in the folder of the test's file, then in pytest's rootdir.
        :param store: the path of a database file; None keeps everything in memory.
        :param seed: of ids and ``random``; None is 0.

        Raises ``AppLoadError`` when there is no such file, ``ValueError`` for other options than the first time.
        """
        named = app if isinstance(app, App) else entry_in(self._folders, str(app))
        key = id(named) if isinstance(named, App) else named
        if key not in self._apps:
            self._apps[key] = AppUnderTest(
                lambda: Simulator(named, store=store, clock=self.clock, seed=seed or 0), self._worlds
            )
        elif store is not None or seed is not None:
            raise ValueError(f"{app} is part of this test already; its options are given the first time.")
        return self._apps[key]


class AppUnderTest:
    """An app that boots at the first message and shuts down at the end of the test."""

    def __init__(self, make: Callable[[], Simulator], worlds: Worlds) -> None:
        self._make = make
        self._worlds = worlds
        self._simulator: Simulator | None = None
        self._booting = asyncio.Lock()
        self._booted = False

    def session(
        self,
        user: str = "local",
        *,
        email: str | None = None,
        org: str | None = None,
        session: str | None = None,
        channel: str = "chat",
    ) -> UserSession:
        """A conversation of that person: their latest, or the one named ``session``, opened or made."""
        return UserSession(self, lambda sim: sim.chat(user, email=email, org=org, session=session, channel=channel))

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
        """What a data handler answers that person; raises what it raises, as :meth:`Simulator.data`."""
        sim = await self.booted()
        return await sim.data(name, user, email=email, org=org, guest=guest, **parameters)

    @property
    def simulator(self) -> Simulator:
        """What runs the app. Raises ``AppLoadError`` when the app cannot be loaded."""
        if self._simulator is None:
            self._simulator = self._make()
        return self._simulator

    async def booted(self) -> Simulator:
        """The same, once the ``boot`` hook has run; raises ``BootError`` too, and ``RuntimeError`` after the test."""
        self._worlds.check()
        async with self._booting:
            if not self._booted:
                try:
                    await self._worlds.enter(self.simulator)
                except BaseException:
                    self._simulator = None
                    raise
                self._booted = True
        return self.simulator


class UserSession:
    """One person's conversation with an app under test."""

    def __init__(self, app: AppUnderTest, open_: Callable[[Simulator], Chat]) -> None:
        self._app = app
        self._open = open_
        self._opened: Chat | None = None
        self.notifies: list[str] = []
        """The text of each notice that this conversation has shown here, oldest first; a turn has its own."""

    @property
    def chat(self) -> Chat:
        """The conversation as the simulator knows it. Raises ``AppLoadError`` when the app cannot be loaded."""
        if self._opened is None:
            self._opened = self._open(self._app.simulator)
        return self._opened

    async def send(
        self, text: str, *, attachments: Sequence[str | PathLike[str] | Attachment] = (), answers: Sequence[Any] = ()
    ) -> Turn:
        """Send a message and return what happened; boots the app first. Takes and raises what ``Chat.send`` does."""
        await self._app.booted()
        turn = await self.chat.send(text, attachments=attachments, answers=answers)
        self.notifies += turn.notices
        return turn

    @property
    def session_id(self) -> str:
        """What the app sees as ``session.id``."""
        return self.chat.session_id

    @property
    def data(self) -> dict[str, Any]:
        """``session.data`` as stored."""
        return self.chat.data

    @property
    def history(self) -> list[Message]:
        """The last 50 messages, oldest first."""
        return self.chat.history
