"""Documents of collections: one operation is one transaction, with its before-image under the turn."""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from cpsl.data.documents import encode
from cpsl.data.id_alias import hide_id
from cpsl.data.schema import OWN_ID
from cpsl.data.scope import FIXED_COLUMNS, Scope
from cpsl.data.sort import SortSpec
from cpsl.data.sql_names import identifier
from cpsl.data.updates import Update, apply_update
from cpsl.store import select
from cpsl.store.database import MEMORY, Database
from cpsl.store.declarations import Declaration
from cpsl.store.journal import DELETED, INSERTED, REPLACED, BeforeImage, Entry, entry, remember, write_entries
from cpsl.store.prepared import BoundQuery, PreparedQueries, Scalars, Statement
from cpsl.store.select import Document
from cpsl.store.stored_values import TurnKey
from cpsl.store.ways import Query, Way, Ways, attempt

T = TypeVar("T")
DocumentRow = tuple[Any, ...]


# Walking through this many documents takes a few milliseconds, and so many steps of SQLite's less than one.
_FEW = 1500
_FEW_STEPS = 3000
# So many steps are much less than sorting the matches, if these are too many to be sorted in fewer.
_MANY_STEPS = 200_000
_REMEMBERED = 1000
_REMEMBERED_AT_ONCE = 1000

_COLUMNS = ", ".join(map(identifier, FIXED_COLUMNS))
_PLACES = ", ".join("?" * (len(FIXED_COLUMNS) + 1))


class Change(NamedTuple):
    """An update of the first match; ``now`` is the ISO time that ``$currentDate`` writes."""

    update: Update
    now: str
    upsert: Document | None = None


class Updated(NamedTuple):
    """How many documents matched and how many of them changed; ``inserted`` is an upsert's new document."""

    matched: int
    modified: int
    inserted: Document | None = None


class Doomed(NamedTuple):
    """Documents about to be deleted: where they stand, and the entries of the journal that bring them back."""

    rowids: list[int]
    entries: list[Entry]
    state: tuple[int, int] | None = None


