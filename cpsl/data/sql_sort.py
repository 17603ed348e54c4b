"""Sort levels as an ORDER BY in MongoDB's order (behaviour.md §13.3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import lru_cache
from typing import Any

from cpsl.data.fragments import FALSE, TRUE, Fragment, any_of, joined
from cpsl.data.paths import Path
from cpsl.data.settled import NOTHING_SETTLED, Settled
from cpsl.data.sort import SortKey
from cpsl.data.sql_fields import ELEMENT, FieldPath, FixedSlot, TableFields, rank_fragment, resolve


@dataclass(frozen=True)
class Order:
    """The terms of an ORDER BY with `params`.

    `doubt` (or None) is the condition for rows whose sort key SQL cannot compare: objects, arrays of
    arrays, paths through arrays. If any row of the answer meets it, fetch without the order and use
    `sort.sort_documents`. `path` is what decides most; `of_all_scopes`: the index in this order does not begin with
    the scope.
    """

    sql: str
    params: tuple[Any, ...] = ()
    doubt: Fragment | None = None
    path: Path | None = dataclass_field(default=None, compare=False)
    of_all_scopes: bool = dataclass_field(default=False, compare=False)

    def afterwards(self) -> "Order":
        """Return the same order, sorted after the rows are found: no index is walked through for it."""
        return self if self.sql.startswith("+") else replace(self, sql=f"+{self.sql}")


INSERTION = Order("rowid")
"""The order in which MongoDB returns what was never sorted. Free for equalities on `Table.scalars` and
for whole scopes; a range has to sort what it finds.
"""


@lru_cache(maxsize=1024)
def compile_sort(keys: tuple[SortKey, ...], table: TableFields, settled: Settled = NOTHING_SETTLED) -> Order | None:
    """Return the order for sort levels, or None if there are none.

    A declared column in `Table.scalars` is read from its index. Ties are in insertion order, or in its
    reverse when the first level descends, as the index has them and `sort.sort_documents` too. What the
    filter has `settled` is not sorted by: SQLite does not see that a kind cannot differ, and would sort.
    """
    if not keys:
        return None
    left = [key for key in keys if key.path not in settled.values]
    levels = [_level(key, table, settled) for key in left]
    terms = [term for term, _ in levels] + [Fragment(_directed("rowid", keys[0]))]
    doubt = any_of(doubt for _, doubt in levels)
    params = tuple(value for term in terms for value in term.params)
    path = left[0].path if left else None
    text = ", ".join(term.sql for term in terms)
    return Order(text, params, None if doubt is FALSE else doubt, path, path == ("_id",))


def _level(key: SortKey, table: TableFields, settled: Settled) -> tuple[Fragment, Fragment]:
    field = resolve(key.path, table)
    if field is None:
        return Fragment("NULL"), TRUE
    if isinstance(field.slot, FixedSlot):
        return _terms((field.slot.value,), key), FALSE
    rank, value = rank_fragment(field.slot), field.slot.value
    if not field.arrays:
        return _terms((value,) if key.path in settled.kinds else (rank, value), key), field.doubt
    rank, value = (
        _of_array(field, _array_rank(field, key), rank),
        _of_array(field, _array_value(field, key), value),
    )
    return _terms((rank, value), key), any_of((joined("{} IN (3, 4)", rank), field.doubt))


def _terms(expressions: Sequence[Fragment], key: SortKey) -> Fragment:
    return joined(", ".join([_directed("{}", key)] * len(expressions)), *expressions)


def _directed(term: str, key: SortKey) -> str:
    return f"{term} DESC" if key.descending else term


def _of_array(field: FieldPath, of_array: Fragment, plain: Fragment) -> Fragment:
    return joined("CASE WHEN {} THEN {} ELSE {} END", field.is_array, of_array, plain)


def _array_rank(field: FieldPath, key: SortKey) -> Fragment:
    # An empty array sorts below null.
    extreme = "max" if key.descending else "min"
    template = f"coalesce((SELECT {extreme}({{}}) FROM json_each({{}}) AS e), -1)"
    return joined(template, rank_fragment(ELEMENT), field.json)


def _array_value(field: FieldPath, key: SortKey) -> Fragment:
    order = _terms((rank_fragment(ELEMENT), ELEMENT.value), key)
    return joined("(SELECT e.atom FROM json_each({}) AS e ORDER BY {} LIMIT 1)", field.json, order)
