"""Writes of many documents: one transaction each, beside the loop, and nobody else is held up on it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl.data.filters import parse_filter
from cpsl.errors import StoreError
from cpsl.store.before_images import undo_turn
from cpsl.store.store import Store
from cpsl.store.ways import Query
from tests.collections.conftest import Running

COUNT = 3000


@pytest.fixture
def leads(app: cpsl.App) -> cpsl.CollectionRef:
    return app.collection("leads", columns=["n"], scope="user", filterable=True)


def documents(count: int = COUNT) -> list[dict[str, Any]]:
    return [{"n": number, "name": f"name {number}"} for number in range(count)]


async def test_many_are_inserted_as_few_are(run: Running, leads: cpsl.CollectionRef) -> None:
    given = documents()
    rows = await run(lambda session: leads.insert_many(given))
    assert [row["n"] for row in rows] == list(range(COUNT))
    assert len({row.id for row in rows}) == COUNT
    assert all("_id" not in document for document in given)
    assert await run(lambda session: leads.find()) == rows
    assert await run(lambda session: leads.count({"n": {"$gte": 2990}})) == 10
    assert await run(lambda session: leads.count(), "bob") == 0


@pytest.mark.parametrize("count", [999, 1000, 1001, 2000])
async def test_every_document_of_an_iterable_is_inserted(run: Running, leads: cpsl.CollectionRef, count: int) -> None:
    rows = await run(lambda session: leads.insert_many(iter(documents(count))))
    assert [row["n"] for row in rows] == list(range(count))
    assert await run(lambda session: leads.count()) == count


async def test_many_are_inserted_all_or_none(run: Running, leads: cpsl.CollectionRef) -> None:
    with pytest.raises(ValueError, match="exists already"):
        await run(lambda session: leads.insert_many([{"_id": str(n % (COUNT - 1))} for n in range(COUNT)]))
    with pytest.raises(TypeError, match="which JSON cannot hold"):
        await run(lambda session: leads.insert_many([*documents(), {"n": {1}}]))
    assert await run(lambda session: leads.count()) == 0
    assert len(await run(lambda session: leads.insert_many(documents()))) == COUNT


async def test_a_list_may_change_while_it_is_inserted(run: Running, leads: cpsl.CollectionRef) -> None:
    given = documents()

    async def inserted(session: cpsl.Session) -> Any:
        inserting = asyncio.ensure_future(leads.insert_many(given))
        await asyncio.sleep(0)
        given.clear()
        return await inserting

    assert len(await run(inserted)) == COUNT


async def test_the_loop_runs_on_while_many_are_written(run: Running, leads: cpsl.CollectionRef) -> None:
    """In so many slices as there are, and not at all in one piece."""
    turns = 0

    async def watched(work: Any) -> Any:
        nonlocal turns
        working = asyncio.ensure_future(work)
        while not working.done():
            turns += 1
            await asyncio.sleep(0)
        return await working

    await run(lambda session: watched(leads.insert_many(documents())))
    assert turns > COUNT / 100


async def test_others_write_while_many_are_written(run: Running, leads: cpsl.CollectionRef) -> None:
    async def together(session: cpsl.Session) -> Any:
        many = asyncio.ensure_future(leads.insert_many(documents()))
        few = [asyncio.ensure_future(leads.insert_one({"n": -1 - number})) for number in range(20)]
        await asyncio.gather(many, *few)
        deleting = asyncio.ensure_future(leads.delete_many({"n": {"$gte": 0}}))
        changed = await leads.update_one({"n": -1}, {"$set": {"changed": True}})
        return await deleting, changed

    deleted, changed = await run(together)
    assert deleted == {"deleted": COUNT}
    assert changed == {"matched": 1, "modified": 1}
    left = await run(lambda session: leads.find(sort="n"))
    assert [row["n"] for row in left] == list(range(-20, 0))
    assert left[-1]["changed"] is True


async def test_a_turn_of_somebody_else_goes_on_while_many_are_written(run: Running, leads: cpsl.CollectionRef) -> None:
    await run(lambda session: leads.insert_many(documents()))
    sim = await run.sim()

    async def both(session: cpsl.Session) -> Any:
        return await leads.delete_many({"name": {"$ne": "x"}}) if session.user.id == "ann" else None

    run._work = both
    one, other = await asyncio.gather(sim.chat("ann").send("go"), sim.chat("bob").send("go"))
    assert (one.error, other.error) == (None, None)
    assert await run(lambda session: leads.count()) == 0


async def test_undo_brings_back_many_where_they_stood(app: cpsl.App, leads: cpsl.CollectionRef, tmp_path: Path) -> None:
    run, path = Running(app, tmp_path / "app.db"), tmp_path / "app.db"
    await run(lambda session: leads.insert_one({"n": -1}))
    rows = await run(lambda session: leads.insert_many(documents()))
    await run(lambda session: leads.delete_many({"n": {"$gte": 0}}))
    await run.close()
    store = Store(path)
    inserted, deleted = [row[0] for row in store.database.rows("SELECT id FROM _capsule_turns ORDER BY id")][1:]
    undo_turn(store.database, deleted)
    ids = [row[0] for row in store.database.rows("SELECT _id FROM leads ORDER BY rowid")]
    assert ids[1:] == [row["_id"] for row in rows]
    undo_turn(store.database, inserted)
    assert store.database.row("SELECT count(*) FROM leads") == (1,)
    store.close()


async def test_no_large_log_is_left_behind(app: cpsl.App, leads: cpsl.CollectionRef, tmp_path: Path) -> None:
    run, log = Running(app, tmp_path / "app.db"), tmp_path / "app.db-wal"
    sizes = []

    async def written(session: cpsl.Session) -> None:
        await leads.insert_many(documents())
        sizes.append(log.stat().st_size)
        await leads.delete_many({"n": {"$gte": 0}})
        sizes.append(log.stat().st_size)

    await run(written)
    await run.close()
    assert sizes == [0, 0]


@pytest.mark.parametrize("used", [False, True])
async def test_what_an_app_has_left_running_writes_nothing_once_it_has_ended(
    app: cpsl.App, leads: cpsl.CollectionRef, tmp_path: Path, used: bool
) -> None:
    run, path = Running(app, tmp_path / "app.db"), tmp_path / "app.db"
    if used:
        await run(lambda session: leads.insert_many(documents()))
    left: list[asyncio.Future[Any]] = []
    before = threading.active_count()

    async def begun(session: cpsl.Session) -> None:
        left.append(asyncio.ensure_future(leads.insert_many(documents())))
        await asyncio.sleep(0)

    await run(begun)
    await run.close()
    with pytest.raises(StoreError, match="the app has ended and its store is closed"):
        await left[0]
    assert threading.active_count() <= before
    store = Store(path)
    assert store.database.row("SELECT count(*) FROM leads") == (COUNT * used,)
    store.close()


async def test_what_changed_between_finding_and_deleting_is_found_again(
    app: cpsl.App, leads: cpsl.CollectionRef, tmp_path: Path
) -> None:
    run, path = Running(app, tmp_path / "app.db"), tmp_path / "app.db"
    await run(lambda session: leads.insert_many(documents()))
    await run.close()
    store, other = Store(path), Store(path)
    declared = store.declarations.stored("leads")
    assert declared is not None
    query = Query(parse_filter({"n": {"$gte": 10}}))
    doomed = store.documents.doomed(declared, query, None)
    other.documents.insert(declared, [{"_id": "new", "n": 5000}, {"_id": "kept", "n": 5}], None)
    assert store.documents.delete_many(declared, query, None, doomed) == COUNT - 10 + 1
    assert store.documents.count(declared, Query(parse_filter({}))) == 11
    store.close()
    other.close()
