"""What the query layer costs over raw SQLite with JSON, in the same run (budgets: ratios, not times).

    python benchmarks/queries.py

Both sides decode the documents they return. The raw side has the index a person would make by hand.
"""

import json
import random
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from cpsl.data.documents import decode, encode
from cpsl.data.filters import parse_filter
from cpsl.data.schema import column_sql, generatable, index_sql, scope_index_sql
from cpsl.data.scope import Scope
from cpsl.data.sort import parse_sort
from cpsl.data.sql import compile_filter, nested_probe, select
from cpsl.data.sql_fields import TableFields
from cpsl.data.sql_sort import compile_sort

COLUMNS = generatable(["status", "total"])
SCOPE = Scope("_user_id", "u1")
CONTAINS = {"name": {"$regex": "e 99", "$options": "i"}}


def build(count: int, indexed: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    generated = "".join(f", {column_sql(name)}" for name in COLUMNS) if indexed else ""
    fixed = '"_id" TEXT PRIMARY KEY, "_user_id" TEXT, "_team_id" TEXT, "_session_id" TEXT, doc TEXT NOT NULL'
    connection.execute(f'CREATE TABLE "leads" ({fixed}{generated})')
    chance = random.Random(1)
    rows = ((f"{i:024x}", f"u{i % 2}", encode(document(i, chance))) for i in range(count))
    connection.executemany('INSERT INTO "leads" ("_id", "_user_id", doc) VALUES (?, ?, ?)', rows)
    connection.execute(scope_index_sql("leads", SCOPE.column))
    for name in COLUMNS if indexed else ():
        for statement in index_sql("leads", name, SCOPE.column):
            connection.execute(statement)
        connection.execute(f'CREATE INDEX "raw {name}" ON "leads" ("_user_id", "{name}")')
    return connection


def document(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "name": f"name {number}",
        "status": f"s{chance.randrange(2000)}",
        "total": chance.randrange(100_000),
        "note": "x" * 100,
        "tags": ["a", "b"],
        "other": f"o{chance.randrange(2000)}",
    }


def ours(connection: sqlite3.Connection, filter: dict[str, Any], table: TableFields, **options: Any) -> list[Any]:
    sort = options.pop("sort", None)
    asked = [parse_sort(sort)[0].path[0]] if sort else [name for name in filter if name in table.columns]
    scalars = [name for name in asked if not probe(connection, name)]
    known = TableFields(table.columns, table.scope, frozenset(scalars))
    order = compile_sort(parse_sort(sort), known)
    statement = select("leads", compile_filter(parse_filter(filter), known), order, **options)
    holds = statement.residual.predicate() if statement.residual is not None else None
    found = (decode(row[4]) for row in connection.execute(statement.sql, statement.params))
    return [each for each in found if holds is None or holds(each)]


def probe(connection: sqlite3.Connection, name: str) -> bool:
    question = nested_probe("leads", name, SCOPE)
    return bool(connection.execute(question.sql, question.params).fetchone()[0])


def raw(connection: sqlite3.Connection, condition: str, *params: Any) -> list[Any]:
    statement = f'SELECT "_id", "_user_id", "_team_id", "_session_id", doc FROM "leads" WHERE {condition}'
    return [json.loads(row[4]) for row in connection.execute(statement, params)]


def best(work: Callable[[], list[Any]], times: int) -> float:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return sorted(spent)[times // 2] * 1e6


def report(label: str, mine: Callable[[], list[Any]], theirs: Callable[[], list[Any]], times: int) -> None:
    floor, cost = best(theirs, times), best(mine, times)
    print(f"{label:44} {cost:10.1f} µs {floor:10.1f} µs  ratio {cost / floor:5.2f}  ({len(mine())} rows)")


def main() -> None:
    big = build(200_000, True)
    table = TableFields(frozenset(COLUMNS), SCOPE)
    print(f"SQLite {sqlite3.sqlite_version}{'ours':>44} {'raw':>13}")
    report(
        "indexed find, limit 10, 200k",
        lambda: ours(big, {"status": "s5"}, table, limit=10),
        lambda: raw(big, '"_user_id" = ? AND "status" = ? LIMIT 10', "u1", "s5"),
        500,
    )
    report(
        "indexed range, limit 10, 200k",
        lambda: ours(big, {"total": {"$gt": 500}}, table, limit=10),
        lambda: raw(big, '"_user_id" = ? AND "total" > ? LIMIT 10', "u1", 500),
        500,
    )
    report(
        "sorted top 10, 200k",
        lambda: ours(big, {}, table, sort="-total", limit=10),
        lambda: raw(big, '"_user_id" = ? ORDER BY "total" DESC LIMIT 10', "u1"),
        500,
    )
    small, plain = build(10_000, False), TableFields()
    for label, filter, condition, value in (
        ("unindexed equality", {"other": "o5"}, "json_extract(doc, '$.other') = ?", "o5"),
        ("unindexed range", {"total": {"$gte": 99_900}}, "json_extract(doc, '$.total') >= ?", 99_900),
        ("unindexed $ne", {"other": {"$ne": "o5"}}, "json_extract(doc, '$.other') IS NOT ?", "o5"),
        ("unindexed $in", {"other": {"$in": ["o5", "o"]}}, "json_extract(doc, '$.other') IN (?, 'o')", "o5"),
        ("unindexed contains", CONTAINS, "json_extract(doc, '$.name') LIKE ?", "%e 99%"),
        ("unindexed dotted", {"other.x": "o5"}, "json_extract(doc, '$.other.x') = ?", "o5"),
    ):  # fmt: skip
        report(
            f"{label}, 10k",
            lambda filter=filter: ours(small, filter, plain),  # type: ignore[misc]
            lambda condition=condition, value=value: raw(small, condition, value),  # type: ignore[misc]
            40,
        )


if __name__ == "__main__":
    main()
