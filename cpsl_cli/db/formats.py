"""Records as text: JSON lines, JSON, CSV, TSV, Markdown; tables are in ``table``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from cpsl.model.codec import dumps
from cpsl.render.safe import visible, visible_json, visible_line
from cpsl_cli.db import table
from cpsl_cli.db.output import CommandOutput, current_output
from cpsl_cli.errors import UsageError
from cpsl_cli.options.shared_options import no_color

Record = dict[str, Any]
# As OWASP has it; a number that is negative is a number, and stays.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
FORMATS = ("table", "json", "jsonl", "csv", "tsv", "md")


class Records(NamedTuple):
    """Something to show: ``read`` gives the records anew each time; ``columns`` None are those that occur.

    ``hidden`` columns are left out of tables, which are for people.
    """

    read: Callable[[], Iterable[Record]]
    columns: tuple[str, ...] | None = None
    hidden: frozenset[str] = frozenset()


class RecordView(NamedTuple):
    """How to show it, as asked for; ``safe_csv`` marks text that a spreadsheet would take for a formula."""

    format: str | None = None
    color: str | None = None
    safe_csv: bool = False

    def check(self) -> None:
        """Raises ``UsageError`` for an unknown format or colour."""
        if self.format not in (None, *FORMATS):
            raise UsageError(f"--format is one of {', '.join(FORMATS)}, not {self.format!r}.")
        if self.color is not None and (problem := no_color("--color", self.color)):
            raise UsageError(problem)
        if self.safe_csv and self.format not in ("csv", "tsv"):
            raise UsageError("--safe-csv needs --format csv or tsv.")


def show(records: Records, view: RecordView) -> None:
    """Write the records to the output; a table on a terminal and JSON lines elsewhere if nothing else is said."""
    view.check()
    output = current_output(view.color)
    chosen = view.format or ("table" if output.terminal else "jsonl")
    for text in _WRITERS[chosen](_marked(records) if view.safe_csv else records, output):
        output.sink.write(text)
    output.sink.flush()


def record_list(rows: Iterable[Record], columns: tuple[str, ...]) -> Records:
    """Records that are few enough to hold."""
    few = list(rows)
    return Records(lambda: few, columns)


def _marked(records: Records) -> Records:
    """The records with an apostrophe before each text, and each name, that begins as a formula does."""
    names = columns_of(records)
    rows = lambda: ({_text(name): _text(row[name]) for name in names if name in row} for row in records.read())  # noqa: E731
    return Records(rows, tuple(map(_text, names)), records.hidden)


def _text(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def cell(value: Any) -> str:
    """A value in one cell: text as it is, nothing for null, JSON for the rest."""
    if isinstance(value, str):
        return value
    return "" if value is None else dumps(value)


def columns_of(records: Records) -> tuple[str, ...]:
    """The columns to show; looks through all records if they are not given."""
    if records.columns is not None:
        return records.columns
    seen: dict[str, None] = {}
    for record in records.read():
        for name in record:
            seen.setdefault(name)
    return tuple(seen)


def _jsonl(records: Records, output: CommandOutput) -> Iterator[str]:
    return (_object(record, output) + "\n" for record in records.read())


def _json(records: Records, output: CommandOutput) -> Iterator[str]:
    before = "[\n  "
    for record in records.read():
        yield before + _object(record, output)
        before = ",\n  "
    yield "[]\n" if before[0] == "[" else "\n]\n"


def _object(record: Any, output: CommandOutput) -> str:
    return visible_json(dumps(record)) if output.terminal else dumps(record)


def _csv(records: Records, output: CommandOutput) -> Iterator[str]:
    return _separated(records, output, "excel")


def _tsv(records: Records, output: CommandOutput) -> Iterator[str]:
    return _separated(records, output, "excel-tab")


def _separated(records: Records, output: CommandOutput, dialect: str) -> Iterator[str]:
    names = columns_of(records)
    buffer = io.StringIO()
    writer = csv.writer(buffer, dialect, lineterminator="\n")
    writer.writerow(names)
    yield _taken(buffer, output)
    for record in records.read():
        writer.writerow([cell(record.get(name)) for name in names])
        yield _taken(buffer, output)


def _taken(buffer: io.StringIO, output: CommandOutput) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return visible(text) if output.terminal else text


def _markdown(records: Records, output: CommandOutput) -> Iterator[str]:
    names = [name for name in columns_of(records) if name not in records.hidden]
    yield _markdown_row(names)
    yield _markdown_row(["---"] * len(names))
    for record in records.read():
        yield _markdown_row([cell(record.get(name)) for name in names])


def _markdown_row(cells: list[str]) -> str:
    safe = (visible_line(text.replace("\n", "<br>")).replace("\\", "\\\\").replace("|", "\\|") for text in cells)
    return f"| {' | '.join(safe)} |\n"


def _table(records: Records, output: CommandOutput) -> Iterator[str]:
    names = tuple(name for name in columns_of(records) if name not in records.hidden)
    return table.draw_table([visible_line(name) for name in names], lambda: _cells(records, names), output)


def _cells(records: Records, names: tuple[str, ...]) -> Iterator[list[str]]:
    for record in records.read():
        yield [visible_line(cell(record.get(name))) for name in names]


_WRITERS: dict[str, Callable[[Records, CommandOutput], Iterator[str]]] = {
    "table": _table,
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "tsv": _tsv,
    "md": _markdown,
}
