"""behaviour.md §13.3: keyword lookups and lazy queries."""

from __future__ import annotations

from typing import Any

import pytest

import cpsl
from tests.collections.conftest import Running

PEOPLE: list[dict[str, Any]] = [
    {"name": "Ann Lee", "age": 30, "city": "Oslo"},
    {"name": "Bob", "age": 40, "city": "oslo"},
    {"name": "Cem", "age": 20, "city": "Rom (old)"},
    {"name": "Dan", "age": None},
]


@pytest.fixture
async def people(run: Running, app: cpsl.App) -> cpsl.CollectionRef:
    ref = app.collection("people", columns=["name", "age", "city"], sortable=True)
    await run(lambda s: ref.insert_many(PEOPLE))
    return ref


@pytest.mark.parametrize(
    ("lookups", "names"),
    [
        ({"name": "Bob"}, ["Bob"]),
        ({"name__exact": "Bob"}, ["Bob"]),
        ({"age__ne": 40}, ["Ann Lee", "Cem", "Dan"]),
        ({"age__gt": 20}, ["Ann Lee", "Bob"]),
        ({"age__gte": 20, "age__lt": 40}, ["Ann Lee", "Cem"]),
        ({"age__lte": 20}, ["Cem"]),
        ({"age__in": [20, 30]}, ["Ann Lee", "Cem"]),
        ({"age__nin": [20, 30]}, ["Bob", "Dan"]),
        ({"city__contains": "OSL"}, ["Ann Lee", "Bob"]),
        ({"city__contains": "("}, ["Cem"]),
        ({"city__startswith": "os"}, ["Ann Lee", "Bob"]),
        ({"city__endswith": "OLD)"}, ["Cem"]),
        ({"age": 40, "age__gt": 30}, ["Bob"]),
        ({"age__gt": 20, "name__contains": "b"}, ["Bob"]),
    ],
)
async def test_a_lookup_finds(run: Running, people: cpsl.CollectionRef, lookups: Any, names: list[str]) -> None:
    assert [row["name"] for row in await run(lambda s: people.filter(**lookups).all())] == names


@pytest.mark.parametrize(
    ("lookups", "words"),
    [
        ({"age__bigger": 1}, "unknown lookup on 'age'"),
        ({"age__gt__lt": 1}, "one '__' only"),
        ({"_user_id": "bob"}, "reserved"),
        ({"_name": 1}, "reserved"),
        ({"age__in": 3}, "needs a list"),
    ],
)
def test_an_unknown_lookup_is_an_error_at_once(app: cpsl.App, lookups: Any, words: str) -> None:
    people = app.collection("people", columns=["age"])
    with pytest.raises(ValueError, match=words):
        people.filter(**lookups)


async def test_both_names_of_the_id_find_one_row_and_delete_only_that(run: Running, people: cpsl.CollectionRef) -> None:
    rows = await run(lambda s: people.find())
    assert await run(lambda s: people.get(id=rows[1].id)) == rows[1]
    assert await run(lambda s: people.get(_id=rows[1].id)) == rows[1]
    assert await run(lambda s: people.filter(id__in=[rows[0].id, rows[2].id]).all()) == [rows[0], rows[2]]
    assert await run(lambda s: people.filter(_id=rows[1].id).delete()) == {"deleted": 1}
    assert await run(lambda s: people.count()) == 3


async def test_a_query_is_a_chain_of_unchanging_values(run: Running, people: cpsl.CollectionRef) -> None:
    everybody = people.all()
    young = everybody.filter(age__lt=40)
    pages = young.order_by("-age").limit(1)
    assert [row["name"] for row in await run(lambda s: pages)] == ["Ann Lee"]
    assert [row["name"] for row in await run(lambda s: pages.offset(1))] == ["Cem"]
    assert len(await run(lambda s: young)) == 2
    assert len(await run(lambda s: everybody.all())) == 4


async def test_order_by_several_fields(run: Running, people: cpsl.CollectionRef) -> None:
    rows = await run(lambda s: people.all().order_by("-city", "name"))
    assert [row["name"] for row in rows] == ["Bob", "Cem", "Ann Lee", "Dan"]


async def test_first_and_one(run: Running, people: cpsl.CollectionRef) -> None:
    assert (await run(lambda s: people.all().order_by("age").offset(1).first()))["name"] == "Cem"
    assert await run(lambda s: people.filter(age=99).first()) is None
    assert (await run(lambda s: people.filter(age=20).one()))["name"] == "Cem"
    with pytest.raises(ValueError, match="found none"):
        await run(lambda s: people.filter(age=99).one())
    with pytest.raises(ValueError, match="found several"):
        await run(lambda s: people.filter(age__gt=1).one())


async def test_deleting_a_query_ignores_limit_and_offset(run: Running, people: cpsl.CollectionRef) -> None:
    assert await run(lambda s: people.filter(age__gt=1).limit(1).offset(1).delete()) == {"deleted": 3}
    assert [row["name"] for row in await run(lambda s: people.find())] == ["Dan"]


async def test_a_later_filter_on_a_field_replaces_the_earlier(run: Running, people: cpsl.CollectionRef) -> None:
    assert [row["name"] for row in await run(lambda s: people.filter(age=40).filter(age=20))] == ["Cem"]
    assert await run(lambda s: people.filter(age=40).filter(name="Cem")) == []


async def test_chaining_never_widens_a_query(run: Running, people: cpsl.CollectionRef) -> None:
    both = people.filter(age=40, age__exact=30)
    assert await run(lambda s: both.all()) == []
    assert await run(lambda s: both.filter(name="Bob", name__exact="Bob").all()) == []
    assert await run(lambda s: both.filter(age=40).all()) != []


async def test_a_negative_limit_is_refused_when_it_runs(run: Running, people: cpsl.CollectionRef) -> None:
    with pytest.raises(ValueError, match="limit is a whole number from 0 to"):
        await run(lambda s: people.all().limit(-1).all())