class Documents:
    """Writes documents, and reads them on the writing connection.

    Every method is synchronous and atomic. ``turn`` is the turn whose undo takes the write back;
    None for writes outside turns.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ways = Ways(database.connection)
        self._prepared = PreparedQueries(self._ways)
        self._scalars = Scalars(database.connection)
        self._walks: dict[str, bool] = {}

    def insert(self, declared: Declaration, documents: Sequence[Document], turn: TurnKey | None) -> None:
        """Insert complete documents (with ``_id`` and scope). Raises ``ValueError`` for an ``_id`` that exists."""
        with self._database.transaction() as connection:
            insert_rows(connection, declared, documents)
            _remember_inserted(connection, declared, documents, turn)

    def insert_many(self, declared: Declaration, rows: deque[DocumentRow], turn: TurnKey | None) -> None:
        """The same for many documents, as :func:`document_row` makes them before: all others wait meanwhile.

        ``rows`` is empty afterwards: to free them all at once would stop every thread.
        """
        entries: list[Entry] = []
        if turn is not None:
            ids = iter([row[0] for row in rows])
            entries = [entry(turn, BeforeImage(INSERTED, declared.name, part)) for part in _parts(ids)]
        with self._database.transaction() as connection:
            _insert(connection, declared, drained(rows))
            write_entries(connection, entries)
        self._database.fold()

    def find(self, declared: Declaration, query: Query) -> list[Document]:
        """The matching documents."""
        with self._database.reading() as connection:
            way = select.compile_query(connection, declared, query)
            sure, walk = self._ways.to(declared, query, way)
            found = walk and self._within(_MANY_STEPS, declared, query, walk)
            return list(select.run_query(connection, declared, query, sure)) if found is None else found

    def find_if_small(self, declared: Declaration, query: Query) -> list[Document] | None:
        """The matching documents, or None if finding them could take long enough to be felt."""
        with self._database.reading() as connection:
            way = select.compile_query(connection, declared, query)
            sure, walk = self._ways.to(declared, query, way)
            if query.limit or not self._ways.scans(declared, query, sure):
                found = self._quickly(declared, query, sure, walk)
                if found is not None:
                    return found
            return list(select.run_query(connection, declared, query, sure)) if self.few(declared) else None

    def find_prepared(
        self,
        declared: Declaration,
        filter: Mapping[str, Any] | None,
        sort: SortSpec,
        part: tuple[int, int],
        scope: Scope | None,
        ensure: Callable[[], None] = lambda: None,
    ) -> list[Document] | None:
        """The same for a filter and a sort as apps write them, or None if this has to be asked otherwise.

        ``part`` is limit and skip. ``ensure`` brings the table in line; it is called only where the answer rests on
        more than that the table is there. None also when the collection is not as declared.
        """
        try:
            asked = self._prepared.asked(declared, filter, sort, part, scope)
        except sqlite3.DatabaseError:
            return None  # whoever asks otherwise is told what is wrong with the table
        if asked is None:
            return None
        columns = asked.prepared.columns
        if not columns or self._scalars.known(declared, columns, scope):
            try:
                found = self._run(asked)
                # What rests on no column's content holds whatever has changed.
                if not columns or self._scalars.hold():
                    return found
            except sqlite3.DatabaseError:
                # The table may have changed; if it is worse than that, the next statement says so.
                pass
        ensure()
        with self._database.reading():
            return self._run(asked) if self._scalars.ask(declared, columns, scope) else None

    def count(self, declared: Declaration, query: Query) -> int:
        """How many documents match."""
        with self._database.reading() as connection:
            return select.count_documents(connection, declared, query)

    def count_if_small(self, declared: Declaration, query: Query) -> int | None:
        """How many documents match, or None if counting them could take long enough to be felt."""
        if self.few(declared):
            return self.count(declared, query)
        with self._database.reading() as connection:
            return attempt(self._database, _FEW_STEPS, lambda: select.count_documents(connection, declared, query))

    def few(self, declared: Declaration) -> bool:
        """Whether the collection is so small that walking through it is not felt."""
        if self._database.path == MEMORY:
            return True
        row = self._database.row(f"SELECT max(rowid) FROM {identifier(declared.name)}")
        return row is None or (row[0] or 0) <= _FEW

    def own_ids(self, declared: Declaration) -> bool:
        """Whether any document has an ``id`` of its own."""
        row = self._database.row(f"SELECT EXISTS (SELECT 1 FROM {identifier(declared.name)} WHERE {OWN_ID})")
        return row is not None and bool(row[0])

    def update_one(self, declared: Declaration, query: Query, change: Change, turn: TurnKey | None) -> Updated:
        """Update the first match, or insert ``change.upsert`` if there is none."""
        with self._database.transaction() as connection:
            found = next(iter(select.select_documents(connection, declared, query._replace(limit=1))), None)
            if found is None:
                return self._upsert(connection, declared, change, turn)
            after = apply_update(found, change.update, now=change.now)
            body = document_text(after)
            if body == document_text(found):
                return Updated(1, 0)
            if turn is not None:
                remember(connection, turn, BeforeImage(REPLACED, declared.name, [found]))
            replace_row(connection, declared, found["_id"], body)
            return Updated(1, 1)

    def delete(self, declared: Declaration, query: Query, turn: TurnKey | None) -> int:
        """Delete the matches (the first ``limit`` of them) and return how many there were."""
        with self._database.transaction() as connection:
            found = _doomed(connection, declared, query, turn)
            _delete(connection, declared, found)
        return len(found.rowids)

    def doomed(self, declared: Declaration, query: Query, turn: TurnKey | None) -> Doomed:
        """What :meth:`delete` would delete, for :meth:`delete_many`."""
        with self._database.reading() as connection:
            return _doomed(connection, declared, query, turn)._replace(state=self._database.state())

    def delete_many(self, declared: Declaration, query: Query, turn: TurnKey | None, found: Doomed) -> int:
        """The same for many documents, which this connection has found before: all others wait meanwhile."""
        with self._database.transaction() as connection:
            if self._database.state() != found.state:
                found = _doomed(connection, declared, query, turn)
            _delete(connection, declared, found)
        self._database.fold()
        return len(found.rowids)

    def _quickly(self, declared: Declaration, query: Query, sure: Way, walk: Way | None) -> list[Document] | None:
        """The matching documents if either way finds them in few steps."""
        found = partial(self._within, _FEW_STEPS, declared, query)
        walked = walk and partial(found, walk)
        return self._quicker(sure.where.where, sure.where.narrows, partial(found, sure), walked)

    def _run(self, asked: BoundQuery) -> list[Document] | None:
        """The same for a prepared query."""
        sure, walk = asked.prepared.sure, asked.prepared.walk
        if walk is None:
            return self._fetched(asked, sure)
        surely, walked = partial(self._fetched, asked, sure), partial(self._fetched, asked, walk)
        return self._quicker(sure.sql, asked.prepared.narrows, surely, walked)

    def _fetched(self, asked: BoundQuery, statement: Statement) -> list[Document] | None:
        execute, params = self._database.connection.execute, asked.params(statement)
        rows = attempt(self._database, _FEW_STEPS, lambda: execute(statement.sql, params).fetchall())
        return None if rows is None else [select.to_document(row) for row in rows]

    def _quicker(
        self, text: str, narrows: bool, sure: Callable[[], T | None], walk: Callable[[], T | None] | None
    ) -> T | None:
        """What either way finds; first the way that did so last time."""
        if walk is None:
            return sure()
        walks = self._walks.get(text, not narrows)
        for way in (walk, sure) if walks else (sure, walk):
            found = way()
            if found is not None:
                if len(self._walks) >= _REMEMBERED:
                    self._walks.clear()
                self._walks[text] = way is walk
                return found
        return None

    def _within(self, steps: int, declared: Declaration, query: Query, way: Way) -> list[Document] | None:
        run = partial(select.run_query, self._database.connection, declared, query, way)
        return attempt(self._database, steps, lambda: list(run()))

    def _upsert(
        self, connection: sqlite3.Connection, declared: Declaration, change: Change, turn: TurnKey | None
    ) -> Updated:
        if change.upsert is None:
            return Updated(0, 0)
        insert_rows(connection, declared, [change.upsert])
        _remember_inserted(connection, declared, [change.upsert], turn)
        return Updated(0, 0, change.upsert)


def insert_rows(connection: sqlite3.Connection, declared: Declaration, documents: Iterable[Document]) -> None:
    """Insert inside the caller's transaction. Raises ``ValueError`` for an ``_id`` that exists."""
    _insert(connection, declared, map(document_row, documents))


