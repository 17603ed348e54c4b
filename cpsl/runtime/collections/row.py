"""A document as apps hold it (behaviour.md §13.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from cpsl.data.documents import plain_id
from cpsl.data.id_alias import show_id


class RowWriter(Protocol):
    """Where a row is written to: its collection, as whoever read the row sees it."""

    async def update_one(self, filter: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, int]:
        """Update the first match. Returns ``{"matched", "modified"}``."""
        ...

    async def delete(self, filter: Mapping[str, Any], *, limit: int) -> dict[str, int]:
        """Delete the first ``limit`` matches. Returns ``{"deleted"}``."""
        ...


class CollectionRow(dict[str, Any]):
    """A document with its ``_id``, its scope field, and ``id`` as an alias unless it has one of its own.

    ``update`` and ``delete`` are coroutines that write to the store, not methods of a dict.
    """

    __slots__ = ("_writer",)

    def __init__(self, document: Mapping[str, Any], writer: RowWriter) -> None:
        super().__init__(document)
        show_id(self)
        self._writer = writer

    @property
    def id(self) -> str:
        """The row's id: the document's own ``id`` if it has one, else ``_id``."""
        return str(self.get("id") or self["_id"])

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        """Copied and pickled as a plain dict: a copy has no store to write to."""
        return dict, (dict(self),)

    async def update(self, patch: Mapping[str, Any]) -> dict[str, int]:  # type: ignore[override]
        """Update the stored document, then merge the patch into this row as it is.

        Returns ``{"matched", "modified"}``; raises as ``update_one``.
        """
        result = await self._writer.update_one({"_id": self["_id"]}, patch)
        super().update(patch)
        return result

    async def delete(self) -> dict[str, int]:
        """Delete the stored document. Returns ``{"deleted"}``."""
        return await self._writer.delete({"_id": self["_id"]}, limit=1)


def ids_of(rows_or_ids: Any) -> list[str]:
    """The ids in one id, one row, or any iterable of them. Raises ``ValueError`` if there is none."""
    several = isinstance(rows_or_ids, Iterable) and not isinstance(rows_or_ids, (str, Mapping))
    ids = [_id_of(item) for item in (rows_or_ids if several else [rows_or_ids])]
    usable = [found for found in ids if found]
    if not usable:
        raise ValueError("delete_rows needs a row, an id, or several of them.")
    return usable


def _id_of(item: Any) -> str:
    if isinstance(item, Mapping):
        item = item if "$oid" in item else item.get("_id") or item.get("id")
    found = plain_id(item)
    return found if isinstance(found, str) else ""
