"""What a turn does inside, for those who watch, with times of a clock that ticks once a look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import cpsl
from cpsl.channels.collector import Collector
from cpsl.channels.tracer import Record, Tracer
from cpsl.channels.turntrace import MOST_STEPS
from cpsl.clock import VirtualClock
from cpsl.ids import SeededIds
from cpsl.model.identity import UserInfo
from cpsl.runtime.conversation import Conversation
from cpsl.runtime.ports import World
from cpsl.runtime.runtime import Runtime
from cpsl.store.store import Store

_opened: list[Store] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Each test's stores are closed after it."""
    yield
    while _opened:
        _opened.pop().close()


def in_memory() -> Store:
    """A store that is closed after the test."""
    _opened.append(Store())
    return _opened[-1]


class Ticking(VirtualClock):
    """Each look at the ticks takes a millisecond."""

    def __init__(self) -> None:
        super().__init__("2030-01-01")
        self._looks = 0

    def ticks(self) -> float:
        self._looks += 1
        return self._looks / 1000


class Traced:
    """An app with a tracer, its conversation, and what the tracer has passed on."""

    def __init__(self, app: cpsl.App, secrets: Callable[[], set[str]] = set, *, kept: bool = True) -> None:
        self.clock = Ticking()
        self.collector = Collector()
        self.written: list[list[Record]] = []
        self.tracer = Tracer(self.clock.ticks, secrets, self.written.append if kept else None)
        world = World(self.clock, SeededIds(0), in_memory(), self.collector, (self.tracer,), self.collector)
        self.runtime = Runtime(app, world)

    async def talk(self) -> Conversation:
        """Start the app."""
        await self.runtime.start()
        return self.runtime.resume(UserInfo("ann"))

    async def steps(self, text: str = "hi", answers: tuple[Any, ...] = ()) -> list[Record]:
        """The steps of one turn, without those that every turn has: its message, its handler, its end."""
        self.collector.answers = list(answers)
        await (await self.talk()).send(text)
        return [step for step in self.tracer.last() if step["type"] not in ("user", "handler", "end")]


def said(records: list[Record]) -> list[dict[str, Any]]:
    """The records without turn and times."""
    return [
        {name: value for name, value in record.items() if name not in ("turn", "ms", "took_ms")} for record in records
    ]


async def test_a_turn_is_a_message_a_handler_with_its_duration_and_an_end(app: cpsl.App) -> None:
    @app.enter()
    async def greet(session: cpsl.Session) -> None: ...

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await session.reply("hello")

    traced = Traced(app)
    await (await traced.talk()).send("hi")
    user, enter, handler, reply, end = traced.tracer.last()
    at = "2030-01-01T00:00:00.000Z"
    assert user == {"type": "user", "turn": 1, "ms": 0.0, "at": at, "session": "main", "user": "ann", "characters": 2}
    assert (enter["handles"], enter["function"], enter["ms"], enter["took_ms"]) == ("enter", "greet", 1.0, 1.0)
    assert (handler["handles"], handler["function"], handler["ms"], handler["took_ms"]) == (
        "message",
        "handle",
        3.0,
        2.0,
    )
    assert (handler["file"], handler["line"]) == (__file__, handle.__code__.co_firstlineno)
    assert reply == {"type": "reply", "turn": 1, "ms": 4.0, "characters": 5}
    assert end == {"type": "end", "turn": 1, "ms": 6.0, "status": "ok"}


