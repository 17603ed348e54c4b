"""The column methods of collections (behaviour.md §13.1, §14)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cpsl.model.column import Column, ColumnType, as_column, checked_columns
from cpsl.runtime.collections.access import Access


class Columns:
    """Which columns a collection shows; documents are never changed by them."""

    def _access(self) -> Access:
        raise NotImplementedError

    def _declared_columns(self) -> Iterable[Column | Mapping[str, Any] | str]:
        return ()

    async def list_columns(self) -> list[Column]:
        """The columns: those set at run time, else the declared ones."""
        stored = self._access().columns()
        if stored is not None:
            return [Column.from_dict(item) for item in json.loads(stored)]
        return [as_column(item) for item in self._declared_columns()]

    async def set_columns(self, columns: Iterable[Column | Mapping[str, Any] | str]) -> list[Column]:
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
