"""The test driver itself (testing.md)."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
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


async def test_people_of_simulators_one_after_the_other_have_conversations_of_their_own(tmp_path: Path) -> None:
    app = identified()
    said = []
    for user in ("ann", "bob", "cem"):
        async with Simulator(app, store=tmp_path / "x.db", clock="2026-01-01") as sim:
            said += (await sim.chat(user).send("a")).replies
    assert [line.split()[0] for line in said] == ["ann", "bob", "cem"]
    assert len({word for line in said for word in line.split()}) == 3 * 4


async def test_people_of_simulators_side_by_side_have_conversations_of_their_own(tmp_path: Path) -> None:
    app, path = identified(), tmp_path / "x.db"
    async with Simulator(app, store=path, clock="2026-01-01") as one:
        ann = await one.chat("ann").send("a")
        async with Simulator(app, store=path, clock="2026-01-01") as other:
            bob = await other.chat("bob").send("a")
    assert len({word for turn in (ann, bob) for word in turn.text.split()}) == 2 * 4


async def test_the_same_openings_of_a_new_file_give_the_same_ids(tmp_path: Path) -> None:
    runs = []
    for name in ("x.db", "y.db"):
        said = []
        for user in ("ann", "bob"):
            async with Simulator(identified(), store=tmp_path / name, clock="2026-01-01", seed=7) as sim:
                said.append((await sim.chat(user).send("a")).text)
        runs.append(said)
    assert runs[0] == runs[1]
    async with Simulator(identified(), clock="2026-01-01", seed=7) as sim:
        assert (await sim.chat("ann").send("a")).text == runs[0][0]


async def test_a_file_without_a_note_of_its_seeds_gives_no_id_twice(tmp_path: Path) -> None:
    """As an import of what a simulator has stored makes one, and as an older program did."""
    said = []
    for user in ("ann", "bob"):
        async with Simulator(identified(), store=tmp_path / "x.db", clock="2026-01-01") as sim:
            said.append((await sim.chat(user).send("a")).text)
        with closing(sqlite3.connect(tmp_path / "x.db")) as connection, connection:
            connection.execute("DELETE FROM _capsule_seeds")
    assert len({word for line in said for word in line.split()}) == 2 * 4


def identified() -> cpsl.App:
    """An app that tells who was the first in the session, its id, a document's, and one that it makes itself."""
    app = cpsl.App("test", image=cpsl.Image())
    things = app.collection("things", columns=["name"])

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        first = session.data.setdefault("first", session.user.id)
        row = await things.insert_one({"name": "x"})
        await session.reply(f"{first} {session.id} {row.id} {uuid.uuid4()}")

    return app
