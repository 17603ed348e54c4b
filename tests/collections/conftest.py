from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl.testing import Simulator

Work = Callable[[cpsl.Session], Any]


class Running:
    """An app that runs; calling it does something inside a handler and gives what that returns or raises."""

    def __init__(self, app: cpsl.App, store: Path | None) -> None:
        self.app = app
        self.store = store
        self._sim: Simulator | None = None
        app.message()(self._handle)

    async def sim(self) -> Simulator:
        """The simulator; started when first asked for, so that a test can declare things before."""
        if self._sim is None:
            self._sim = await Simulator(self.app, store=self.store).__aenter__()
        return self._sim

    async def __call__(
        self, work: Work, user: str = "ann", *, email: str | None = None, org: str | None = None, session: str = "main"
    ) -> Any:
        """Do the work in a turn of that person."""
        self._work = work
        turn = await (await self.sim()).chat(user, email=email, org=org, session=session).send("go")
        if turn.error:
            raise turn.error
        return self._result

    async def call(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call the function with these arguments in a turn."""
        return await self(lambda session: function(*arguments, **named))

    async def close(self) -> None:
        """Stop the app."""
        sim, self._sim = self._sim, None
        if sim:
            await sim.__aexit__(None, None, None)

    async def _handle(self, session: cpsl.Session, message: cpsl.Message) -> None:
        result = self._work(session)
        self._result = await result if inspect.isawaitable(result) else result


@pytest.fixture(params=["memory", "file"])
async def run(request: pytest.FixtureRequest, app: cpsl.App, tmp_path: Path) -> AsyncIterator[Running]:
    """The test's ``app``, with its store in memory and again in a file."""
    running = Running(app, tmp_path / "app.db" if request.param == "file" else None)
    yield running
    await running.close()
