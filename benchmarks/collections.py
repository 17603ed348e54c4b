"""What collections cost over raw SQLite with JSON: finding, sorting, writing, and what the event loop feels."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import cpsl
from benchmarks.harness import Row, compared, each_us
from cpsl.testing import Simulator

_MANY = 200_000
_FEW = 10_000
_BATCH = 500
_STATUSES = 20_000
_RAW = "raw sqlite3 + json"

Work = Callable[[], Awaitable[Any]]


def rows() -> Iterator[Row]:
    """Reading 200,000 documents, then scanning 10,000, then writing."""
    with tempfile.TemporaryDirectory(prefix="capsule-bench-") as name:
        folder = Path(name)
        many = _World(folder / "many", _MANY)
        yield from _reading(many)
        yield from _sorting(many)
        yield _stall(many)
        many.close()
        yield from _many_at_once(_World(folder / "bulk", 1000))
        few = _World(folder / "few", _FEW, indexed=False)
        yield _scan(few)
        few.close()
        written = _World(folder / "written", 1000)
        yield from _writing(written)
        written.close()


def _reading(world: _World) -> Iterator[Row]:
    statuses = itertools.cycle(f"s{number}" for number in range(0, _STATUSES, 7))
    yield compared(
        "find by an indexed field, limit 10, 200k",
        lambda: world.each_us(lambda: world.leads.find({"status": next(statuses)}, limit=10), _BATCH),
        _RAW,
        lambda: each_us(lambda: world.raw.find("status = ?", next(statuses)), _BATCH),
        budget=4.0,
        pairs=9,
        unit="us",
    )
    yield compared(
        "sorted top 10, 200k",
        lambda: world.each_us(lambda: world.leads.find(sort={"total": -1}, limit=10), _BATCH),
        _RAW,
        lambda: each_us(lambda: world.raw.find("1 ORDER BY total DESC"), _BATCH),
        budget=2.5,
        pairs=9,
        unit="us",
    )


def _sorting(world: _World) -> Iterator[Row]:
    """The commonest questions of lists and dashboards: a part of the whole by one field, in some order."""
    chance, statuses = random.Random(3), itertools.cycle(f"s{number}" for number in range(0, _STATUSES, 7))
    raw = world.raw.find
    below: dict[str, Any] = {"sort": {"total": -1}, "limit": 10}
    # The plus is what a person writes who knows that few rows match: SQLite alone takes a thousand times as long.
    by_id, by_total = "status = ? ORDER BY +id DESC", "status = ? ORDER BY +total DESC"
    for what, ours, floor in (
        (
            "equality, sorted by another field",
            lambda: world.leads.find({"status": next(statuses)}, **below),
            lambda: raw(by_total, next(statuses)),
        ),
        (
            "equality, newest first",
            lambda: world.leads.find({"status": next(statuses)}, sort={"_id": -1}, limit=10),
            lambda: raw(by_id, next(statuses)),
        ),
        (
            "below a value, largest first",
            lambda: world.leads.find({"total": {"$lt": chance.randrange(10_000, 100_000)}}, **below),
            lambda: raw("total < ? ORDER BY total DESC", chance.randrange(10_000, 100_000)),
        ),
        (
            "from a value, smallest first",
            lambda: world.leads.find({"total": {"$gte": chance.randrange(90_000)}}, sort={"total": 1}, limit=10),
            lambda: raw("total >= ? ORDER BY total", chance.randrange(90_000)),
        ),
        (
            "one person's latest 20",
            lambda: world.leads.find(sort={"total": -1}, limit=20),
            lambda: raw("1 ORDER BY total DESC", limit=20),
        ),
    ):
        yield compared(
            what,
            lambda ours=ours: world.each_us(ours, _BATCH),  # type: ignore[misc]
            _RAW,
            lambda floor=floor: each_us(floor, _BATCH),  # type: ignore[misc]
            budget=2.5,
            pairs=9,
            unit="us",
        )


def _many_at_once(world: _World) -> Iterator[Row]:
    """So many documents in one call, lookups right after it, and so many deleted again."""
    chance = random.Random(4)
    documents = [_document(number, chance) for number in range(_MANY)]
    stalls: dict[str, list[float]] = {"insert_many": [], "delete_many": []}

    def inserted_ms() -> float:
        world.delete_everything()
        began = time.perf_counter()
        stalls["insert_many"].append(world.longest_stall_ms(lambda: world.leads.insert_many(documents), _MANY))
        return (time.perf_counter() - began) * 1e3

    def raw_ms() -> float:
        return each_us(lambda: world.raw.insert(documents), 1) / 1e3

    yield compared("insert_many of 200,000", inserted_ms, _RAW, raw_ms, budget=2.0, pairs=2, unit="ms")
    ids = world.ids(2000)
    raw_ids = [f"{chance.randrange(_MANY):024x}" for _ in ids]
    ours, floor = itertools.cycle(ids), itertools.cycle(raw_ids)
    yield compared(
        "lookups by random ids right after it",
        lambda: world.each_us(lambda: world.leads.find_one({"_id": next(ours)}), _BATCH),
        _RAW,
        lambda: each_us(lambda: world.raw.find("id = ?", next(floor), limit=1), _BATCH),
        budget=3.0,
        pairs=9,
        unit="us",
    )

    async def deleted() -> range:
        return range((await world.leads.delete_many({"total": {"$gte": 0}}))["deleted"])

    stalls["delete_many"].append(world.longest_stall_ms(deleted, _MANY))
    world.close()
    for what, taken in stalls.items():
        yield Row(f"longest stall during {what}, 200k", "allowed", max(taken), 50.0, max(taken) / 50, 1.0, "ms")


def _stall(world: _World) -> Row:
    async def scan() -> list[Any]:
        return await world.leads.find({"note": {"$ne": "y"}})

    return compared(
        "longest stall during a full scan, 200k",
        lambda: world.longest_stall_ms(scan, _MANY // 2),
        "allowed",
        lambda: 50.0,
        budget=1.0,
        pairs=3,
        unit="ms",
    )


def _scan(world: _World) -> Row:
    return compared(
        "unindexed filter over 10,000 documents",
        lambda: world.each_us(lambda: world.leads.find({"other": "o5"}), 5),
        "a json_extract scan",
        lambda: each_us(lambda: world.raw.find("json_extract(doc, '$.other') = ?", "o5", limit=-1), 5),
        budget=1.5,
        pairs=9,
        unit="us",
    )


def _writing(world: _World) -> Iterator[Row]:
    chance = random.Random(2)
    documents = [_document(number, chance) for number in range(_BATCH)]
    given = itertools.cycle(documents)
    yield compared(
        "insert_one, journal included",
        lambda: world.each_us(lambda: world.leads.insert_one(next(given)), _BATCH),
        _RAW,
        lambda: each_us(lambda: world.raw.insert([next(given)]), _BATCH),
        budget=2.5,
        pairs=11,
        unit="us",
    )
    yield compared(
        f"insert_many of {_BATCH}",
        lambda: world.each_us(lambda: world.leads.insert_many(documents), 4) / _BATCH,
        _RAW,
        lambda: each_us(lambda: world.raw.insert(documents), 4) / _BATCH,
        budget=2.0,
        pairs=11,
        unit="us",
    )


class _World:
    """An app with a collection of so many documents, half of them another person's, and the same without it."""

    def __init__(self, path: Path, count: int, *, indexed: bool = True) -> None:
        self.app = cpsl.App("bench", image=cpsl.Image())
        columns = ["status", "total"] if indexed else []
        self.leads = self.app.collection("leads", columns=columns, scope="user", sortable=indexed)
        self.app.message()(self._handle)
        self._loop = asyncio.new_event_loop()
        self._simulator = Simulator(self.app, store=path.with_suffix(".db"))
        self._do(self._simulator.__aenter__())
        self.raw = RawLeads(path.with_suffix(".raw"), indexed=indexed)
        chance = random.Random(1)
        for person in ("ann", "bob"):
            documents = [_document(number, chance) for number in range(count // 2)]
            self._as(person, lambda documents=documents: self.leads.insert_many(documents))  # type: ignore[misc]
            self.raw.insert(documents, person)

    def each_us(self, work: Work, times: int) -> float:
        """Microseconds of one awaited call inside a handler."""

        async def repeated() -> float:
            began = time.perf_counter()
            for _ in range(times):
                await work()
            return (time.perf_counter() - began) / times * 1e6

        result: float = self._as("ann", repeated)
        return result

    def longest_stall_ms(self, work: Work, count: int) -> float:
        """The longest time for which the loop did nothing else while the work ran on so many documents."""

        async def watched() -> float:
            scanning = asyncio.ensure_future(work())
            longest, last = 0.0, time.perf_counter()
            while not scanning.done():
                await asyncio.sleep(0.001)
                now = time.perf_counter()
                longest, last = max(longest, now - last), now
            if len(await scanning) != count:
                raise RuntimeError("the work was not done on every document")
            return longest * 1e3

        result: float = self._as("ann", watched)
        return result

    def delete_everything(self) -> None:
        """Leave nobody's documents on our side, and none on the other."""
        self._as("ann", lambda: self.app.db.leads.delete_many({}))
        self.raw.delete_everything()

    def ids(self, count: int) -> list[str]:
        """So many ids of a person's documents, in no order."""
        rows = self._as("ann", self.leads.find)
        return random.Random(5).sample([row["_id"] for row in rows], count)

    def close(self) -> None:
        """Stop the app."""
        self._do(self._simulator.__aexit__(None, None, None))
        self._loop.close()
        self.raw.close()

    def _as(self, person: str, work: Work) -> Any:
        self._work = work
        turn = self._do(self._simulator.chat(person).send("go"))
        if turn.error:
            raise turn.error
        return self._result

    def _do(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    async def _handle(self, session: cpsl.Session, message: cpsl.Message) -> None:
        self._result = await self._work()


class RawLeads:
    """The same documents in a table a person would make by hand, with the same indexes."""

    def __init__(self, path: Path, *, indexed: bool) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._count = 0
        columns = "".join(
            f", {name} GENERATED ALWAYS AS (json_extract(doc, '$.{name}')) VIRTUAL" for name in ("status", "total")
        )
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=NORMAL",
            f"CREATE TABLE leads (id TEXT PRIMARY KEY, user TEXT, doc TEXT NOT NULL{columns if indexed else ''})",
            "CREATE INDEX by_user ON leads (user)",
            *(f"CREATE INDEX by_{name} ON leads (user, {name})" for name in ("status", "total") if indexed),
        ):
            self._connection.execute(statement)

    def insert(self, documents: list[dict[str, Any]], user: str = "ann") -> None:
        """Insert the documents in one transaction."""
        first = self._count
        self._count += len(documents)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT INTO leads (id, user, doc) VALUES (?, ?, ?)",
            ((f"{first + n:024x}", user, json.dumps(document)) for n, document in enumerate(documents)),
        )
        self._connection.execute("COMMIT")

    def delete_everything(self) -> None:
        """Delete every document."""
        self._connection.execute("DELETE FROM leads")
        self._count = 0

    def find(self, condition: str, *values: Any, limit: int = 10) -> list[Any]:
        """The decoded documents of one person that meet a condition."""
        found = self._connection.execute(
            f"SELECT id, doc FROM leads WHERE user = ? AND {condition} LIMIT ?", ("ann", *values, limit)
        )
        return [{**json.loads(doc), "_id": document_id} for document_id, doc in found]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _document(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "name": f"name {number}",
        "status": f"s{chance.randrange(_STATUSES)}",
        "total": chance.randrange(100_000),
        "note": "x" * 100,
        "tags": ["a", "b"],
        "other": f"o{chance.randrange(2000)}",
    }
