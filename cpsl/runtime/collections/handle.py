"""The methods every kind of collection handle has (behaviour.md §13.1, §14)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cpsl.data.sort import SortSpec
from cpsl.model.column import Column, ColumnType, as_column, checked_columns
from cpsl.runtime.collections.access import Access
from cpsl.runtime.collections.query import CollectionQuery
from cpsl.runtime.collections.row import CollectionRow, ids_of

Filter = Mapping[str, Any] | None
ColumnLike = Column | Mapping[str, Any] | str


class CollectionHandle:
    """Reading, inserting and deleting documents, and which columns are shown of them, which changes no document.

    Where and for whom is the subclass's affair.
    """

    def _access(self) -> Access:
        raise NotImplementedError

    def _declared_columns(self) -> Iterable[ColumnLike]:
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

    async def list_columns(self) -> list[Column]:
        """The columns: those set at run time, else the declared ones."""
        stored = self._access().columns()
        if stored is not None:
            return [Column.from_dict(item) for item in json.loads(stored)]
        return [as_column(item) for item in self._declared_columns()]

    async def set_columns(self, columns: Iterable[ColumnLike]) -> list[Column]:
        """Replace the columns. Raises ``ValueError`` for a bad key, an unknown type, or a key twice."""
        checked = checked_columns(columns)
        self._access().set_columns(json.dumps([column.to_dict() for column in checked], ensure_ascii=False))
        return checked

    async def add_column(
        self,
        key: str,
        *,
        type: ColumnType = "text",
        label: str | None = None,
        format: str | None = None,
        default: Any = None,
        backfill: bool = False,
    ) -> list[Column]:
        """Add a column. Raises ``ValueError`` for a duplicate, ``NotImplementedError`` for values."""
        if backfill or default is not None:
            raise NotImplementedError("add_column does not fill values into documents; update them yourself.")
        return await self.set_columns([*await self.list_columns(), Column(key, type, label, format)])

    async def remove_column(self, key: str, *, drop_values: bool = False) -> list[Column]:
        """Remove a column, its values stay. Raises ``ValueError`` for an unknown key."""
        if drop_values:
            raise NotImplementedError("remove_column does not drop values from documents; use $unset.")
        columns = await self.list_columns()
        _known(columns, key)
        return await self.set_columns([column for column in columns if column.key != key])

    async def rename_column(self, old_key: str, new_key: str, *, migrate_values: bool = False) -> list[Column]:
        """Give a column another key, its values stay under the old one. Raises ``ValueError``."""
        if migrate_values:
            raise NotImplementedError("rename_column does not move values in documents; use $rename.")
        columns = await self.list_columns()
        _known(columns, old_key)
        return await self.set_columns(
            [Column(new_key, item.type, item.label, item.format) if item.key == old_key else item for item in columns]
        )


def _known(columns: Iterable[Column], key: str) -> None:
    keys = [column.key for column in columns]
    if key not in keys:
        raise ValueError(f"there is no column {key!r}; the columns are {', '.join(keys) or 'none'}")
