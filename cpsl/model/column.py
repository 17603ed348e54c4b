"""The columns of a collection or a table (behaviour.md §13.1, §14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from cpsl.model.omit_unset import omit_none

ColumnType = Literal[
    "text",
    "number",
    "currency",
    "date",
    "link",
    "file",
    "email",
    "status",
    "tags",
    "boolean",
    "score",
]
COLUMN_TYPES: tuple[str, ...] = get_args(ColumnType)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the document's ``key``, how its values read (``type``, ``format``) and its heading.

    Nothing is checked here, as on the hosted platform; :func:`checked_columns` is the gate for
    columns that are stored.
    """

    key: str
    type: ColumnType = "text"
    label: str | None = None
    format: str | None = None

    @property
    def heading(self) -> str:
        """What a person reads above the column: the label, else the key."""
        return self.label or self.key

    @property
    def is_plain(self) -> bool:
        """Whether the key alone says everything (text, no label, no format)."""
        return self.type == "text" and not self.label and not self.format

    @classmethod
    def from_dict(cls, d: dict[str, Any] | str) -> Column:
        """A column from its JSON: an object with at least ``key``, or the key alone.

        Raises ``ValueError`` for an object without ``key``.
        """
        if isinstance(d, str):
            return cls(d)
        if "key" not in d:
            raise ValueError(f"a column needs a key: {d!r}")
        return cls(d["key"], d.get("type") or "text", d.get("label"), d.get("format"))

    def to_dict(self) -> dict[str, Any]:
        """``{"key", "type"}``, plus ``label`` and ``format`` when given."""
        return {"key": self.key, "type": self.type, **omit_none(label=self.label, format=self.format)}


def as_column(value: Column | Mapping[str, Any] | str) -> Column:
    """The column that an app wrote as a :class:`Column`, as its JSON or as a key.

    Raises ``TypeError`` for anything else.
    """
    if isinstance(value, Column):
        return value
    if isinstance(value, (str, Mapping)):
        return Column.from_dict(value if isinstance(value, str) else dict(value))
    raise TypeError(f"a column is a key, a Column or a dict, not {type(value).__name__}")


def checked_columns(values: Iterable[Column | Mapping[str, Any] | str]) -> list[Column]:
    """The columns of a stored declaration, in order (behaviour.md §14).

    Raises ``ValueError`` for an empty key, a key that begins with ``$`` or holds ``.``, an unknown
    type, or a key that comes twice.
    """
    columns: dict[str, Column] = {}
    for column in map(as_column, values):
        _check_key(column.key)
        if column.type not in COLUMN_TYPES:
            raise ValueError(
                f"column {column.key!r}: unknown type {column.type!r}; the types are {', '.join(COLUMN_TYPES)}"
            )
        if column.key in columns:
            raise ValueError(f"column {column.key!r} is declared twice")
        columns[column.key] = column
    return list(columns.values())


def _check_key(key: str) -> None:
    if not key or key.startswith("$") or "." in key:
        raise ValueError(f"a column key must be non-empty, without a leading '$' and without '.': {key!r}")
