"""A collection whose calls somebody watches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from cpsl.data.sort import SortSpec
from cpsl.runtime.collections.access import Access
from cpsl.runtime.collections.row import CollectionRow
from cpsl.runtime.tracing import trace_block
from cpsl.runtime.turn_output import TurnOutput


class TracedAccess(Access):
    """The same operations, each traced with what it was asked and what it found."""

    def __init__(self, output: TurnOutput, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._output = output

    async def insert(self, documents: Iterable[Mapping[str, Any]]) -> list[CollectionRow]:
        with self._timed("insert") as step:
            rows = await super().insert(documents)
            step["inserted"] = len(rows)
            return rows

    async def find(
        self, filter: Mapping[str, Any] | None = None, limit: int = 0, skip: int = 0, sort: SortSpec = None
    ) -> list[CollectionRow]:
        with self._timed("find", filter=filter or {}, limit=limit, skip=skip, sort=sort) as step:
            rows = await super().find(filter, limit, skip, sort)
            step["rows"] = len(rows)
            return rows

    async def count(self, filter: Mapping[str, Any] | None = None) -> int:
        with self._timed("count", filter=filter or {}) as step:
            step["count"] = count = await super().count(filter)
            return count

    async def update_one(
        self, filter: Mapping[str, Any], update: Mapping[str, Any], *, upsert: bool = False
    ) -> dict[str, int]:
        with self._timed("update", filter=filter, update=update, upsert=upsert) as step:
            result = await super().update_one(filter, update, upsert=upsert)
            step.update(result)
            return result

    async def delete(self, filter: Mapping[str, Any] | None, *, limit: int = 0) -> dict[str, int]:
        with self._timed("delete", filter=filter or {}, limit=limit) as step:
            result = await super().delete(filter, limit=limit)
            step.update(result)
            return result

    def set_columns(self, text: str) -> None:
        with self._timed("columns"):
            super().set_columns(text)

    def _timed(self, type: str, **asked: Any) -> AbstractContextManager[dict[str, Any]]:
        """What was not asked for (no limit, no sort) is left out."""
        shown = {name: value for name, value in asked.items() if name == "filter" or value}
        return trace_block(self._output, type, {"collection": self._declared.name, **shown})
