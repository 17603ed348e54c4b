"""Tables of stored documents, of a data handler's rows, or of rows given here (behaviour.md §20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from cpsl.model.column import Column, as_column
from cpsl.model.omit_unset import omit_none, omit_unset
from cpsl.model.target import page_route_of
from cpsl.ui.base import Widget, labelled, titled
from cpsl.ui.grid import grid

Scope = Literal["app", "user", "owner", "session"]


class CollectionDeclaration(Protocol):
    """What a table reads of a declared collection."""

    @property
    def name(self) -> str:
        """The name its documents are stored under."""

    @property
    def scope(self) -> str:
        """Whose documents they are: app, user, owner or session."""

    @property
    def columns(self) -> Sequence[Any] | None:
        """Its columns: keys, Columns or their JSON."""

    @property
    def sortable(self) -> bool:
        """Whether a person may sort by its columns."""

    @property
    def filterable(self) -> bool:
        """Whether a person may filter by its columns."""

    @property
    def paginate(self) -> int:
        """Rows a page, 0 for all."""


class Table(Widget):
    """A table of a collection (declared, or by name), of the data handler ``data``, or of ``rows``.

    A declared collection lends the table its scope, columns, sorting, filtering and page size
    (``paginate`` rows); arguments given here win. Raises ``ValueError`` for an ``import_url`` that is
    neither a path of the app nor ``https:``, ``TypeError`` for what is no collection or no column.
    """

    type = "table"

    def __init__(
        self,
        collection: str | CollectionDeclaration | None = None,
        *,
        data: str | None = None,
        rows: Sequence[Mapping[str, Any]] | None = None,
        columns: Sequence[str | Column | dict[str, Any]] | None = None,
        label: str | None = None,
        scope: Scope | None = None,
        sortable: bool = False,
        filterable: bool = False,
        paginate: int = 0,
        editable: bool = False,
        reorderable: bool = False,
        import_url: str | None = None,
        import_page: Any | None = None,
    ) -> None:
        declared = None if collection is None or isinstance(collection, str) else _declared(collection)
        self.collection = declared.name if declared else collection
        self.data = data
        self.rows = None if rows is None else [dict(row) for row in rows]
        self.columns = [as_column(c) for c in columns or (declared and declared.columns) or []]
        self.label = label
        self.scope = scope or (declared and declared.scope)
        self.sortable = sortable or bool(declared and declared.sortable)
        self.filterable = filterable or bool(declared and declared.filterable)
        self.paginate = paginate or (declared.paginate if declared else 0)
        self.editable = editable
        self.reorderable = reorderable
        self.import_url = _checked_import_url(import_url)
        self.import_page = page_route_of(import_page) if import_page else None

    def to_dict(self) -> dict[str, Any]:
        """A bare name is ``collection_ref``, resolved when served; else the source and what was given.

        Columns are keys unless one of them has a type, a label or a format: then all are objects.
        """
        return {
            **self._json(),
            **self._source(),
            **self._overrides(),
            **omit_unset(label=self.label, import_url=self.import_url, import_page=self.import_page),
        }

    def fallback(self) -> str:
        """Given rows as aligned text; a collection or data handler by its name."""
        if self.rows is not None and not self.collection:
            return _headed(self.label, self._grid(self.rows))
        source = f"data {self.data}" if self.data else "no rows"
        return labelled(self.label, f"({f'collection {self.collection}' if self.collection else source})")

    def _source(self) -> dict[str, Any]:
        if not self.collection:
            return omit_none(data=self.data, rows=self.rows)
        return {"collection" if self._overrides() else "collection_ref": self.collection}

    def _overrides(self) -> dict[str, Any]:
        return omit_unset(
            scope=self.scope,
            columns=_columns_json(self.columns),
            sortable=self.sortable,
            filterable=self.filterable,
            paginate=self.paginate or None,
            editable=self.editable,
            reorderable=self.reorderable,
        )

    def _grid(self, rows: Sequence[Mapping[str, Any]]) -> str:
        columns = self.columns or [Column(key) for key in dict.fromkeys(key for row in rows for key in row)]
        if not columns:
            return "(no rows)"
        cells = [[row.get(column.key) for column in columns] for row in rows]
        return grid([column.heading for column in columns], cells)


class TableGroup(Widget):
    """A labelled group of tables in a :class:`TableBrowser`.

    Raises ``ValueError`` for a table without a collection, ``TypeError`` for another widget.
    """

    type = "table_group"

    def __init__(self, label: str, items: Sequence[Table | TableGroup]) -> None:
        self.label = label
        self.items = _checked_items("TableGroup", items)

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "label", "items"}``."""
        return self._json(label=self.label, items=[item.to_dict() for item in self.items])

    def fallback(self) -> str:
        """The label, the tables indented below it."""
        return titled(self.label, "\n".join(item.fallback() for item in self.items))


class TableBrowser(Widget):
    """Tables to choose from, in groups if wanted.

    Raises ``ValueError`` for a table without a collection, ``TypeError`` for another widget.
    """

    type = "table_browser"

    def __init__(self, items: Sequence[Table | TableGroup], *, title: str | None = None) -> None:
        self.items = _checked_items("TableBrowser", items)
        self.title = title

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "items", "title"?}``."""
        return self._json(items=[item.to_dict() for item in self.items], **omit_unset(title=self.title))

    def fallback(self) -> str:
        """The title, the tables indented below it."""
        return titled(self.title, "\n".join(item.fallback() for item in self.items))


def _headed(title: str | None, body: str) -> str:
    return f"{title}\n{body}" if title else body


def _declared(collection: Any) -> CollectionDeclaration:
    if not all(hasattr(collection, name) for name in ("name", "scope", "columns")):
        raise TypeError(f"Table: a collection is what app.collection() returned or its name, not {collection!r}")
    declared: CollectionDeclaration = collection
    return declared


def _columns_json(columns: Sequence[Column]) -> list[str] | list[dict[str, Any]]:
    if all(column.is_plain for column in columns):
        return [column.key for column in columns]
    return [column.to_dict() for column in columns]


def _checked_import_url(url: str | None) -> str | None:
    if url and not (url.startswith("https://") or (url.startswith("/") and not url.startswith("//"))):
        raise ValueError(f"Table: import_url must be a path such as '/import' or an https: URL, not {url!r}")
    return url


def _checked_items(owner: str, items: Sequence[Table | TableGroup]) -> list[Table | TableGroup]:
    for item in items:
        if not isinstance(item, (Table, TableGroup)):
            raise TypeError(f"{owner}: an item is a Table or a TableGroup, not {type(item).__name__}")
        if isinstance(item, Table) and not item.collection:
            raise ValueError(f"{owner}: a table in it needs a collection; data and rows cannot be browsed")
    return list(items)
