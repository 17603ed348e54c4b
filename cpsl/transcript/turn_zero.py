"""What there was before a recording began, as lines of turn 0: what was stored, what was said (docs/transcripts.md)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from cpsl.clock import iso
from cpsl.model.codec import dumps
from cpsl.model.identity import SessionKey
from cpsl.runtime.history import LENGTH
from cpsl.store import dump
from cpsl.store.declarations import Declaration
from cpsl.store.store import Store
from cpsl.transcript.document import TranscriptLine
from cpsl.transcript.line_types import CollectionLine, ValuesLine, read_as

# More than a person keeps in a store to try things out, and no more than fits into a file under version control.
MOST_RECORDS = 1_000
MOST_CHARACTERS = 500_000

TABLES = {"settings": "_capsule_settings", "kv": "_capsule_kv", "columns": "_capsule_columns"}
"""The tables that hold values, by the name they have in a transcript."""


def stored_records(store: Store) -> list[dict[str, Any]] | None:
    """The documents, settings, keys and columns that are stored; None where they are too many for a transcript."""
    if not store.holds_records:
        return []
    found: list[dict[str, Any]] = []
    left = MOST_RECORDS
    with store.database.intact(), store.database.reading() as connection:
        for entry in dump.dump_collections(connection):
            documents = _at_most(left, (item.document for item in dump.documents(connection, entry.declaration.name)))
            left -= len(documents)
            declaration = entry.declaration._asdict()
            found += [_line("collection", declaration=declaration, documents=documents)] if documents else []
        for name, table in TABLES.items():
            rows = _at_most(left, dump.dump_rows(connection, table))
            left -= len(rows)
            found += [_line("values", table=name, rows=rows)] if rows else []
    return found if left >= 0 and len(dumps(found)) <= MOST_CHARACTERS else None


def records_before(store: Store, key: SessionKey) -> list[dict[str, Any]]:
    """What an app can see of the conversation in the turn that runs now: its last messages and ``session.data``."""
    entries = store.conversations.history(
        key.id, before=store.conversations.turns(key.id), limit=LENGTH, whole_turns=True
    )
    if not entries:
        return []
    said = [
        _line("user" if entry.sender == "user" else "reply", at=iso(entry.at), text=entry.text) for entry in entries
    ]
    data = store.conversations.data(key.id).value()
    return [*said, _line("data", at=iso(entries[-1].at), set=data, unset=[])]


def restore_records(store: Store, lines: Iterable[TranscriptLine]) -> None:
    """Store what those lines hold. Raises ``ValueError`` or ``TypeError`` for what cannot be stored."""
    for line in lines:
        if line.type == "collection":
            _put_collection(store, line)
        elif line.type == "values":
            values = read_as(ValuesLine, line.fields)
            table = TABLES[values["table"]]
            with store.database.transaction() as connection:
                for row in values["rows"]:
                    dump.put_record(connection, table, dump.check_record(table, row))


def _put_collection(store: Store, line: TranscriptLine) -> None:
    collection = read_as(CollectionLine, line.fields)
    try:
        declaration = Declaration.from_record(collection["declaration"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"the declaration of the collection cannot be read ({error})") from None
    store.declarations.ensure(declaration)
    with store.database.transaction() as connection:
        for row, document in enumerate(collection["documents"], 1):
            dump.put_document(connection, declaration.name, dump.Stored(row, dump.check_document(document)))


def _at_most(left: int, records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One more than may be left, so that it shows: a big collection is not read to its end."""
    return list(itertools.islice(records, max(0, left) + 1))


def _line(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "turn": 0, **fields}