def _insert(connection: sqlite3.Connection, declared: Declaration, rows: Iterable[DocumentRow]) -> None:
    try:
        connection.executemany(f"INSERT INTO {identifier(declared.name)} ({_COLUMNS}, doc) VALUES ({_PLACES})", rows)
    except sqlite3.IntegrityError as error:
        raise ValueError(f"{declared.name}: a document with this _id exists already.") from error


def replace_row(connection: sqlite3.Connection, declared: Declaration, document_id: str, text: str) -> None:
    """Put the text in the place of a stored document's; the fixed columns never change."""
    connection.execute(f"UPDATE {identifier(declared.name)} SET doc = ? WHERE _id = ?", (text, document_id))


def _remember_inserted(
    connection: sqlite3.Connection, declared: Declaration, documents: Sequence[Document], turn: TurnKey | None
) -> None:
    if turn is not None:
        ids = [document["_id"] for document in documents]
        remember(connection, turn, BeforeImage(INSERTED, declared.name, ids))


def _doomed(connection: sqlite3.Connection, declared: Declaration, query: Query, turn: TurnKey | None) -> Doomed:
    """In parts: while one text is made of many documents, no other thread runs.

    The rowid is kept with a deleted document, so that undo puts it back where it stood.
    """
    rowids: list[int] = []
    entries: list[Entry] = []
    for part in _parts(select.select_documents(connection, declared, query)):
        places = _rowids(connection, declared, [document["_id"] for document in part])
        rowids += places
        if turn is not None:
            images = list(zip(places, part, strict=True))
            entries.append(entry(turn, BeforeImage(DELETED, declared.name, images)))
    return Doomed(rowids, entries)


def _delete(connection: sqlite3.Connection, declared: Declaration, doomed: Doomed) -> None:
    write_entries(connection, doomed.entries)
    connection.executemany(
        f"DELETE FROM {identifier(declared.name)} WHERE rowid = ?", ((rowid,) for rowid in doomed.rowids)
    )


def _parts(items: Iterator[T]) -> Iterator[list[T]]:
    while part := list(islice(items, _REMEMBERED_AT_ONCE)):
        yield part


def drained(items: deque[T]) -> Iterator[T]:
    """Every item; none is kept, so that they are not freed all at once, which would stop every thread."""
    while items:
        yield items.popleft()


def _rowids(connection: sqlite3.Connection, declared: Declaration, ids: list[str]) -> list[int]:
    found = dict(
        connection.execute(
            f"SELECT _id, rowid FROM {identifier(declared.name)} WHERE _id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
    )
    return [found[each] for each in ids]


def fixed_values(document: Document) -> tuple[Any, ...]:
    """What stands in the columns beside the text: ``_id`` and the scopes."""
    return tuple(map(document.get, FIXED_COLUMNS))


def document_row(document: Document) -> DocumentRow:
    """What is stored of a document: the fixed columns, and its text."""
    return (*fixed_values(document), document_text(document))


def document_text(document: Document) -> str:
    """The text to store. The alias ``id`` that rows show is no part of it, also when a row is written back."""
    own = document.copy()
    for name in FIXED_COLUMNS:
        own.pop(name, None)
    hide_id(own, document["_id"])
    return encode(own)