async def test_each_collection_call_tells_what_was_asked_and_found(app: cpsl.App) -> None:
    leads = app.collection("leads", columns=["name"], scope="user")

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await leads.insert_many([{"name": "a", "n": 1}, {"name": "b", "n": 2}])
        await leads.find({"n": {"$gt": 0}}, limit=5, skip=1, sort="-n")
        row = await leads.filter(name="a").first()
        assert row is not None
        await row.update({"n": 3})
        await session.db.leads.update_one({"name": "c"}, {"$set": {"n": 9}}, upsert=True)
        await leads.count()
        await leads.delete_one({"name": "z"})
        await leads.delete_many({})
        await leads.set_columns(["name"])

    steps = await Traced(app).steps()
    assert all(step["took_ms"] > 0 for step in steps)
    found = [{key: value for key, value in step.items() if key != "collection"} for step in said(steps)]
    key = found[3]["filter"].pop("_id")
    assert len(key) == 24
    assert found == [
        {"type": "insert", "inserted": 2},
        {"type": "find", "filter": {"n": {"$gt": 0}}, "limit": 5, "skip": 1, "sort": "-n", "rows": 1},
        {"type": "find", "filter": {"name": "a"}, "limit": 1, "rows": 1},
        {"type": "update", "filter": {}, "update": {"n": 3}, "matched": 1, "modified": 1},
        {
            "type": "update",
            "filter": {"name": "c"},
            "update": {"$set": {"n": 9}},
            "upsert": True,
            "matched": 0,
            "modified": 0,
        },
        {"type": "count", "filter": {}, "count": 3},
        {"type": "delete", "filter": {"name": "z"}, "limit": 1, "deleted": 0},
        {"type": "delete", "filter": {}, "deleted": 3},
        {"type": "columns"},
    ]


async def test_writes_of_keys_settings_and_data_name_what_was_written_not_its_value(app: cpsl.App) -> None:
    app.setting("currency", scope="user")

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await session.set("cursor", "value-1")
        await app.delete("old")
        await app.settings.set("currency", "value-2")
        await session.publish("step", "value-3")
        session.data["notes"] = "value-4"

    steps = said(await Traced(app).steps())
    assert steps == [
        {"type": "kv", "call": "set", "scope": "session", "key": "cursor"},
        {"type": "kv", "call": "delete", "scope": "app", "key": "old"},
        {"type": "setting", "scope": "user", "key": "currency"},
        {"type": "data", "set": ["step"], "unset": []},
        {"type": "data", "set": ["notes"], "unset": []},
    ]


async def test_what_is_said_is_counted_and_a_stream_is_one_step(app: cpsl.App) -> None:
    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await session.notify("Looking", detail="closely")
        async with session.stream_reply() as one, session.stream_reply() as two:
            for piece in ("a", "bc", "def"):
                one.write(piece)
                two.write(piece + piece)
        await session.show(cpsl.Block("card", {"x": 1}, "b-1"))
        await session.emit("moved", {"to": 3})

    steps = await Traced(app).steps()
    assert said(steps) == [
        {"type": "notify", "text": "Looking", "detail": "closely"},
        {"type": "stream", "stream": 1, "chunks": 3, "characters": 6},
        {"type": "stream", "stream": 2, "chunks": 3, "characters": 12},
        {"type": "block", "block": "card", "id": "b-1"},
        {"type": "event", "event": "moved", "payload": {"to": 3}},
    ]
    assert [step["took_ms"] for step in steps[1:3]] == [3.0, 1.0]


async def test_a_question_lasts_until_its_answer(app: cpsl.App) -> None:
    app.add_integration("acme", fields=["key"])

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await session.prompt_approval("Really?")
        await session.require_integration("acme")

    steps = await Traced(app).steps(answers=(True, {"key": "hunter2"}))
    assert said(steps) == [
        {"type": "prompt", "kind": "approval", "message": "Really?", "answer": True},
        {"type": "prompt", "kind": "integration", "message": "Connect acme", "answer": ["key"]},
    ]
    assert [step["took_ms"] for step in steps] == [1.0, 1.0]


async def test_an_error_is_named_where_it_passed_and_at_the_end(app: cpsl.App) -> None:
    leads = app.collection("leads", columns=["name"])

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await leads.find({"name": {"$nope": 1}})

    traced = Traced(app)
    find, error = await traced.steps()
    assert (find["error"], error["error"], "rows" in find) == ("FilterError", "FilterError", False)
    assert "$nope" in error["message"]
    assert [step.get("error", step.get("status")) for step in traced.tracer.last()][1:] == [
        "FilterError",
        "FilterError",
        "FilterError",
        "error",
    ]


async def test_a_filter_is_shown_as_it_was_when_it_was_asked(app: cpsl.App) -> None:
    leads = app.collection("leads", columns=["name"])

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        asked = {"name": {"$in": ["a"]}}
        await leads.find(asked)
        asked["name"]["$in"].append("b")

    (find,) = await Traced(app).steps()
    assert find["filter"] == {"name": {"$in": ["a"]}}


