"""The operations on one collection for one identity (API.md §13). Everything apps do ends here.

The scope is fixed when an access is made; no filter, document or update can widen it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from cpsl.clock import iso
from cpsl.data.filters import parse_filter
from cpsl.data.scope import Scope, check_filter, check_update, scoped_document
from cpsl.data.sort import SortKey, SortSpec, checked_count, parse_sort
from cpsl.data.tree import And, Compare, In, Node
from cpsl.data.updates import normalize_update, upsert_document
from cpsl.runtime.collections.row import CollectionRow
from cpsl.runtime.ground import Ground
from cpsl.store.declarations import Declaration
from cpsl.store.documents import Change, Documents, Updated
from cpsl.store.select import Document, Query, fields

T = TypeVar("T")
_ATTEMPTS = 20
# Writing this many documents takes some twenty milliseconds.
_MANY = 1000


class Located(NamedTuple):
    """A query for matches that were found, or that are quick to find; writing ``many`` takes long enough to be felt."""

    query: Query
    many: bool = False


class Access:
    """One collection as one identity sees it; ``scope`` None sees every document.

    :param turn_id: the turn whose undo takes writes back, or None.
    :param changed: called with the collection's name after each change.
    """

    def __init__(
        self,
        ground: Ground,
        declared: Declaration,
        scope: Scope | None,
        *,
        turn_id: int | None = None,
        changed: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._ground = ground
        self._documents = ground.store.documents
        self._declared = declared
        self._scope = scope
        self._turn_id = turn_id
        self._changed = changed
        ground.store.declarations.ensure(declared)

    async def insert(self, documents: Iterable[Mapping[str, Any]]) -> list[CollectionRow]:
        """Insert copies of the documents, each with a fresh ``_id`` unless it names one.

        Raises ``TypeError`` for values JSON cannot hold, ``ValueError`` for a taken ``_id`` or another identity.
        """
        fresh = [self._complete(document) for document in documents]
        if fresh:
            self._documents.insert(self._declared, fresh, self._turn_id)
            self._changed(self._declared.name)
        return self._rows(fresh)

    async def find(
        self, filter: Mapping[str, Any] | None = None, limit: int = 0, skip: int = 0, sort: SortSpec = None
    ) -> list[CollectionRow]:
        """The matching rows. Raises ``ValueError`` for unknown operators, a bad sort, limit or skip."""
        part = checked_count(limit, "limit"), checked_count(skip, "skip")
        query = Query(self._node(filter), self._sort(sort), *part, self._scope)
        found = self._documents.find_if_small(self._declared, query)
        if found is not None:
            return self._rows(found)
        # Making rows of many documents takes long enough to be felt as well.
        return await self._elsewhere(lambda documents: self._rows(documents.find(self._declared, query)))

    async def count(self, filter: Mapping[str, Any] | None = None) -> int:
        """How many documents match."""
        query = Query(self._node(filter), scope=self._scope)
        if self._documents.few(self._declared):
            return self._documents.count(self._declared, query)
        return await self._elsewhere(lambda documents: documents.count(self._declared, query))

    async def update_one(
        self, filter: Mapping[str, Any], update: Mapping[str, Any], *, upsert: bool = False
    ) -> dict[str, int]:
        """Update the first match; with ``upsert`` insert what filter and update describe if there is none.

        Returns ``{"matched", "modified"}``. Raises ``ValueError`` for a bad update, ``TypeError`` for values
        JSON cannot hold.
        """
        node = self._node(filter)
        change = self._change(node, update, upsert)
        whole = Query(node, limit=1, scope=self._scope)
        result = Updated(0, 0)
        for _ in range(_ATTEMPTS):
            found = await self._located(whole)
            if found is None and not upsert:
                break
            query = found.query if found else whole
            # What was found may be gone by now, and yet others match: then nothing may be inserted.
            fitting = change if query is whole else change._replace(upsert=None)
            result = self._documents.update_one(self._declared, query, fitting, self._turn_id)
            if result.matched or query is whole:
                break
        if result.modified or result.inserted:
            self._changed(self._declared.name)
        return {"matched": result.matched, "modified": result.modified}

    async def delete(self, filter: Mapping[str, Any] | None, *, limit: int = 0) -> dict[str, int]:
        """Delete the matches, the first ``limit`` of them if it is not 0. Returns ``{"deleted"}``."""
        query = Query(self._node(filter), limit=limit, scope=self._scope)
        found = await self._located(query)
        deleted = await self._delete(found) if found else 0
        if deleted:
            self._changed(self._declared.name)
        return {"deleted": deleted}

    def columns(self) -> str | None:
        """The columns stored for this identity as JSON text, or None if they are as declared."""
        return self._ground.store.columns.get(self._declared.name, self._scope)

    def set_columns(self, text: str) -> None:
        """Store columns for this identity."""
        self._ground.store.columns.set(self._declared.name, self._scope, text, self._turn_id)
        self._changed(self._declared.name)

    def _node(self, filter: Mapping[str, Any] | None) -> Node:
        node = parse_filter(filter)
        if "id" in fields(node) and self._aliased():
            node = parse_filter(filter, id_alias=True)
        check_filter(node, self._scope)
        return node

    def _sort(self, spec: SortSpec) -> tuple[SortKey, ...]:
        keys = parse_sort(spec)
        if any(key.path == ("id",) for key in keys) and self._aliased():
            return parse_sort(spec, id_alias=True)
        return keys

    def _aliased(self) -> bool:
        """Whether ``id`` can only mean ``_id`` here, because no document has its own (API.md §13.3 LOCAL)."""
        return not self._documents.own_ids(self._declared)

    def _complete(self, document: Mapping[str, Any]) -> Document:
        complete = scoped_document(document, self._scope)
        if not complete.get("_id"):
            complete["_id"] = self._ground.object_ids.new()
        return complete

    def _rows(self, documents: Iterable[Document]) -> list[CollectionRow]:
        return [CollectionRow(document, self) for document in documents]

    def _change(self, node: Node, update: Mapping[str, Any], upsert: bool) -> Change:
        normal = normalize_update(update)
        check_update(normal, self._scope)
        now = iso(self._ground.clock.now())
        if not upsert:
            return Change(normal, now)
        return Change(normal, now, self._complete(upsert_document(node, normal, self._scope, now=now)))

    async def _delete(self, found: Located) -> int:
        if found.many:
            writer = self._ground.store.writer
            return await asyncio.wrap_future(
                writer.submit(lambda documents: documents.delete(self._declared, found.query, self._turn_id))
            )
        return self._documents.delete(self._declared, found.query, self._turn_id)

    async def _located(self, query: Query) -> Located | None:
        """In a large collection, find the matches elsewhere; the write then checks just them. None for none."""
        if self._documents.few(self._declared):
            return Located(query)
        found = self._documents.find_if_small(self._declared, query)
        if found is None:
            found = await self._elsewhere(lambda documents: documents.find(self._declared, query))
        return Located(_by_ids(query, found), len(found) > _MANY) if found else None

    async def _elsewhere(self, read: Callable[[Documents], T]) -> T:
        return await asyncio.wrap_future(self._ground.store.reader.submit(read))


def _by_ids(query: Query, found: Sequence[Document]) -> Query:
    ids = tuple(document["_id"] for document in found)
    which: Node = Compare(("_id",), "eq", ids[0]) if len(ids) == 1 else In(("_id",), ids)
    return query._replace(node=And((which, query.node)))
