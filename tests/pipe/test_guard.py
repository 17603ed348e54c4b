"""Where a stop may be raised inside a handler that blocks its thread."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

import cpsl
from cpsl.http.cassette import cassette
from cpsl.model.events import Event
from cpsl.model.identity import SessionKey
from cpsl.testing import Simulator
from cpsl_cli.chat.guard import in_handler
from tests.http.conftest import Service


async def test_a_handler_can_be_stopped_but_not_in_the_middle_of_a_delivery_or_a_transaction(app: cpsl.App) -> None:
    seen: list[tuple[str, bool]] = []

    class Sink:
        def deliver(self, event: Event, key: SessionKey) -> None:
            if event.type == "reply":
                seen.append(("delivery", in_handler(sys._getframe())))

    class Peeking:
        def __str__(self) -> str:
            seen.append(("conversion", in_handler(sys._getframe())))
            return "text"

    async with Simulator(app, sinks=(Sink(),)) as sim:
        connection = sim._store.database.connection

        def statement(text: str) -> None:
            if text == "COMMIT":
                seen.append(("transaction", in_handler(sys._getframe())))

        @app.message()
        async def message(session: cpsl.Session, message: cpsl.Message) -> None:
            seen.append(("handler", in_handler(sys._getframe())))
            await session.reply("r")
            session.data["v"] = Peeking()
            connection.set_trace_callback(statement)
            await session.flush_data()
            connection.set_trace_callback(None)

        await sim.chat().send("a")
    assert ("handler", True) in seen
    assert ("delivery", False) in seen
    assert ("transaction", False) in seen
    assert not in_handler(sys._getframe())


async def test_a_handler_is_not_stopped_while_an_exchange_is_written(
    app: cpsl.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    replace = Path.replace

    def replacing(path: Path, target: Path) -> Path:
        seen.append(in_handler(sys._getframe()))
        return replace(path, target)

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        with urlopen(service.url):
            pass

    service = Service()
    try:
        monkeypatch.setattr(Path, "replace", replacing)
        with cassette(tmp_path / "t.http.yaml", "record"):
            async with Simulator(app) as sim:
                assert (await sim.chat().send("a")).status == "ok"
    finally:
        service.stop()
    assert seen == [False]
