"""What a filter settles about the documents it matches, so that a sort need not look at it."""

from collections.abc import Iterator
from dataclasses import dataclass

from cpsl.data.conditions import literal_prefix
from cpsl.data.ordering import ComparisonClass, kind
from cpsl.data.paths import Path
from cpsl.data.scope import FIXED_COLUMNS
from cpsl.data.sql_fields import TableFields
from cpsl.data.tree import And, Compare, In, Node, Regex

_SCALARS = (ComparisonClass.NULL, ComparisonClass.NUMBER, ComparisonClass.TEXT, ComparisonClass.BOOLEAN)


@dataclass(frozen=True)
class Settled:
    """Paths at which all matches hold values of one kind, and those at which they hold equal values."""

    kinds: frozenset[Path] = frozenset()
    values: frozenset[Path] = frozenset()


NOTHING_SETTLED = Settled()


def settled_by(node: Node, table: TableFields) -> Settled:
    """Return what the filter settles: of fields that hold no array and no object, and of the fixed columns."""
    kinds: set[Path] = set()
    values: set[Path] = set()
    for leaf in _conjuncts(node):
        if len(leaf.path) == 1 and leaf.path[0] in (*table.scalars, *FIXED_COLUMNS):
            wanted = _wanted(leaf)
            if len({kind(value) for value in wanted}) == 1 and kind(wanted[0]) in _SCALARS:
                kinds.add(leaf.path)
                if kind(wanted[0]) is ComparisonClass.NULL or (_is_equality(leaf) and len(set(wanted)) == 1):
                    values.add(leaf.path)
    return Settled(frozenset(kinds), frozenset(values)) if kinds else NOTHING_SETTLED


def _conjuncts(node: Node) -> Iterator[Compare | In | Regex]:
    if isinstance(node, And):
        for child in node.children:
            yield from _conjuncts(child)
    elif isinstance(node, (Compare, In)) or (isinstance(node, Regex) and literal_prefix(node)):
        yield node


def _wanted(leaf: Compare | In | Regex) -> tuple[object, ...]:
    if isinstance(leaf, In):
        return leaf.values
    # A pattern stands for some text. Without a text to begin with it uses no index, and settles nothing.
    return (leaf.value if isinstance(leaf, Compare) else leaf.pattern,)


def _is_equality(leaf: Compare | In | Regex) -> bool:
    return isinstance(leaf, In) or (isinstance(leaf, Compare) and leaf.op == "eq")
