"""Filters of whatever size and shape, and patterns that backtrack: other coroutines run meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl.patterns import PatternTimeout
from cpsl.testing import Simulator
from tests.collections.conftest import Running
from tests.conftest import some_of

MANY = 3000
BACKTRACKS = {"s": {"$regex": "(a|aa)+$"}}


def nested(filter: dict[str, Any], sign: str, levels: int) -> dict[str, Any]:
    for _ in range(levels):
        filter = {sign: [filter]}
    return filter


SHAPES: dict[str, dict[str, Any]] = {
    "or of one field": {"$or": [{"n": each} for each in range(2, MANY)]},
    "or of two fields": {"$or": [{"n": each + 2, "s": "b"} for each in range(MANY)]},
    "and": {"$and": [{"n": {"$gt": -each}} for each in range(MANY)] + [{"n": 2}]},
    "and of not equal": {"$and": [{"n": {"$ne": each}} for each in range(2)]},
    "in": {"n": {"$in": list(range(2, 100_000))}},
    "nin": {"n": {"$nin": [0, 1, *range(3, 100_000)]}},
    "all": {"$nor": [{"n": {"$all": list(range(MANY))}}, {"n": 0}, {"n": 1}]},
    "fields": {"n": 2, **{f"f{each}": None for each in range(MANY)}},
    "nested": nested({"n": 2}, "$or", 48),
    "nor of nor": nested({"n": 2}, "$nor", 48),
}


@pytest.mark.parametrize("name", some_of(list(SHAPES), 2))
async def test_a_filter_of_any_shape_is_answered(run: Running, app: cpsl.App, name: str) -> None:
    shape = SHAPES[name]
    things = app.collection("things", columns=["n"], filterable=True)
    await run(lambda session: things.insert_many([{"n": each, "s": "ab"[each // 2]} for each in range(3)]))
    assert [row["n"] for row in await run(lambda session: things.find(shape))] == [2]
    assert await run(lambda session: things.count(shape)) == 1
    assert (await run(lambda session: things.update_one(shape, {"$set": {"x": 1}})))["matched"] == 1
    assert await run(lambda session: things.delete_one(shape)) == {"deleted": 1}


@pytest.mark.parametrize("sign", ["$or", "$nor"])
async def test_one_that_nests_too_deep_gets_a_sentence(run: Running, app: cpsl.App, sign: str) -> None:
    things = app.collection("things")
    with pytest.raises(ValueError, match="filter nests deeper than 100 levels"):
        await run(lambda session: things.find(nested({"n": 2}, sign, 500)))


@pytest.mark.parametrize(
    "filter", [SHAPES["or of two fields"], SHAPES["nin"], {"s": {"$regex": "(b|bb)+c"}}], ids=["or", "nin", "pattern"]
)
async def test_others_run_meanwhile(app: cpsl.App, tmp_path: Path, filter: dict[str, Any]) -> None:
    things = app.collection("things", columns=["n"], filterable=True)
    async with Simulator(app, store=tmp_path / "a.db"):
        await things.insert_one({"n": 7, "s": "b"})
        find = asyncio.create_task(things.find(filter))
        await asyncio.sleep(0)
        assert not find.done(), "the loop had its turn before the answer was there"
        await find


async def test_a_pattern_that_backtracks_is_given_up(run: Running, app: cpsl.App) -> None:
    things = app.collection("things")
    await run(lambda session: things.insert_one({"s": "a" * 60 + "!"}))
    with pytest.raises(PatternTimeout, match=r"the pattern '\(a\|aa\)\+\$' was given up"):
        await run(lambda session: things.find(BACKTRACKS))
    assert await run(lambda session: things.count()) == 1
