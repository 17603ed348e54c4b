"""behaviour.md §13.3: filters, updates and sort rules, as an app meets them. The query layer has every case."""

from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.clock import iso
from tests.collections.conftest import Running

DOCUMENTS: list[dict[str, Any]] = [
    {"n": 1, "name": "Acme Corp", "tags": ["red", "big"], "at": {"city": "Oslo"}, "rows": [{"k": 1, "v": 2}]},
    {"n": 2, "name": "Bolt", "tags": [], "at": None},
    {"n": 3.5, "name": "acme ltd", "tags": ["red"], "ok": True, "rows": [{"k": 1, "v": 9}, {"k": 2, "v": 2}]},
    {"n": None, "name": "Zed", "ok": False},
]


@pytest.fixture(params=[True, False], ids=["indexed", "plain"])
def things(request: pytest.FixtureRequest, app: cpsl.App) -> cpsl.CollectionRef:
    return app.collection("things", columns=["n", "name", "tags", "ok"], scope="user", filterable=request.param)


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({}, [0, 1, 2, 3]),
        (None, [0, 1, 2, 3]),
        ({"n": 2}, [1]),
        ({"n": {"$eq": 2}}, [1]),
        ({"n": {"$ne": 2}}, [0, 2, 3]),
        ({"n": {"$gt": 1}}, [1, 2]),
        ({"n": {"$gte": 1, "$lt": 3}}, [0, 1]),
        ({"n": {"$lte": 1}}, [0]),
        ({"n": None}, [3]),
        ({"ok": None}, [0, 1]),
        ({"ok": True}, [2]),
        ({"n": True}, []),
        ({"n": {"$in": [1, 3.5]}}, [0, 2]),
        ({"n": {"$nin": [1, None]}}, [1, 2]),
        ({"ok": {"$exists": True}}, [2, 3]),
        ({"ok": {"$exists": False}}, [0, 1]),
        ({"tags": "red"}, [0, 2]),
        ({"tags": ["red"]}, [2]),
        ({"tags": {"$size": 0}}, [1]),
        ({"tags": {"$all": ["big", "red"]}}, [0]),
        ({"at.city": "Oslo"}, [0]),
        ({"at.city": None}, [1, 2, 3]),
        ({"rows.v": 9}, [2]),
        ({"rows": {"$elemMatch": {"k": 1, "v": 2}}}, [0]),
        ({"name": {"$regex": "^acme", "$options": "i"}}, [0, 2]),
        ({"name": {"$regex": "^acme"}}, [2]),
        ({"name": {"$not": {"$regex": "c"}}}, [1, 3]),
        ({"n": {"$type": "number"}}, [0, 1, 2]),
        ({"$or": [{"n": 1}, {"name": "Zed"}]}, [0, 3]),
        ({"$and": [{"tags": "red"}, {"tags": "big"}]}, [0]),
        ({"$nor": [{"n": 1}, {"n": 2}]}, [2, 3]),
    ],
)
async def test_a_filter_finds(run: Running, things: cpsl.CollectionRef, filter: Any, found: list[int]) -> None:
    await run(lambda s: things.insert_many([{**each, "at_": index} for index, each in enumerate(DOCUMENTS)]))
    assert [row["at_"] for row in await run(lambda s: things.find(filter))] == found
    assert await run(lambda s: things.count(filter)) == len(found)


@pytest.mark.parametrize(
    ("filter", "words"),
    [
        ({"n": {"$gtt": 1}}, r"unknown filter operator '\$gtt' \(did you mean '\$gt'\?\)"),
        ({"$xor": []}, r"unknown filter operator '\$xor'"),
        ({"$gt": 3}, r"\$gt needs a field"),
        ({"n": {"$gt": 1, "m": 2}}, "operators and plain fields are mixed"),
        ({"n": {"$in": 3}}, r"\$in needs a list"),
        ({"$or": []}, r"\$or needs a list of filters"),
        ({"name": {"$regex": "("}}, "is not a pattern"),
        ({"name": {"$options": "i"}}, r"\$options needs a \$regex"),
    ],
)
async def test_a_filter_without_meaning_is_one_sentence(
    run: Running, things: cpsl.CollectionRef, filter: Any, words: str
) -> None:
    for operation in (things.find, things.find_one, things.count, things.delete_one, things.delete_many):
        with pytest.raises(ValueError, match=words) as caught:
            await run.call(operation, filter)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("filter", "words"), [(["n"], "a filter is a dict, not list"), ({"n": {1}}, "'n' is a set")])
async def test_a_filter_of_another_type_is_a_type_error(
    run: Running, things: cpsl.CollectionRef, filter: Any, words: str
) -> None:
    with pytest.raises(TypeError, match=words):
        await run(lambda s: things.find(filter))


