"""Writes of a person outside of any turn: no undo takes them back, all matches at once (``capsule db``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cpsl.data.sql_names import identifier
from cpsl.data.updates import apply_update
from cpsl.store import select
from cpsl.store.database import Database
from cpsl.store.declarations import Declaration
from cpsl.store.documents import Change, Updated, document_text, insert_rows, replace_row
from cpsl.store.select import Document
from cpsl.store.ways import Query


class Edited(NamedTuple):
    """A document an update matches, as it is and as it is to become."""

    before: Document
    after: Document

    @property
    def modified(self) -> bool:
        """Whether the update changes anything."""
        return document_text(self.before) != document_text(self.after)


class Editing:
    """One operation is one transaction; ``at`` is its ISO time, kept as the collection's last write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, declared: Declaration, documents: Sequence[Document], at: str) -> None:
        """Insert complete documents, all or none. Raises ``ValueError`` for an ``_id`` that exists."""
        with self._database.transaction() as connection:
            insert_rows(connection, declared, documents)
            touch(connection, declared.name, at)

    def update(self, declared: Declaration, query: Query, change: Change) -> Updated:
        """Update every match (the first ``limit`` of them). Raises ``UpdateError``: nothing is written then."""
        with self._database.transaction() as connection:
            matches = list(edits(connection, declared, query, change))
            modified = [edit.after for edit in matches if edit.modified]
            for document in modified:
                replace_row(connection, declared, document["_id"], document_text(document))
            touch(connection, declared.name, change.now)
        return Updated(len(matches), len(modified))

    def delete(self, declared: Declaration, query: Query, at: str) -> int:
        """Delete the matches and return how many there were."""
        with self._database.transaction() as connection:
            doomed = [(document["_id"],) for document in select.select_documents(connection, declared, query)]
            connection.executemany(f"DELETE FROM {identifier(declared.name)} WHERE _id = ?", doomed)
            touch(connection, declared.name, at)
        return len(doomed)


def edits(connection: sqlite3.Connection, declared: Declaration, query: Query, change: Change) -> Iterator[Edited]:
    """What an update would do, document by document; writes nothing."""
    for document in select.select_documents(connection, declared, query):
        yield Edited(document, apply_update(document, change.update, now=change.now))


def touch(connection: sqlite3.Connection, collection: str, at: str) -> None:
    """Note the time of a write that no turn has made."""
    connection.execute("UPDATE _capsule_collections SET written_at = ? WHERE name = ?", (at, collection))
