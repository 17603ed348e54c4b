"""behaviour.md §6, §9, §11: what is shown beside the replies."""

from __future__ import annotations

import math
from typing import Any

import pytest

import cpsl
from cpsl.model.events import Notice, Signal
from cpsl.testing import Simulator
from cpsl.testing.chat import Turn
from tests.runtime.conftest import Everything


async def turn_of(app: cpsl.App, work: Any) -> Turn:
    app.message()(lambda session, message: work(session))
    async with Simulator(app) as sim:
        return await sim.chat().send("a")


@pytest.mark.parametrize(
    ("text", "detail", "shown"),
    [
        ("  Thinking… \n", "", [("Thinking…", "")]),
        ("a", "b", [("a", "b")]),
        ("", "", []),
        ("  ", "", []),
        ("", "reading", [("Working…", "reading")]),
    ],
)
async def test_a_notice_is_stripped_and_an_empty_one_is_none(
    app: cpsl.App, text: str, detail: str, shown: list[tuple[str, str]]
) -> None:
    turn = await turn_of(app, lambda session: session.notify(text, detail=detail))
    notices = [(event.text, event.detail) for event in turn.events if isinstance(event, Notice)]
    assert notices == shown
    assert turn.replies == []


async def test_a_block_is_shown_with_its_id_or_a_fresh_one(app: cpsl.App) -> None:
    async def work(session: cpsl.Session) -> None:
        await session.show(cpsl.Block("card", {"a": 1}, "mine"))
        await session.show(cpsl.Block("card", {}))

    turn = await turn_of(app, work)
    assert turn.blocks[0] == {"id": "mine", "type": "card", "payload": {"a": 1}}
    assert list(turn.blocks[1]) == ["id", "type", "payload"]
    assert turn.blocks[1]["id"].startswith("blk_")


async def test_a_block_is_shown_as_it_was_at_that_moment(app: cpsl.App) -> None:
    async def work(session: cpsl.Session) -> None:
        payload: dict[Any, Any] = {"steps": [1], "pair": (1, 2), "nan": math.nan, 3: "three"}
        await session.show(cpsl.Block("card", payload))
        payload["steps"].append(2)

    turn = await turn_of(app, work)
    assert turn.blocks[0]["payload"] == {"steps": [1], "pair": [1, 2], "nan": None, "3": "three"}


async def test_a_block_that_is_no_json_is_refused_whatever_the_channel(app: cpsl.App) -> None:
    turn = await turn_of(app, lambda session: session.show(cpsl.Block("card", {"o": object()})))
    assert isinstance(turn.error, TypeError)
    assert turn.blocks == []


async def test_a_title_is_shown_and_stored(app: cpsl.App) -> None:
    app.message()(lambda session, message: session.set_title("Groceries"))
    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
        latest = sim._store.conversations.latest("local")
    assert [(block["type"], block["payload"]) for block in turn.blocks] == [("session_title", {"title": "Groceries"})]
    assert latest
    assert latest.title == "Groceries"


async def test_an_emitted_event_is_no_reply(app: cpsl.App) -> None:
    sink = Everything()
    app.message()(lambda session, message: session.emit("tick", {"n": 1}))
    async with Simulator(app, sinks=(sink,)) as sim:
        turn = await sim.chat().send("a")
    assert [event.type for event in turn.events] == ["user", "end"]
    signals = [event for event, _ in sink.events if isinstance(event, Signal)]
    assert [(signal.name, signal.payload) for signal in signals] == [
        ("session_event", {"event": "tick", "payload": {"n": 1}})
    ]
