"""``sql``: a question in SQL, which can only read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cpsl.store.readonly_sql import ResultSet, ask
from cpsl_cli.db.formats import Record, Records, RecordView, show
from cpsl_cli.db.locate import app_store
from cpsl_cli.db.options import App, Color, Format, SafeCsv


def sql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="One statement; each collection is a table.")],
    format_: Format = None,
    safe_csv: SafeCsv = False,
    app: App = None,
    color: Color = None,
) -> None:
    """Ask in SQL. Collections are tables; declared columns are columns of it, doc is the whole as JSON."""
    with app_store(app) as store, store.database.reading():
        first: list[ResultSet] = [ask(store.database, query)]
        names = _distinct(first[0].columns)

        def read() -> Iterator[Record]:
            answer = first.pop() if first else ask(store.database, query)
            return ({name: _plain(value) for name, value in zip(names, row, strict=True)} for row in answer.rows)

        show(Records(read, names), RecordView(format_, color, safe_csv))


def _distinct(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Two columns of one name would be one key of a record."""
    names: list[str] = []
    for column in columns:
        name, number = column, 2
        while name in names:
            name, number = f"{column}_{number}", number + 1
        names.append(name)
    return tuple(names)


def _plain(value: Any) -> Any:
    """What JSON holds of a value; SQLite has infinities, but no NaN."""
    if isinstance(value, bytes):
        return value.hex()
    return None if value in (math.inf, -math.inf) else value
