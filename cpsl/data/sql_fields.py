"""How a field is read in SQL: a fixed column, a generated column with its index, or a JSON path."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from cpsl.data.fragments import FALSE, TRUE, Fragment, all_of, any_of, joined
from cpsl.data.ordering import ComparisonClass
from cpsl.data.paths import Path
from cpsl.data.schema import rank_of, rank_sql, type_sql
from cpsl.data.scope import FIXED_COLUMNS, Scope
from cpsl.data.sql_names import expressible, identifier, json_path, path_literal

_JSON_TYPES = {
    ComparisonClass.NUMBER: ("integer", "real"),
    ComparisonClass.TEXT: ("text",),
    ComparisonClass.OBJECT: ("object",),
    ComparisonClass.ARRAY: ("array",),
    ComparisonClass.BOOLEAN: ("true", "false"),
}


@dataclass(frozen=True)
class TableFields:
    """What the compiler knows of a collection's table.

    `columns`: its generated columns. `scalars`: the fields that hold no array and no object in any
    document of the scope (`sql.nested_probe` asks, in the same read transaction); their conditions and
    sorts become plain ones.
    """

    columns: frozenset[str] = frozenset()
    scope: Scope | None = None
    scalars: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Slot:
    """A place where one value stands: its SQL value, its JSON type (NULL if missing), its kind if indexed."""

    value: Fragment
    type: Fragment
    rank: Fragment | None = None

    def of_kind(self, kind: ComparisonClass) -> Fragment:
        """Return the test for a kind; of null, missing included."""
        if self.rank is not None:
            return joined("{} = {}", self.rank, Fragment(str(int(kind))))
        if kind is ComparisonClass.NULL:
            return joined("coalesce({}, 'null') = 'null'", self.type)
        return self.of_types(_JSON_TYPES[kind])

    def of_types(self, names: tuple[str, ...]) -> Fragment:
        """Return the test for JSON types as SQLite names them."""
        if len(names) == 1:
            return joined(f"{{}} = '{names[0]}'", self.type)
        return joined("{} IN (" + ", ".join(f"'{name}'" for name in names) + ")", self.type)


class FixedSlot(Slot):
    """A column of its own, which holds text or nothing."""

    def of_kind(self, kind: ComparisonClass) -> Fragment:
        """As `Slot.of_kind`; for text nothing is left to test once the value was compared."""
        return {ComparisonClass.TEXT: TRUE, ComparisonClass.NULL: joined("{} IS NULL", self.value)}.get(kind, FALSE)


ELEMENT = Slot(Fragment("e.atom"), Fragment("e.type"))
"""An element of the array that `Field.any_element` runs through."""


@dataclass(frozen=True)
class FieldPath:
    """A path in a table. `json` are the arguments doc and path; `doubt` the rows for which SQL misreads
    the path.
    """

    slot: Slot
    json: Fragment
    doubt: Fragment = FALSE
    arrays: bool = True
    index_scope: Fragment = TRUE

    @property
    def in_column(self) -> bool:
        """Whether the value stands in a column, so that the document's text need not be looked at."""
        return isinstance(self.slot, FixedSlot) or self.slot.rank is not None

    @property
    def is_array(self) -> Fragment:
        """The test for an array at the path."""
        return self.slot.of_types(("array",)) if self.arrays else FALSE

    def any_element(self, test: Callable[[Slot], Fragment]) -> Fragment:
        """Return "there is an array, and an element passes"."""
        wanted = test(ELEMENT) if self.arrays else FALSE
        if wanted is FALSE:
            return FALSE
        each = joined("EXISTS (SELECT 1 FROM json_each({}) AS e WHERE {})", self.json, wanted)
        return all_of((self.is_array, each))

    def anywhere(self, test: Callable[[Slot], Fragment]) -> Fragment:
        """Return "the value passes, or an element of the array there does".

        On an indexed field the scope stands in both branches: only then does SQLite use an index for each.
        """
        branches = (test(self.slot), self.any_element(test))
        return any_of(all_of((self.index_scope, branch)) for branch in branches)


@lru_cache(maxsize=1024)
def resolve(path: Path, table: TableFields) -> FieldPath | None:
    """Return how to read a path, or None if no JSON path can express it."""
    if path[0] in FIXED_COLUMNS:
        return _fixed(path[0]) if len(path) == 1 else None
    if not all(expressible(name) for name in path):
        return None
    found = _declared(path[0], table) if path[0] in table.columns and len(path) == 1 else _loose(path)
    if ".".join(path) in table.scalars:
        return replace(found, arrays=False)
    return found


def _fixed(name: str) -> FieldPath:
    value = Fragment(identifier(name))
    kind = joined("CASE WHEN {} IS NOT NULL THEN 'text' END", value)
    return FieldPath(FixedSlot(value, kind), Fragment("NULL"), arrays=False)


def _declared(name: str, table: TableFields) -> FieldPath:
    slot = Slot(Fragment(identifier(name)), Fragment(type_sql(name)), Fragment(rank_sql(name)))
    return FieldPath(slot, Fragment(f"doc, {path_literal(name)}"), index_scope=scope_test(table.scope))


def _loose(path: Path) -> FieldPath:
    here = _at(path)
    slot = Slot(joined("json_extract({})", here), joined("json_type({})", here))
    prefixes = (path[:end] for end in range(1, len(path)))
    return FieldPath(slot, here, any_of(joined("json_type({}) = 'array'", _at(prefix)) for prefix in prefixes))


def _at(path: Path) -> Fragment:
    return Fragment("doc, ?", (json_path(path),))


@lru_cache(maxsize=1024)
def scope_test(scope: Scope | None) -> Fragment:
    """Return the test that a row belongs to the scope."""
    return TRUE if scope is None else Fragment(f"{identifier(scope.column)} = ?", (scope.value,))


def rank_fragment(slot: Slot) -> Fragment:
    """Return the expression for the kind of a slot's value."""
    return slot.rank or Fragment(rank_of(slot.type.sql), slot.type.params)
