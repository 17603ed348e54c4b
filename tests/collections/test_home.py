"""behaviour.md §21: what a new chat begins with, and for whom."""

from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.model.identity import UserInfo
from cpsl.runtime.home import suggestions
from cpsl.testing import Simulator


async def labels(app: cpsl.App, user: str = "ann", *, signed_in: bool = True) -> list[str]:
    return [found.label for found in await suggestions(app, UserInfo(user), signed_in=signed_in)]


async def test_a_guest_is_not_suggested_what_needs_a_sign_in(app: cpsl.App) -> None:
    app.home(suggestions=["everybody's"])
    app.home_suggestions(access="authenticated")(lambda ctx: [f"{ctx.user.id}'s"])
    async with Simulator(app):
        assert await labels(app) == ["everybody's", "ann's"]
        assert await labels(app, signed_in=False) == ["everybody's"]
        app.home(suggestions=["members'"], access="authenticated")
        assert await labels(app, signed_in=False) == []


async def test_the_context_looks_into_the_persons_own_records(app: cpsl.App) -> None:
    notes = app.collection("notes", columns=["text"], scope="user")

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await notes.insert_one({"text": message.text})

    @app.home_suggestions()
    async def suggested(ctx: cpsl.HomeContext) -> list[str]:
        return [row["text"] for row in await ctx.db.notes.find()]

    async with Simulator(app) as sim:
        await sim.chat("ann").send("hers")
        await sim.chat("bob").send("his")
        assert await labels(app, "ann") == ["hers"]


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ("say it", ("prompt", "say it")),
        (cpsl.Suggestion("x", page="reports"), ("page", "reports")),
        ({"label": "x"}, ("prompt", "x")),
        ({"label": "x", "page": "reports"}, ("page", "reports")),
        ({"label": "x", "target": "workflow", "value": "w"}, ("workflow", "w")),
    ],
)
async def test_a_suggestion_is_one_a_text_or_a_dict(app: cpsl.App, given: Any, target: tuple[str, str]) -> None:
    app.home(suggestions=[given])
    (found,) = await suggestions(app, UserInfo("ann"))
    assert (found.target, found.value) == target


async def test_suggestions_hold_for_their_ttl_for_each_caller(app: cpsl.App) -> None:
    asked = []

    @app.home_suggestions(ttl=60)
    def suggested(ctx: cpsl.HomeContext) -> list[str]:
        asked.append(ctx.user.id)
        return [f"{ctx.user.id} {len(asked)}"]

    async with Simulator(app) as sim:
        assert [await labels(app, user) for user in ("ann", "bob", "ann")] == [["ann 1"], ["bob 2"], ["ann 1"]]
        await sim.advance("59s")
        assert await labels(app, "ann") == ["ann 1"]
        await sim.advance("1s")
        assert await labels(app, "ann") == ["ann 3"]
        sim.set_time(0)
        assert await labels(app, "ann") == ["ann 4"]
