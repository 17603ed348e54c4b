"""The methods every kind of collection handle has (behaviour.md §13.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cpsl.data.sort import SortSpec
from cpsl.runtime.collections.access import Access
from cpsl.runtime.collections.columns import Columns
from cpsl.runtime.collections.query import CollectionQuery
from cpsl.runtime.collections.row import CollectionRow, ids_of

Filter = Mapping[str, Any] | None


class Rows(Columns):
    """Reading, inserting and deleting documents; where and for whom is the subclass's affair."""

    def _access(self) -> Access:
        raise NotImplementedError

    async def insert_one(self, document: Mapping[str, Any]) -> CollectionRow:
        """Insert a copy and return it as a new row with its ``_id``; the argument is not changed.

        Raises ``TypeError`` for values JSON cannot hold, ``ValueError`` for an ``_id`` that is taken.
        """
        return (await self._access().insert([document]))[0]

    async def insert_many(self, documents: Iterable[Mapping[str, Any]]) -> list[CollectionRow]:
        """Insert copies, all or none, and return them in order."""
        return await self._access().insert(documents)

    async def find_one(self, filter: Filter = None) -> CollectionRow | None:
        """The first match in insertion order, or None."""
        rows = await self._access().find(filter, 1)
        return rows[0] if rows else None

    async def find(
        self, filter: Filter = None, limit: int = 0, skip: int = 0, sort: SortSpec = None
    ) -> list[CollectionRow]:
        """The matches; ``limit`` 0 is all, ``sort`` e.g. ``{"total": -1}``. Raises ``ValueError``."""
        return await self._access().find(filter, limit, skip, sort)

    async def raw_get(self, filter: Filter = None) -> CollectionRow | None:
        """The same as :meth:`find_one`."""
        return await self.find_one(filter)

    async def raw_filter(
        self, filter: Filter = None, limit: int = 0, skip: int = 0, sort: SortSpec = None
    ) -> list[CollectionRow]:
        """The same as :meth:`find`."""
        return await self.find(filter, limit, skip, sort)

    async def delete_one(self, filter: Mapping[str, Any]) -> dict[str, int]:
        """Delete the first match. Returns ``{"deleted"}``."""
        return await self._access().delete(filter, limit=1)

    async def delete_many(self, filter: Mapping[str, Any]) -> dict[str, int]:
        """Delete all matches. Returns ``{"deleted"}``."""
        return await self._access().delete(filter)

    async def delete_rows(self, rows_or_ids: Any) -> dict[str, int]:
        """Delete one row, one id, or several. Raises ``ValueError`` when nothing usable is given."""
        ids = ids_of(rows_or_ids)
        return await self._access().delete({"_id": {"$in": ids}}, limit=len(ids))

    async def count(self, filter: Filter = None) -> int:
        """How many documents match."""
        return await self._access().count(filter)

    def all(self) -> CollectionQuery:
        """A lazy query for everything."""
        return CollectionQuery(self._access)

    def filter(self, **lookups: Any) -> CollectionQuery:
        """A lazy query by keyword lookups. Raises ``ValueError`` for an unknown one."""
        return self.all().filter(**lookups)

    async def get(self, **lookups: Any) -> CollectionRow | None:
        """The first row that matches the lookups, or None."""
        return await self.filter(**lookups).first()


class UpdatableRows(Rows):
    """Rows whose ``update_one`` can also insert."""

    async def update_one(self, filter: Filter, update: Mapping[str, Any], *, upsert: bool = False) -> dict[str, int]:
        """Update the first match, or with ``upsert`` insert what filter and update describe.

        Returns ``{"matched", "modified"}``. Raises ``ValueError`` for a bad update.
        """
        return await self._access().update_one(filter or {}, update, upsert=upsert)
