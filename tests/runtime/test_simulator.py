"""DESIGN.md §6: the test driver itself."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

import cpsl
from cpsl.clock import VirtualClock, iso, parse_iso
from cpsl.errors import StoreError
from cpsl.model.events import TurnEnded
from cpsl.testing import Simulator
from tests.signatures import signature_text


def test_the_driver_has_the_documented_signatures() -> None:
    assert signature_text(Simulator) == "(app, *, store=None, clock=None, seed=0, sinks=(), connected=None)"
    chat = signature_text(Simulator.chat)
    assert chat == "(self, user='local', *, email=None, org=None, session=None, channel='chat')"


async def test_a_turn_tells_what_happened(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.notify("n")
        await session.reply("one")
        await session.reply("two")
        await session.show(cpsl.Block("card", {}, "b"))

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
    assert (turn.text, turn.replies, turn.notices) == ("one\ntwo", ["one", "two"], ["n"])
    assert (turn.status, turn.error) == ("ok", None)
    assert [block["id"] for block in turn.blocks] == ["b"]
    assert isinstance(turn.events[-1], TurnEnded)


async def test_the_clock_stands_where_it_was_set(app: cpsl.App) -> None:
    async with Simulator(app, clock="2030-01-01T00:00:00Z") as sim:
        turn = await sim.chat().send("a")
        assert sim.now == datetime(2030, 1, 1, tzinfo=timezone.utc)
    assert {event.at for event in turn.events} == {sim.now.timestamp()}


@pytest.mark.parametrize(
    "start", [datetime.fromisoformat("2030-01-01"), datetime(2030, 1, 1, tzinfo=timezone.utc), "2030-01-01"]
)
def test_a_clock_starts_at_any_form_of_time(start: datetime | str) -> None:
    assert iso(VirtualClock(start).now()) == "2030-01-01T00:00:00.000Z"


def test_a_clock_moves_forward_only() -> None:
    clock = VirtualClock("2030-01-01")
    clock.advance(1.5)
    assert iso(clock.now()) == "2030-01-01T00:00:01.500Z"
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


@pytest.mark.parametrize("text", ["2030-01-01T00:00:00.250Z", "2030-01-01T02:00:00.250+02:00"])
def test_times_read_back(text: str) -> None:
    assert iso(parse_iso(text)) == "2030-01-01T00:00:00.250Z"


async def test_memory_is_forgotten_and_a_file_is_not(app: cpsl.App, tmp_path: Path) -> None:
    app.message()(lambda session, message: session.reply(str(len(session.history))))
    for store, lengths in ((None, ["0", "0"]), (tmp_path / "x.db", ["0", "2"])):
        texts = []
        for _ in range(2):
            async with Simulator(app, store=store) as sim:
                texts.append((await sim.chat().send("a")).text)
        assert texts == lengths


async def test_a_chat_is_the_latest_of_its_person_or_the_named_one(app: cpsl.App) -> None:
    async with Simulator(app) as sim:
        main, other = sim.chat(), sim.chat(session="other")
        await main.send("a")
        await other.send("b")
        assert sim.chat().session_id == other.session_id
        assert sim.chat(session="main").session_id == main.session_id
        assert sim.chat("bob").session_id not in (main.session_id, other.session_id)


async def test_a_damaged_store_is_refused(app: cpsl.App, tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"rubbish" * 100)
    with pytest.raises(StoreError):
        Simulator(app, store=tmp_path / "x.db")