@pytest.mark.parametrize(
    ("update", "after"),
    [
        ({"n": 5}, {"n": 5, "tags": ["a", "b"], "at": {"x": 1}}),
        ({"at.y": 2}, {"n": 1, "tags": ["a", "b"], "at": {"x": 1, "y": 2}}),
        ({"$set": {"n": 5}, "$unset": {"at": ""}}, {"n": 5, "tags": ["a", "b"]}),
        ({"$inc": {"n": 2, "m": 1}}, {"n": 3, "tags": ["a", "b"], "at": {"x": 1}, "m": 1}),
        ({"$mul": {"n": 4}}, {"n": 4, "tags": ["a", "b"], "at": {"x": 1}}),
        ({"$min": {"n": 0}, "$max": {"at.x": 7}}, {"n": 0, "tags": ["a", "b"], "at": {"x": 7}}),
        ({"$rename": {"n": "count"}}, {"tags": ["a", "b"], "at": {"x": 1}, "count": 1}),
        ({"$push": {"tags": "c"}}, {"n": 1, "tags": ["a", "b", "c"], "at": {"x": 1}}),
        ({"$push": {"tags": {"$each": ["c", "d"]}}}, {"n": 1, "tags": ["a", "b", "c", "d"], "at": {"x": 1}}),
        ({"$addToSet": {"tags": "b"}}, {"n": 1, "tags": ["a", "b"], "at": {"x": 1}}),
        ({"$pull": {"tags": "a"}}, {"n": 1, "tags": ["b"], "at": {"x": 1}}),
        ({"$pop": {"tags": -1}}, {"n": 1, "tags": ["b"], "at": {"x": 1}}),
        ({"$setOnInsert": {"n": 9}}, {"n": 1, "tags": ["a", "b"], "at": {"x": 1}}),
    ],
)
async def test_an_update_leaves(run: Running, things: cpsl.CollectionRef, update: Any, after: Any) -> None:
    row = await run(lambda s: things.insert_one({"n": 1, "tags": ["a", "b"], "at": {"x": 1}}))
    await run(lambda s: things.update_one({"_id": row.id}, update))
    stored = await run(lambda s: things.find_one())
    assert {key: value for key, value in stored.items() if key not in ("_id", "id", "_user_id")} == after


async def test_the_current_date_is_the_clocks(run: Running, things: cpsl.CollectionRef) -> None:
    await run(lambda s: things.insert_one({"n": 1}))
    await run(lambda s: things.update_one({}, {"$currentDate": {"at": True}}))
    now = (await run.sim()).now
    at = (await run(lambda s: things.find_one()))["at"]
    assert at == iso(now.timestamp())


@pytest.mark.parametrize(
    ("update", "error", "words"),
    [
        ({}, ValueError, "needs at least one field or operator"),
        ({"$set": {"n": 1}, "m": 2}, ValueError, "either fields or operators, not both"),
        ({"$sett": {"n": 1}}, ValueError, r"unknown update operator '\$sett' \(did you mean '\$set'\?\)"),
        ({"$inc": {"name": 1}}, ValueError, "not a number"),
        ({"$inc": {"n": "x"}}, ValueError, "needs a number"),
        ({"_id": "other"}, ValueError, "_id never changes"),
        ({"$set": {"_user_id": "bob"}}, ValueError, "not the active identity"),
        ({"$unset": {"_user_id": ""}}, ValueError, "cannot touch _user_id"),
        ({"at": {1, 2}}, TypeError, "'at' is a set"),
        (["n"], TypeError, "an update is a dict, not list"),
    ],
)
async def test_an_update_without_meaning_changes_nothing(
    run: Running, things: cpsl.CollectionRef, update: Any, error: type[Exception], words: str
) -> None:
    row = await run(lambda s: things.insert_one({"n": 1, "name": "Acme"}))
    with pytest.raises(error, match=words):
        await run(lambda s: things.update_one({}, update))
    assert await run(lambda s: things.find_one()) == row


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (None, [0, 1, 2, 3]),
        ({"n": 1}, [3, 0, 1, 2]),
        ({"n": -1}, [2, 1, 0, 3]),
        ([("ok", -1), ("n", 1)], [2, 3, 0, 1]),
        ("-name", [2, 3, 1, 0]),
        (["name"], [0, 1, 3, 2]),
        ({"at.city": -1, "n": -1}, [0, 2, 1, 3]),
        ({"tags": 1}, [1, 3, 0, 2]),
    ],
)
async def test_a_sort_orders(run: Running, things: cpsl.CollectionRef, sort: Any, order: list[int]) -> None:
    await run(lambda s: things.insert_many([{**each, "at_": index} for index, each in enumerate(DOCUMENTS)]))
    assert [row["at_"] for row in await run(lambda s: things.find(sort=sort))] == order
    assert [row["at_"] for row in await run(lambda s: things.find(sort=sort, limit=2, skip=1))] == order[1:3]


@pytest.mark.parametrize("sort", [{"n": 2}, {"n": "asc"}, [("n", 0)], {"$n": 1}, [3], {"": 1}])
async def test_a_sort_without_meaning_is_an_error(run: Running, things: cpsl.CollectionRef, sort: Any) -> None:
    with pytest.raises(ValueError, match="sort"):
        await run(lambda s: things.find(sort=sort))
