"""Lazy queries: ``leads.filter(status="open").order_by("-total").limit(5)`` (behaviour.md §13.3)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from cpsl.data.lookups import compile_lookups
from cpsl.runtime.collections.access import Access
from cpsl.runtime.collections.row import CollectionRow


class CollectionQuery:
    """An immutable description of a query; awaiting it, or ``all()``, runs it."""

    def __init__(
        self,
        access: Callable[[], Access],
        filter: dict[str, Any] | None = None,
        limit: int = 0,
        offset: int = 0,
        sort: tuple[str, ...] = (),
    ) -> None:
        self._access = access
        self._filter = filter or {}
        self._limit = limit
        self._offset = offset
        self._sort = sort

    def filter(self, **lookups: Any) -> CollectionQuery:
        """Narrow by keyword lookups; a later one on the same field replaces the earlier.

        Raises ``ValueError`` for an unknown lookup.
        """
        return self._with(filter=_narrowed(self._filter, compile_lookups(lookups)))

    def limit(self, n: int) -> CollectionQuery:
        """At most ``n`` rows."""
        return self._with(limit=n)

    def offset(self, n: int) -> CollectionQuery:
        """Leave out the first ``n`` rows."""
        return self._with(offset=n)

    def order_by(self, *fields: str) -> CollectionQuery:
        """Sort by fields, ``-field`` descending."""
        return self._with(sort=fields)

    def __await__(self) -> Generator[Any, None, list[CollectionRow]]:
        return self.all().__await__()

    async def all(self) -> list[CollectionRow]:
        """All matching rows."""
        return await self._access().find(self._filter, self._limit, self._offset, list(self._sort))

    async def first(self) -> CollectionRow | None:
        """The first matching row, or None."""
        rows = await self._access().find(self._filter, 1, self._offset, list(self._sort))
        return rows[0] if rows else None

    async def one(self) -> CollectionRow:
        """The only matching row. Raises ``ValueError`` when there is none or more than one."""
        rows = await self._access().find(self._filter, 2, self._offset, list(self._sort))
        if len(rows) != 1:
            raise ValueError(f"expected exactly one row, found {'none' if not rows else 'several'}")
        return rows[0]

    async def delete(self) -> dict[str, int]:
        """Delete all matching rows, whatever limit and offset say. Returns ``{"deleted"}``."""
        return await self._access().delete(self._filter)

    def _with(self, **changes: Any) -> CollectionQuery:
        now = {"filter": self._filter, "limit": self._limit, "offset": self._offset, "sort": self._sort}
        return CollectionQuery(self._access, **{**now, **changes})


def _narrowed(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Both filters, the later one's conditions in place of the earlier one's on the same field.

    ``$and`` holds what a field could not hold twice: no condition may be lost, or the query would widen.
    """
    kept = [part for part in earlier.get("$and", ()) if not part.keys() & later.keys()]
    rest = [*kept, *later.get("$and", ())]
    merged = {field: condition for field, condition in {**earlier, **later}.items() if field != "$and"}
    return {**merged, "$and": rest} if rest else merged
