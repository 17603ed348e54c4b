"""behaviour.md §13.1, §13.2: the methods of a handle, and the rows they give."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from datetime import datetime, timezone
from typing import Any

import pytest

import cpsl
from cpsl.store.before_images import undo_turn
from tests.collections.conftest import Running

HEX = set("0123456789abcdef")


@pytest.fixture
def leads(app: cpsl.App) -> cpsl.CollectionRef:
    return app.collection("leads", columns=["company", "total"], filterable=True)


async def fill(leads: cpsl.CollectionRef, *totals: Any) -> None:
    await leads.insert_many([{"company": f"c{number}", "total": total} for number, total in enumerate(totals)])


async def test_an_inserted_row_is_new_and_has_an_id(run: Running, leads: cpsl.CollectionRef) -> None:
    given = {"company": "Acme", "tags": ("a", "b")}
    row = await run(lambda s: leads.insert_one(given))
    assert given == {"company": "Acme", "tags": ("a", "b")}
    assert len(row["_id"]) == 24
    assert set(row["_id"]) <= HEX
    assert row == {"company": "Acme", "tags": ["a", "b"], "_id": row["_id"], "id": row["_id"]}
    assert row.id == row["id"]


async def test_ids_sort_in_the_order_of_insertion(run: Running, leads: cpsl.CollectionRef) -> None:
    rows = await run(lambda s: leads.insert_many([{"n": n} for n in range(50)]))
    assert [row["n"] for row in rows] == list(range(50))
    assert sorted(row.id for row in rows) == [row.id for row in rows]


async def test_documents_get_no_fields_of_ours(run: Running, leads: cpsl.CollectionRef) -> None:
    async def work(session: cpsl.Session) -> Any:
        await leads.insert_one({"company": "Acme"})
        return await leads.find_one()

    assert set(await run(work)) == {"company", "_id", "id"}


async def test_a_document_may_name_its_own_id_once(run: Running, leads: cpsl.CollectionRef) -> None:
    row = await run(lambda s: leads.insert_one({"_id": "mine"}))
    assert row.id == "mine"
    with pytest.raises(ValueError, match="a document with this _id exists already"):
        await run(lambda s: leads.insert_one({"_id": "mine"}))


async def test_insert_many_is_all_or_nothing(run: Running, leads: cpsl.CollectionRef) -> None:
    with pytest.raises(ValueError, match="exists already"):
        await run(lambda s: leads.insert_many([{"n": 1}, {"_id": "x"}, {"_id": "x"}]))
    assert await run(lambda s: leads.count()) == 0
    assert await run(lambda s: leads.insert_many([])) == []


async def test_find_gives_all_or_as_many_as_asked_for(run: Running, leads: cpsl.CollectionRef) -> None:
    await run(lambda s: fill(leads, 3, 1, 2))
    assert [row["total"] for row in await run(lambda s: leads.find())] == [3, 1, 2]
    assert [row["total"] for row in await run(lambda s: leads.find(limit=2))] == [3, 1]
    assert [row["total"] for row in await run(lambda s: leads.find({}, 1, 1))] == [1]
    assert [row["total"] for row in await run(lambda s: leads.find(skip=2))] == [2]
    assert [row["total"] for row in await run(lambda s: leads.raw_filter({"total": {"$gt": 1}}))] == [3, 2]
    assert await run(lambda s: leads.find({"total": 9})) == []


async def test_find_one_is_the_first_or_none(run: Running, leads: cpsl.CollectionRef) -> None:
    await run(lambda s: fill(leads, 3, 1, 2))
    assert (await run(lambda s: leads.find_one()))["total"] == 3
    assert (await run(lambda s: leads.raw_get({"total": {"$lt": 3}})))["total"] == 1
    assert await run(lambda s: leads.find_one({"total": 9})) is None


@pytest.mark.parametrize("filter", [{}, {"total": {"$gte": 0}}, {"company": {"$regex": "[c]"}}])
async def test_limit_and_skip_may_both_be_as_large_as_they_can(
    run: Running, leads: cpsl.CollectionRef, filter: dict[str, Any]
) -> None:
    await run(lambda s: fill(leads, 3, 1, 2))
    assert await run(lambda s: leads.find(filter, limit=2**62, skip=2**62)) == []
    assert [row["total"] for row in await run(lambda s: leads.find(filter, limit=2**62, skip=1))] == [1, 2]
    assert [row["total"] for row in await run(lambda s: leads.find(filter, limit=2**62, skip=1, sort="-total"))] == [
        2,
        1,
    ]


@pytest.mark.parametrize("numbers", [{"limit": -1}, {"skip": -1}, {"limit": 1.5}, {"skip": True}, {"limit": "3"}])
async def test_a_negative_limit_is_refused(run: Running, leads: cpsl.CollectionRef, numbers: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is a whole number from 0 to"):
        await run(lambda s: leads.find(**numbers))


async def test_count_and_get(run: Running, leads: cpsl.CollectionRef) -> None:
    await run(lambda s: fill(leads, 3, 1, 2))
    assert await run(lambda s: leads.count()) == 3
    assert await run(lambda s: leads.count({"total": {"$gte": 2}})) == 2
    assert (await run(lambda s: leads.get(total=1)))["company"] == "c1"
    assert await run(lambda s: leads.get(total=9)) is None


async def test_deleting_one_and_many(run: Running, leads: cpsl.CollectionRef) -> None:
    await run(lambda s: fill(leads, 1, 1, 2, 2, 2))
    assert await run(lambda s: leads.delete_one({"total": 2})) == {"deleted": 1}
    assert await run(lambda s: leads.delete_many({"total": 2})) == {"deleted": 2}
    assert await run(lambda s: leads.delete_many({"total": 2})) == {"deleted": 0}
    assert [row["company"] for row in await run(lambda s: leads.find())] == ["c0", "c1"]


async def test_delete_rows_takes_a_row_an_id_or_several(run: Running, leads: cpsl.CollectionRef) -> None:
    await run(lambda s: fill(leads, *range(8)))
    rows = await run(lambda s: leads.find())
    ways = [rows[0], rows[1].id, [rows[2], rows[3].id], (row for row in rows[4:5]), [{"$oid": rows[5].id}]]
    for way in ways:
        assert (await run.call(leads.delete_rows, way))["deleted"] in (1, 2)
    assert [row["total"] for row in await run(lambda s: leads.find())] == [6, 7]


@pytest.mark.parametrize("nothing", [[], None, "", {}, [{}], 5, [5]])
async def test_delete_rows_of_nothing_is_an_error(run: Running, leads: cpsl.CollectionRef, nothing: Any) -> None:
    await run(lambda s: fill(leads, 1))
    with pytest.raises(ValueError, match="delete_rows needs a row, an id"):
        await run(lambda s: leads.delete_rows(nothing))
    assert await run(lambda s: leads.count()) == 1


async def test_a_row_updates_and_deletes_itself(run: Running, leads: cpsl.CollectionRef) -> None:
    row = await run(lambda s: leads.insert_one({"company": "Acme", "total": 1}))
    assert await run(lambda s: row.update({"total": 5})) == {"matched": 1, "modified": 1}
    assert row["total"] == 5
    assert (await run(lambda s: leads.find_one()))["total"] == 5
    await run(lambda s: row.update({"$inc": {"total": 2}}))
    assert row["$inc"] == {"total": 2}, "the patch is merged as it is (behaviour.md §13.2)"
    assert (await run(lambda s: leads.find_one()))["total"] == 7
    assert await run(lambda s: row.delete()) == {"deleted": 1}
    assert await run(lambda s: row.update({"total": 0})) == {"matched": 0, "modified": 0}


async def test_a_document_keeps_an_id_of_its_own(run: Running, leads: cpsl.CollectionRef) -> None:
    row = await run(lambda s: leads.insert_one({"id": "todo-1", "total": 1}))
    assert (row.id, row["id"]) == ("todo-1", "todo-1")
    assert row["_id"] != "todo-1"
    assert (await run(lambda s: leads.find_one({"id": "todo-1"})))["total"] == 1
    assert await run(lambda s: row.update({"total": 2})) == {"matched": 1, "modified": 1}
    assert await run(lambda s: row.delete()) == {"deleted": 1}


async def test_an_id_in_a_filter_is_the_one_that_rows_show(run: Running, leads: cpsl.CollectionRef) -> None:
    row = await run(lambda s: leads.insert_one({"total": 1}))
    assert await run(lambda s: leads.find({"id": row.id})) == [row]
    assert await run(lambda s: leads.find(sort={"id": 1})) == [row]
    own = await run(lambda s: leads.insert_one({"id": "a" * 24, "total": 2}))
    same = await run(lambda s: leads.insert_one({"_id": "b" * 24, "id": "b" * 24, "total": 3}))
    everyone = [row, own, same]
    for each in everyone:
        assert await run.call(leads.find, {"id": each.id}) == [each]
        assert await run.call(leads.find, {"$nor": [{"id": each.id}]}) == [
            other for other in everyone if other is not each
        ]
        assert await run.call(leads.count, {"id": {"$ne": each.id}}) == 2
        assert await run.call(leads.count, {"_id": each["_id"]}) == 1
        assert await run.call(leads.get, id=each["_id"]) == each
    assert await run(lambda s: leads.find({"id": {"$in": [same.id, own.id]}})) == [own, same]
    assert await run(lambda s: leads.find({"id": own["_id"]})) == [], "it shows another"
    assert await run(lambda s: leads.update_one({"id": same.id}, {"total": 9})) == {"matched": 1, "modified": 1}
    assert await run(lambda s: leads.delete_many({"id": own.id})) == {"deleted": 1}


@pytest.mark.parametrize(("others", "inserted"), [([], "_id"), ([{"id": "mine"}], "id")])
async def test_an_upsert_by_id_inserts_a_row_that_shows_it(
    run: Running, app: cpsl.App, others: list[dict[str, Any]], inserted: str
) -> None:
    app.collection("todos")
    wanted = "c" * 24

    async def work(session: cpsl.Session) -> Any:
        todos = await session.collections.get("todos")
        await todos.insert_many(others)
        for total in (1, 2):
            await todos.update_one({"id": wanted}, {"$set": {"total": total}}, upsert=True)
        return await todos.find({"id": wanted})

    (row,) = await run(work)
    assert (row.id, row[inserted], row["total"]) == (wanted, wanted, 2)


async def test_a_row_written_back_does_not_store_its_alias(run: Running, leads: cpsl.CollectionRef) -> None:
    async def work(session: cpsl.Session) -> tuple[Any, Any]:
        row = await leads.insert_one({"total": 1})
        row["total"] = 2
        await leads.update_one({"_id": row.id}, dict(row))
        await leads.delete_rows(row)
        return row, await leads.insert_one(row)

    row, again = await run(work)
    assert again == row
    assert await run(lambda s: leads.count({"id": {"$exists": True}})) == 0


@pytest.mark.parametrize("form", ['ObjectID("{}")', "{}", " {} "])
async def test_every_form_of_an_id_finds_its_document(run: Running, leads: cpsl.CollectionRef, form: str) -> None:
    row = await run(lambda s: leads.insert_one({"total": 1}))
    assert await run(lambda s: leads.find_one({"_id": form.format(row.id.upper())})) == row
    assert await run(lambda s: leads.get(id=form.format(row.id))) == row
    assert await run(lambda s: leads.find_one({"_id": {"$oid": row.id}})) == row


async def test_a_copied_row_is_a_plain_dict(run: Running, leads: cpsl.CollectionRef) -> None:
    row = await run(lambda s: leads.insert_one({"tags": ["a"]}))
    for other in (copy.deepcopy(row), pickle.loads(pickle.dumps(row)), json.loads(json.dumps(row))):
        assert type(other) is dict
        assert other == row


async def test_a_row_can_be_kept_in_the_session(run: Running, leads: cpsl.CollectionRef) -> None:
    async def work(session: cpsl.Session) -> None:
        session.data["last"] = await leads.insert_one({"total": 1})

    await run(work)
    assert (await run(lambda s: s.data["last"]))["total"] == 1


@pytest.mark.parametrize(
    ("document", "error", "words"),
    [
        ({"at": datetime(2030, 1, 1, tzinfo=timezone.utc)}, TypeError, "'at' is a datetime, which JSON cannot hold"),
        ({"a": {"b": {1, 2}}}, TypeError, "'a.b' is a set"),
        ({"a": [b"x"]}, TypeError, "'a.0' is a bytes"),
        ({"a": float("nan")}, ValueError, "'a' is nan"),
        ({"a": 2**70}, ValueError, "beyond 64 bits"),
        ({("a", 1): 1}, TypeError, "has a tuple as a key"),
        ("text", TypeError, "a document is a dict, not a str"),
        (None, TypeError, "a document is a dict, not a NoneType"),
    ],
)
async def test_what_json_cannot_hold_is_refused_by_name(
    run: Running, leads: cpsl.CollectionRef, document: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await run(lambda s: leads.insert_one(document))
    assert await run(lambda s: leads.count()) == 0


async def test_update_one_changes_the_first_match(run: Running, leads: cpsl.CollectionRef) -> None:
    await run(lambda s: fill(leads, 1, 1))
    assert await run(lambda s: leads.update_one({"total": 1}, {"note": "x"})) == {"matched": 1, "modified": 1}
    assert await run(lambda s: leads.update_one({"note": "x"}, {"note": "x"})) == {"matched": 1, "modified": 0}
    assert await run(lambda s: leads.update_one({"total": 9}, {"note": "x"})) == {"matched": 0, "modified": 0}
    assert [row.get("note") for row in await run(lambda s: leads.find())] == ["x", None]


async def test_a_declared_collection_does_not_upsert(run: Running, leads: cpsl.CollectionRef) -> None:
    with pytest.raises(TypeError, match="upsert"):
        await run(lambda s: leads.update_one({}, {"a": 1}, upsert=True))  # type: ignore[call-arg]


def test_there_is_no_update_many_replace_aggregate_or_distinct(leads: cpsl.CollectionRef) -> None:
    for name in ("update_many", "replace_one", "aggregate", "distinct"):
        assert not hasattr(leads, name)


async def test_what_is_stored_is_there_after_a_restart(app: cpsl.App, leads: cpsl.CollectionRef, tmp_path: Any) -> None:
    store = tmp_path / "app.db"
    first = Running(app, store)
    row = await first(lambda s: leads.insert_one({"company": "Åsa \U0001f600", "total": 1.5}))
    await first.close()
    second = Running(app, store)
    assert await second(lambda s: leads.find()) == [row]
    await second.close()


async def test_a_thousand_documents_are_read_from_another_thread_alike(
    app: cpsl.App, leads: cpsl.CollectionRef, tmp_path: Any
) -> None:
    run = Running(app, tmp_path / "app.db")
    await run(lambda s: leads.insert_many([{"company": f"c{n % 7}", "n": n} for n in range(2000)]))
    assert [row["n"] for row in await run(lambda s: leads.find())] == list(range(2000))
    assert await run(lambda s: leads.count({"n": {"$lt": 700}})) == 700
    assert await run(lambda s: leads.update_one({"n": 1999}, {"n": -1})) == {"matched": 1, "modified": 1}
    assert await run(lambda s: leads.update_one({"n": 1999}, {"n": -1})) == {"matched": 0, "modified": 0}
    assert (await run(lambda s: leads.find_one({"n": -1})))["company"] == "c4"
    assert await run(lambda s: leads.delete_many({"n": {"$gte": 700}})) == {"deleted": 1299}
    assert await run(lambda s: leads.count()) == 701
    row = (await run(lambda s: leads.find({"company": "c3"})))[0]
    assert await run(lambda s: row.delete()) == {"deleted": 1}
    await run.close()


async def test_in_a_large_collection_a_write_without_a_match_never_reaches_the_writing_connection(
    app: cpsl.App, leads: cpsl.CollectionRef, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Running(app, tmp_path / "app.db")
    await run(lambda s: leads.insert_many([{"n": n} for n in range(2000)]))
    documents = (await run.sim())._store.documents
    for name in ("update_one", "delete"):
        monkeypatch.setattr(documents, name, lambda *_: pytest.fail("it would scan there"))
    assert await run(lambda s: leads.update_one({"n": -1}, {"n": 0})) == {"matched": 0, "modified": 0}
    assert await run(lambda s: leads.delete_many({"n": -1})) == {"deleted": 0}
    monkeypatch.undo()
    assert await run(lambda s: s.db.leads.update_one({"n": -1}, {"m": 1}, upsert=True)) == {"matched": 0, "modified": 0}
    three = await run(lambda s: leads.find(limit=3))
    assert await run(lambda s: leads.delete_rows(three)) == {"deleted": 3}
    assert await run(lambda s: leads.count()) == 1998
    await run.close()


async def test_a_delete_of_many_happens_beside_the_loop_at_once_and_can_be_undone(
    app: cpsl.App, leads: cpsl.CollectionRef, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Running(app, tmp_path / "app.db")
    await run(lambda s: leads.insert_many([{"n": n} for n in range(2600)]))
    before = await run(lambda s: leads.find())
    store = (await run.sim()).stored
    monkeypatch.setattr(store.documents, "delete", lambda *_: pytest.fail("the loop would stand still"))

    async def work(session: cpsl.Session) -> Any:
        return await asyncio.gather(leads.delete_many({"n": {"$gte": 100}}), leads.insert_one({"n": -1}))

    deleted, _ = await run(work)
    assert deleted == {"deleted": 2500}
    assert [row["n"] for row in await run(lambda s: leads.find())] == [*range(100), -1]
    last = store.database.row("SELECT max(turn_id) FROM _capsule_journal")
    assert last is not None
    undo_turn(store.database, last[0])
    assert await run(lambda s: leads.find()) == before
    await run.close()


async def test_an_upsert_whose_match_vanishes_takes_the_next_and_inserts_nothing(
    app: cpsl.App, leads: cpsl.CollectionRef, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Running(app, tmp_path / "app.db")
    await run(lambda s: leads.insert_many([{"company": "same", "n": n} for n in range(2000)]))
    documents = (await run.sim())._store.documents
    look = documents.find_if_small

    def then_deleted(declared: Any, query: Any) -> Any:
        monkeypatch.undo()
        found = look(declared, query)
        assert found
        documents.delete(declared, query, None)
        return found

    monkeypatch.setattr(documents, "find_if_small", then_deleted)
    result = await run(lambda s: s.db.leads.update_one({"company": "same"}, {"n": -1}, upsert=True))
    assert result == {"matched": 1, "modified": 1}
    assert await run(lambda s: leads.count()) == 1999
    assert (await run(lambda s: leads.find_one({"n": -1})))["company"] == "same"
    await run.close()
