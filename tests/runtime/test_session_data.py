"""behaviour.md §10, §11: no change of ``session.data`` is lost, however it was made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cpsl
from cpsl.model.events import DataChanged
from cpsl.model.jsonable import same, to_jsonable
from cpsl.store.before_images import undo_turn
from cpsl.testing import Simulator

Data = Any


@dataclass
class Cart:
    items: list[str] = field(default_factory=list)
    open: bool = True


def local_list(data: Data) -> None:
    notes = data["list"]
    notes += ["b"]


def local_dict(data: Data) -> None:
    nested = data["dict"]
    nested |= {"deep": {"er": 1}}


def kept_from_setdefault(data: Data) -> None:
    data.setdefault("new", []).append("x")


def in_place_or(data: Data) -> None:
    data |= {"ored": 1}


def attribute(data: Data) -> None:
    data["cart"] = Cart()
    data["cart"].items.append("milk")
    data["cart"].open = False


CHANGES: list[tuple[Callable[[Data], object], Any]] = [
    (lambda data: data.update(list=["z"], n=2), {"list": ["z"], "dict": {"k": [1]}, "n": 2}),
    (local_list, {"list": ["a", "b"], "dict": {"k": [1]}}),
    (local_dict, {"list": ["a"], "dict": {"k": [1], "deep": {"er": 1}}}),
    (kept_from_setdefault, {"list": ["a"], "dict": {"k": [1]}, "new": ["x"]}),
    (in_place_or, {"list": ["a"], "dict": {"k": [1]}, "ored": 1}),
    (attribute, {"list": ["a"], "dict": {"k": [1]}, "cart": {"items": ["milk"], "open": False}}),
    (lambda data: data["dict"]["k"].append(2), {"list": ["a"], "dict": {"k": [1, 2]}}),
    (lambda data: data["dict"]["k"].sort(reverse=True), {"list": ["a"], "dict": {"k": [1]}}),
    (lambda data: data["list"].insert(0, {"s": {1}}), {"list": [{"s": [1]}, "a"], "dict": {"k": [1]}}),
    (lambda data: data["list"].__setitem__(slice(0, 1), "xy"), {"list": ["x", "y"], "dict": {"k": [1]}}),
    (lambda data: data.pop("list"), {"dict": {"k": [1]}}),
    (lambda data: data.popitem(), {"list": ["a"]}),
    (lambda data: data.pop("missing", None), {"list": ["a"], "dict": {"k": [1]}}),
    (lambda data: data.__delitem__("dict"), {"list": ["a"]}),
    (lambda data: data.clear(), {}),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=[str(number) for number in range(len(CHANGES))])
async def test_no_change_is_lost(app: cpsl.App, change: Callable[[Data], object], expected: Any) -> None:
    seen: list[Any] = []

    @app.message()
    def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "start":
            session.data.update({"list": ["a"], "dict": {"k": [1]}})
        elif message.text == "change":
            change(session.data)
        else:
            seen.append(dict(session.data))

    async with Simulator(app) as sim:
        for text in ("start", "change", "look"):
            assert (await sim.chat().send(text)).status == "ok"
        assert sim.chat().data == expected
    assert seen == [expected]


async def test_assigning_data_replaces_its_content(app: cpsl.App) -> None:
    @app.message()
    def message(session: cpsl.Session, message: cpsl.Message) -> None:
        before = session.data
        if message.text == "replace":
            session.data = {"new": 1}
        elif message.text == "merge":
            session.data |= {"more": 2}
        elif message.text == "itself":
            session.data = session.data
        assert session.data is before

    async with Simulator(app) as sim:
        chat = sim.chat()
        for text in ("replace", "merge", "itself"):
            assert (await chat.send(text)).error is None
        assert chat.data == {"new": 1, "more": 2}


async def test_objects_live_for_the_turn_and_their_json_form_from_the_next_on(app: cpsl.App) -> None:
    value = {"pair": (1, 2), 3: {"x"}, "cart": Cart(["m"]), "nan": float("nan")}
    seen: list[Any] = []

    @app.message()
    def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "put":
            session.data["v"] = value
            assert session.data["v"]["pair"] == (1, 2)
            assert session.data["v"]["cart"].items == ["m"]
        else:
            seen.append(session.data["v"])

    async with Simulator(app) as sim:
        assert (await sim.chat().send("put")).error is None
        await sim.chat().send("look")
    assert seen == [{"pair": [1, 2], "3": ["x"], "cart": {"items": ["m"], "open": True}, "nan": None}]


async def test_several_changes_of_a_turn_are_one_commit(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        session.data["a"] = 1
        session.data["b"] = 2
        await session.data.set("a", 3)
        session.data.pop("gone", None)

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
        assert [event for event in turn.events if isinstance(event, DataChanged)] == [
            DataChanged(1, turn.events[1].at, {"a": 3, "b": 2}, ())
        ]
        assert [event.type for event in (await sim.chat().send("again")).events] == ["user", "end"]


async def test_what_a_turn_took_away_is_told(app: cpsl.App) -> None:
    @app.message()
    def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "put":
            session.data.update(a=1, b=2)
        else:
            del session.data["a"]

    async with Simulator(app) as sim:
        await sim.chat().send("put")
        turn = await sim.chat().send("take")
    changed = next(event for event in turn.events if isinstance(event, DataChanged))
    assert (changed.set, changed.unset) == ({}, ("a",))


async def test_data_is_stored_early_when_asked(app: cpsl.App, tmp_path: Path) -> None:
    store = tmp_path / "x.db"
    seen: list[Any] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async with Simulator(cpsl.App("looker", image=cpsl.Image()), store=store) as other:
            look = other.chat()
            session.data["a"] = (1,)
            seen.append(look.data)
            await session.flush_data()
            seen.append(look.data)
            await session.flush_data()
            seen.append(await session.publish("b", {2}))
            seen.append(look.data)
            session.data["c"] = 3

    async with Simulator(app, store=store) as sim:
        turn = await sim.chat().send("a")
        assert turn.error is None
        assert sim.chat().data == {"a": [1], "b": [2], "c": 3}
    assert seen == [{}, {"a": [1]}, {2}, {"a": [1], "b": [2]}]
    assert [event.set for event in turn.events if isinstance(event, DataChanged)] == [{"a": [1]}, {"b": [2]}, {"c": 3}]


@pytest.mark.parametrize("turns_between", [0, 1, 3])
async def test_a_change_made_after_the_turn_is_not_lost(app: cpsl.App, turns_between: int) -> None:
    goes_on = asyncio.Event()
    running: list[asyncio.Task[None]] = []

    async def later(session: cpsl.Session) -> None:
        await goes_on.wait()
        session.data["late"] = True

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "go":
            running.append(asyncio.create_task(later(session)))
        session.data["last"] = message.text

    async with Simulator(app) as sim:
        await sim.chat().send("go")
        for number in range(turns_between):
            await sim.chat().send(f"between {number}")
        goes_on.set()
        await running[0]
        turn = await sim.chat().send("look")
        assert turn.status == "ok"
        assert sim.chat().data == {"last": "look", "late": True}


async def test_a_change_made_after_the_last_turn_is_stored_when_the_app_stops(app: cpsl.App, tmp_path: Path) -> None:
    kept: list[cpsl.Session] = []
    app.message()(lambda session, message: kept.append(session))
    async with Simulator(app, store=tmp_path / "x.db") as sim:
        await sim.chat().send("a")
        await sim.chat().send("b")
        kept[0].data["late"] = 1
        kept[1].data["later"] = 2
    async with Simulator(app, store=tmp_path / "x.db") as sim:
        assert sim.chat().data == {"late": 1, "later": 2}


async def test_nothing_of_a_turn_is_held_once_nobody_needs_it(app: cpsl.App) -> None:
    app.message()(lambda session, message: session.data.update(n=1))
    async with Simulator(app) as sim:
        for _ in range(5):
            await sim.chat().send("a")
        assert len(sim.chat().conversation._late) == 1


async def test_data_lives_from_one_run_to_the_next(app: cpsl.App, tmp_path: Path) -> None:
    app.message()(lambda session, message: session.data.setdefault("notes", []).append(message.text))
    for text in "ab":
        async with Simulator(app, store=tmp_path / "x.db") as sim:
            await sim.chat().send(text)
            notes = sim.chat().data
    assert notes == {"notes": ["a", "b"]}


async def test_people_and_sessions_have_their_own_data(app: cpsl.App) -> None:
    app.message()(lambda session, message: session.data.update(who=message.text))
    async with Simulator(app) as sim:
        for user, session in (("ann", None), ("bob", None), ("ann", "other")):
            await sim.chat(user, session=session).send(f"{user} {session}")
        assert sim.chat("bob").data == {"who": "bob None"}
        assert sim.chat("ann", session="main").data == {"who": "ann None"}
        assert sim.chat("ann", session="other").data == {"who": "ann other"}


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=4)
hashables = st.integers() | st.text(max_size=2) | st.booleans()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(hashables, inner, max_size=3)
        | st.builds(Cart, st.lists(st.text(max_size=2), max_size=2), inner)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=2), values, max_size=3), st.dictionaries(st.text(max_size=2), values, max_size=3)
)
def test_any_data_equals_its_json_form_in_the_next_turn(first: dict[str, Any], second: dict[str, Any]) -> None:
    app = cpsl.App("probe", image=cpsl.Image())
    contents = {"first": first, "second": second}
    seen: list[Any] = []

    @app.message()
    def message(session: cpsl.Session, message: cpsl.Message) -> None:
        seen.append(dict(session.data))
        session.data = contents.get(message.text, {})

    async def play() -> None:
        async with Simulator(app) as sim:
            for text in ("first", "second", "end"):
                assert (await sim.chat().send(text)).error is None

    asyncio.run(play())
    assert same(seen, [{}, to_jsonable(first), to_jsonable(second)])


async def test_data_with_lone_surrogates_can_be_changed_merged_and_undone(app: cpsl.App) -> None:
    contents: dict[str, Any] = {"first": {"\ud800": "\udfff"}, "second": {"\ud800": "ä"}, "third": {}}

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        session.data = contents[message.text]
        if message.text == "second":
            await session.flush_data()
            sim.stored.database.connection.execute("UPDATE _capsule_sessions SET revision = revision + 1")
            session.data["more"] = "\udead"

    async with Simulator(app) as sim:
        chat = sim.chat()
        await chat.send("first")
        assert (await chat.send("second")).error is None
        assert chat.data == {"\ud800": "ä", "more": "\udead"}
        last = sim.stored.database.row("SELECT max(id) FROM _capsule_turns")
        assert last is not None
        undo_turn(sim.stored.database, last[0])
        assert chat.data == {"\ud800": "\udfff"}
        assert (await chat.send("third")).error is None
        assert chat.data == {}


async def test_large_data_is_stored_and_warned_of_once(app: cpsl.App, caplog: pytest.LogCaptureFixture) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        session.data[message.text] = "x" * 600_000

    async with Simulator(app) as sim:
        await sim.chat().send("first")
        assert not caplog.messages
        await sim.chat().send("second")
        await sim.chat().send("third")
        assert len(sim.chat().data) == 3
    assert ["more than 1 MB" in text for text in caplog.messages] == [True]