async def test_no_secret_of_a_connected_service_is_shown_wherever_it_stands(app: cpsl.App) -> None:
    leads = app.collection("leads", columns=["name"])
    secrets = {"hunter2", "no", "4711"}

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await session.notify("using hunter2")
        await leads.find({"token": "Bearer hunter2", "flag": "no", "note": "not", "pin": {"$in": [4711, 47110]}})
        await leads.update_one({}, {"$set": {"hunter2": ["x", "hunter2"]}})
        await session.set("key-hunter2", 1)
        await session.emit("hunter2", {"token": "hunter2"})
        secrets.clear()
        raise ValueError("bad token hunter2")

    traced = Traced(app, lambda: set(secrets))
    steps = await traced.steps()
    assert "hunter2" not in repr(traced.written)
    assert "hunter2" not in repr(steps)
    assert steps[1]["filter"] == {"token": "Bearer ***", "flag": "***", "note": "not", "pin": {"$in": ["***", 47110]}}
    assert steps[2]["update"] == {"$set": {"***": ["x", "***"]}}


async def test_of_very_many_steps_the_first_are_kept_and_the_rest_counted(app: cpsl.App) -> None:
    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        for number in range(MOST_STEPS + 5):
            await session.reply(str(number))
        raise ValueError("late")

    short, full = Traced(app, kept=False), Traced(app)
    steps = await short.steps()
    replies = [step for step in steps if step["type"] == "reply"]
    # The message and the handler are steps as well.
    assert len(replies) == MOST_STEPS - 2
    assert steps[-2:] == [{**steps[-2], "type": "error"}, {"type": "more", "turn": 1, "steps": 7}]
    assert len([step for step in await full.steps() if step["type"] == "reply"]) == MOST_STEPS + 5


async def test_each_turn_is_passed_on_when_it_ends_and_what_comes_late_at_once(app: cpsl.App) -> None:
    go, gone = asyncio.Event(), asyncio.Event()

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        async def later() -> None:
            async with session.stream_reply() as stream:
                stream.write("a")
                await go.wait()
                stream.write("b")
            await session.set("late", 1)
            gone.set()

        if msg.text == "begin":
            session.data["task"] = "started"
            tasks.append(asyncio.create_task(later()))
            await asyncio.sleep(0)

    tasks: list[asyncio.Task[None]] = []
    traced = Traced(app)
    talk = await traced.talk()
    await talk.send("begin")
    await talk.send("next")
    assert [[step["type"] for step in turn] for turn in traced.written] == [
        ["user", "handler", "stream", "data", "end"],
        ["user", "handler", "end"],
    ]
    assert "took_ms" not in traced.written[0][2]
    go.set()
    await gone.wait()
    (stream,), (write,) = traced.written[2:]
    assert (stream["type"], stream["turn"], stream["chunks"], stream["took_ms"] > 0) == ("stream", 1, 2, True)
    assert (write["type"], write["turn"], write["ms"] > stream["ms"]) == ("kv", 1, True)
    assert [step["type"] for step in traced.tracer.last()] == ["user", "handler", "end"]


async def test_a_turn_that_is_still_running_at_the_end_is_passed_on_as_far_as_it_came(app: cpsl.App) -> None:
    begun = asyncio.Event()

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await session.notify("Waiting")
        begun.set()
        await asyncio.Event().wait()

    traced = Traced(app)
    turn = asyncio.ensure_future((await traced.talk()).send("hi"))
    await begun.wait()
    traced.tracer.close()
    assert [step["type"] for step in traced.written[0]] == ["user", "handler", "notify"]
    assert "took_ms" not in traced.written[0][1]
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn


async def test_nothing_is_measured_when_nobody_watches(app: cpsl.App) -> None:
    leads = app.collection("leads", columns=["name"])
    calls: list[type] = []

    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        calls.append(type(leads._access()))
        await leads.find({})
        await session.set("a", 1)
        session.data["n"] = 1

    clock, collector = Ticking(), Collector()
    runtime = Runtime(app, World(clock, SeededIds(0), in_memory(), collector))
    await runtime.start()
    await runtime.resume(UserInfo("ann")).send("hi")
    assert [kind.__name__ for kind in calls] == ["Access"]
    assert clock.ticks() == 0.001
