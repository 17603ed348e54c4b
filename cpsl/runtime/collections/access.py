"""The operations on one collection for one identity (behaviour.md §13). Everything apps do ends here.

The scope is fixed when an access is made; no filter, document or update can widen it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from cpsl.clock import iso
from cpsl.data.filters import parse_filter, takes_long
from cpsl.data.id_alias import parse_row_filter, parse_row_sort
from cpsl.data.scope import Scope, check_filter, check_update, scoped_document
from cpsl.data.sort import SortKey, SortSpec, checked_count
from cpsl.data.tree import And, Compare, In, Node
from cpsl.data.updates import normalize_update, upsert_document
from cpsl.runtime.collections.row import CollectionRow
from cpsl.runtime.environment import Environment, quiet
from cpsl.store.database import MEMORY
from cpsl.store.declarations import Declaration
from cpsl.store.documents import Change, Documents, Updated, document_row, drained
from cpsl.store.select import Document
from cpsl.store.stored_values import TurnKey
from cpsl.store.ways import Query

T = TypeVar("T")
_ATTEMPTS = 20
# Writing this many documents takes some twenty milliseconds.
_MANY = 1000
_SLICE = 100


class Access:
    """One collection as one identity sees it; ``scope`` None sees every document.

    :param turn: the turn whose undo takes writes back, or None.
    :param changed: called with the collection's name after each change.
    """

    def __init__(
        self,
        environment: Environment,
        declared: Declaration,
        scope: Scope | None,
        *,
        turn: TurnKey | None = None,
        changed: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._environment = environment
        self._documents = environment.store.documents
        self._declared = declared
        self._scope = scope
        self._turn = turn
        self._changed = changed
        if not environment.store.declarations.known(declared):
            self._ensure()

    async def insert(self, documents: Iterable[Mapping[str, Any]]) -> list[CollectionRow]:
        """Insert copies of the documents, each with a fresh ``_id`` unless it names one.

        Raises ``TypeError`` for values JSON cannot hold, ``ValueError`` for a taken ``_id`` or another identity.
        """
        self._ensure()
        remaining = iter(tuple(documents) if isinstance(documents, (list, tuple)) else documents)
        fresh = [self._complete(document) for document in islice(remaining, _MANY)]
        if len(fresh) == _MANY:
            return await self._insert_many(fresh, remaining)
        if fresh:
            await quiet(self._environment.store)
            self._documents.insert(self._declared, fresh, self._turn)
            self._changed(self._declared.name)
        return self._rows(fresh)

    async def find(
        self, filter: Mapping[str, Any] | None = None, limit: int = 0, skip: int = 0, sort: SortSpec = None
    ) -> list[CollectionRow]:
        """The matching rows. Raises ``ValueError`` for unknown operators, a bad sort, limit or skip."""
        limit, skip = checked_count(limit, "limit"), checked_count(skip, "skip")
        declared, scope = self._declared, self._scope
        found = self._documents.find_prepared(declared, filter, sort, (limit, skip), scope, self._ensure)
        if found is not None:
            return self._rows(found)
        self._ensure()
        if self._takes_long(filter):
            return await self._elsewhere(
                lambda documents: self._rows(
                    documents.find(
                        declared,
                        Query(self._node(filter, documents), self._sort(sort, documents), limit, skip, scope),
                    )
                )
            )
        query = Query(self._node(filter), self._sort(sort), limit, skip, scope)
        found = self._documents.find_if_small(declared, query)
        if found is not None:
            return self._rows(found)
        # Making rows of many documents takes long enough to be felt as well.
        return await self._elsewhere(lambda documents: self._rows(documents.find(declared, query)))

    async def count(self, filter: Mapping[str, Any] | None = None) -> int:
        """How many documents match."""
        self._ensure()
        if self._takes_long(filter):
            return await self._elsewhere(
                lambda documents: documents.count(
                    self._declared, Query(self._node(filter, documents), scope=self._scope)
                )
            )
        query = Query(self._node(filter), scope=self._scope)
        counted = self._documents.count_if_small(self._declared, query)
        if counted is not None:
            return counted
        return await self._elsewhere(lambda documents: documents.count(self._declared, query))

    async def update_one(
        self, filter: Mapping[str, Any], update: Mapping[str, Any], *, upsert: bool = False
    ) -> dict[str, int]:
        """Update the first match; with ``upsert`` insert what filter and update describe if there is none.

        Returns ``{"matched", "modified"}``. Raises ``ValueError`` for a bad update, ``TypeError`` for values
        JSON cannot hold.
        """
        self._ensure()
        long = self._takes_long(filter)
        node = await self._elsewhere(lambda documents: self._node(filter, documents)) if long else self._node(filter)
        # Where documents have an id of their own, one that is inserted gets its own as well.
        described = node if not upsert or not self._has_own_ids() else parse_filter(filter)
        change = self._change(described, update, upsert)
        whole = Query(node, limit=1, scope=self._scope)
        result = Updated(0, 0)
        for _ in range(_ATTEMPTS):
            found = await self._located(whole, long)
            if found is None and not upsert:
                break
            query = found or whole
            # What was found may be gone by now, and yet others match: then nothing may be inserted.
            fitting = change if query is whole else change._replace(upsert=None)
            await quiet(self._environment.store)
            result = self._documents.update_one(self._declared, query, fitting, self._turn)
            if result.matched or query is whole:
                break
        if result.modified or result.inserted:
            self._changed(self._declared.name)
        return {"matched": result.matched, "modified": result.modified}

    async def delete(self, filter: Mapping[str, Any] | None, *, limit: int = 0) -> dict[str, int]:
        """Delete the matches, the first ``limit`` of them if it is not 0. Returns ``{"deleted"}``."""
        self._ensure()
        long = self._takes_long(filter)
        node = await self._elsewhere(lambda documents: self._node(filter, documents)) if long else self._node(filter)
        query = Query(node, limit=limit, scope=self._scope)
        if long:
            deleted = await self._find_and_delete(query)
        elif self._documents.few(self._declared):
            await quiet(self._environment.store)
            deleted = self._documents.delete(self._declared, query, self._turn)
        else:
            deleted = await self._delete_of_many(query)
        if deleted:
            self._changed(self._declared.name)
        return {"deleted": deleted}

    def columns(self) -> str | None:
        """The columns stored for this identity as JSON text, or None if they are as declared."""
        return self._environment.store.columns.get(self._declared.name, self._scope)

    def set_columns(self, text: str) -> None:
        """Store columns for this identity."""
        self._environment.store.columns.set(self._declared.name, self._scope, text, self._turn)
        self._changed(self._declared.name)

    def _ensure(self) -> None:
        """Bring the table in line, also with what another process has made of it meanwhile."""
        self._environment.store.declarations.ensure(self._declared)

    def _takes_long(self, filter: Mapping[str, Any] | None) -> bool:
        """Whether even parsing the filter is for another thread. A store in memory has no other connection."""
        return takes_long(filter) and self._environment.store.path != MEMORY

    def _node(self, filter: Mapping[str, Any] | None, documents: Documents | None = None) -> Node:
        node = parse_row_filter(filter, lambda: self._has_own_ids(documents))
        check_filter(node, self._scope)
        return node

    def _sort(self, spec: SortSpec, documents: Documents | None = None) -> tuple[SortKey, ...]:
        return parse_row_sort(spec, lambda: self._has_own_ids(documents))

    def _has_own_ids(self, documents: Documents | None = None) -> bool:
        """Whether some document has an ``id`` of its own; otherwise it can only mean ``_id`` here."""
        return (documents or self._documents).own_ids(self._declared)

    def _complete(self, document: Mapping[str, Any]) -> Document:
        complete = scoped_document(document, self._scope)
        if not complete.get("_id"):
            complete["_id"] = self._environment.object_ids.new()
        return complete

    def _rows(self, documents: Iterable[Document]) -> list[CollectionRow]:
        return [CollectionRow(document, self) for document in documents]

    def _change(self, node: Node, update: Mapping[str, Any], upsert: bool) -> Change:
        normal = normalize_update(update)
        check_update(normal, self._scope)
        now = iso(self._environment.clock.now())
        if not upsert:
            return Change(normal, now)
        return Change(normal, now, self._complete(upsert_document(node, normal, self._scope, now=now)))

    async def _insert_many(self, fresh: list[Document], rest: Iterator[Mapping[str, Any]]) -> list[CollectionRow]:
        """In slices, between which the loop does other things; the write itself is one transaction elsewhere."""
        from cpsl.store.worker import uncollected  # noqa: PLC0415 - only writes of many need it

        with uncollected():
            async for part in _slices(rest):
                fresh += map(self._complete, part)
            rows = deque([row async for part in _slices(fresh) for row in map(document_row, part)])
            await self._write_many(lambda documents: documents.insert_many(self._declared, rows, self._turn))
            self._changed(self._declared.name)
            left = deque(fresh)
            fresh.clear()
            return [row async for part in _slices(drained(left)) for row in self._rows(part)]

    async def _write_many(self, work: Callable[[Documents], T]) -> T:
        store = self._environment.store
        if store.path == MEMORY:
            return work(self._documents)
        return await asyncio.wrap_future(store.writer.submit(work, awaited=True))

    async def _delete_of_many(self, query: Query) -> int:
        found = self._documents.find_if_small(self._declared, query)
        if found is None or len(found) > _MANY:
            return await self._find_and_delete(query)
        await quiet(self._environment.store)
        return self._documents.delete(self._declared, _by_ids(query, found), self._turn) if found else 0

    async def _find_and_delete(self, query: Query) -> int:
        writer, declared, turn = self._environment.store.writer, self._declared, self._turn
        doomed = await asyncio.wrap_future(writer.submit(lambda documents: documents.doomed(declared, query, turn)))
        if not doomed.rowids:
            return 0
        return await self._write_many(lambda documents: documents.delete_many(declared, query, turn, doomed))

    async def _located(self, query: Query, long: bool) -> Query | None:
        """In a large collection, or if it takes long, find the matches elsewhere; the write then checks just them.

        None for none.
        """
        if not long and self._documents.few(self._declared):
            return query
        found = None if long else self._documents.find_if_small(self._declared, query)
        if found is None:
            found = await self._elsewhere(lambda documents: documents.find(self._declared, query))
        return _by_ids(query, found) if found else None

    async def _elsewhere(self, read: Callable[[Documents], T]) -> T:
        reader = self._environment.store.reader
        future = reader.submit(read)
        try:
            return await asyncio.wrap_future(future)
        finally:
            reader.stop(future)


async def _slices(items: Iterable[T]) -> AsyncIterator[list[T]]:
    """The items in parts, and the loop's turn after each."""
    remaining = iter(items)
    while part := list(islice(remaining, _SLICE)):
        yield part
        await asyncio.sleep(0)


def _by_ids(query: Query, found: Sequence[Document]) -> Query:
    ids = tuple(document["_id"] for document in found)
    which: Node = Compare(("_id",), "eq", ids[0]) if len(ids) == 1 else In(("_id",), ids)
    return query._replace(node=And((which, query.node)))
