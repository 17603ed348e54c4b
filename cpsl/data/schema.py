"""The table a collection lives in: names, generated columns and the indexes that the SQL of this package
uses.

    CREATE TABLE "leads" (
        "_id" TEXT PRIMARY KEY, "_user_id" TEXT, "_team_id" TEXT, "_session_id" TEXT,
        doc TEXT NOT NULL,                 -- documents.encode of everything else
        <column_sql(name)> …               -- one for each name in `generatable(declared names)`
    )

with `scope_index_sql` for a scoped collection and `index_sql` for each sortable or filterable column.
Which index is the narrower one SQLite knows only after `PRAGMA optimize`.

The fixed columns hold text or NULL, and NULL is "absent" to queries; no field of `doc` has one of their
names. A rowid table, because `WITHOUT ROWID` slows counts down; insertion order is rowid order.
"""

from collections.abc import Iterable

from cpsl.data.ordering import ComparisonClass
from cpsl.data.scope import FIXED_COLUMNS
from cpsl.data.sql_names import expressible, identifier, path_literal

# SQLite's tables have at most 2000 columns, and each further one costs more time than the one before.
_MOST_COLUMNS = 500
_RESERVED = frozenset((*FIXED_COLUMNS, "doc", "rowid", "oid", "_rowid_"))

_TYPE_KINDS = {
    "text": ComparisonClass.TEXT,
    "integer": ComparisonClass.NUMBER,
    "real": ComparisonClass.NUMBER,
    "true": ComparisonClass.BOOLEAN,
    "false": ComparisonClass.BOOLEAN,
    "array": ComparisonClass.ARRAY,
    "object": ComparisonClass.OBJECT,
}


def generatable(names: Iterable[str]) -> tuple[str, ...]:
    """Return the declared names that can be generated columns; the others are queried as undeclared fields.

    Left out are names no path can express, names of the table's own columns, all but the first of
    names that differ only in case, because SQLite does not tell those apart, and what is more than a table holds.
    """
    kept: dict[str, str] = {}
    for name in names:
        if name and "." not in name and expressible(name) and name.lower() not in _RESERVED:
            kept.setdefault(name.lower(), name)
    return tuple(kept.values())[:_MOST_COLUMNS]


def column_sql(name: str) -> str:
    """Return the definition of a declared column."""
    return f"{identifier(name)} GENERATED ALWAYS AS (json_extract(doc, {path_literal(name)})) VIRTUAL"


def type_sql(name: str) -> str:
    """Return the expression for the JSON type of a declared column; partial indexes match it literally."""
    return f"json_type(doc, {path_literal(name)})"


def rank_sql(name: str) -> str:
    """Return the expression for the `Kind` of a declared column, the second part of its index."""
    return rank_of(type_sql(name))


def rank_of(type_expression: str) -> str:
    """Return the `Kind` for an expression that gives a JSON type or NULL."""
    cases = " ".join(f"WHEN '{name}' THEN {int(kind)}" for name, kind in _TYPE_KINDS.items())
    return f"CASE {type_expression} {cases} ELSE 0 END"


def scope_index_sql(table: str, scope_column: str) -> str:
    """Return the index for everything of a scope; it is read in insertion order."""
    name = identifier(f"{table}.{scope_column}")
    return f"CREATE INDEX {name} ON {identifier(table)} ({identifier(scope_column)})"


def index_sql(table: str, name: str, scope_column: str | None) -> tuple[str, str]:
    """Return the two indexes of a sortable or filterable column.

    The first finds and sorts: `(scope, kind, value)`. With the kind inside it, `true` is not `1`, text is
    not an array's text, ranges stay in their kind, and reading it in order is MongoDB's order. The second
    holds only the rows with an array or object there, nearly always none, which the first cannot answer
    for.
    """
    scope = identifier(scope_column) if scope_column else None
    parts = ", ".join(filter(None, (scope, rank_sql(name), identifier(name))))
    found, nested, on = (identifier(each) for each in (f"{table}.{name}", f"{table}.{name} nested", table))
    return (
        f"CREATE INDEX {found} ON {on} ({parts})",
        f"CREATE INDEX {nested} ON {on} ({scope or type_sql(name)}) WHERE {nested_sql(name)}",
    )


OWN_ID = "json_type(doc, '$.id') IS NOT NULL"
"""The condition for documents with an `id` of their own, for which `id` is no other name of `_id`."""


def own_id_index_sql(table: str) -> str:
    """Return the index of those documents: empty nearly always, so asking for one is free."""
    name = identifier(f"{table}.own id")
    return f"CREATE INDEX {name} ON {identifier(table)} ({identifier('_id')}) WHERE {OWN_ID}"


def nested_sql(name: str) -> str:
    """Return the condition "an array or object stands there"."""
    return f"{type_sql(name)} = 'array' OR {type_sql(name)} = 'object'"
