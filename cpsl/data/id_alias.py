"""``id``, the other name of ``_id``: shown in rows, never stored, and understood in filters and sorts.

A document may have an ``id`` of its own; then it is that (behaviour.md §13.2, §13.3 LOCAL).
"""

from collections.abc import Callable, Mapping
from typing import Any

from cpsl.data.filters import parse_filter
from cpsl.data.sort import SortKey, SortSpec, parse_sort
from cpsl.data.tree import Node, filtered_fields

ID_ALIAS = "id"


def show_id(document: dict[str, Any]) -> None:
    """Give the document its `id`, unless it has one of its own."""
    document.setdefault(ID_ALIAS, document["_id"])


def hide_id(document: dict[str, Any], document_id: Any) -> None:
    """Take the `id` away again that is only the other name of the `_id`."""
    if document.get(ID_ALIAS) == document_id:
        del document[ID_ALIAS]


def parse_row_filter(filter: Mapping[str, Any] | None, own_ids: Callable[[], bool]) -> Node:
    """Return the tree of a filter whose `id` is the one that rows show.

    `own_ids` says whether some documents have an `id` of their own; asked only where the filter names one. Raises as
    `filters.parse_filter`.
    """
    node = parse_filter(filter)
    return parse_filter(filter, id_alias=True, own_ids=own_ids()) if ID_ALIAS in filtered_fields(node) else node


def parse_row_sort(spec: SortSpec, own_ids: Callable[[], bool]) -> tuple[SortKey, ...]:
    """Return the levels of a sort in which `id` is `_id` where no document has its own. Raises as `sort.parse_sort`."""
    keys = parse_sort(spec)
    if any(key.path == (ID_ALIAS,) for key in keys) and not own_ids():
        return parse_sort(spec, id_alias=True)
    return keys
