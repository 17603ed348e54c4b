"""Mongo filters: a dict is parsed once into a tree (`tree.Node`) that is compiled and tried on documents alike.

Operators are those of db.md#operators-of-a-filter. Each is a row of `OPERATORS` here, and a node of `tree` that means
it; `conditions` says of a node what SQL can.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeGuard

from cpsl.data.dialect import OPTIONS, compile_regex, translate_pattern
from cpsl.data.documents import checked_value, is_id, plain_id, whole_number
from cpsl.data.paths import Path, path_components
from cpsl.data.query_errors import FilterError, unknown
from cpsl.data.tree import (
    EVERYTHING,
    NOTHING,
    And,
    Compare,
    Comparison,
    ElemMatch,
    Exists,
    In,
    Node,
    Not,
    Or,
    Regex,
    Size,
    TypeIs,
)
from cpsl.patterns import PatternError

_MANY_EQUALITIES = 20
_MANY_OPERANDS = 500
"""Parsing, compiling and preparing so many takes about ten milliseconds."""

_SCALARS = frozenset((str, int, float, bool, type(None)))

TYPE_CODES = {
    1: "double",
    2: "string",
    3: "object",
    4: "array",
    5: "binData",
    6: "undefined",
    7: "objectId",
    8: "bool",
    9: "date",
    10: "null",
    11: "regex",
    13: "javascript",
    16: "int",
    17: "timestamp",
    18: "long",
    19: "decimal",
    -1: "minKey",
    127: "maxKey",
}
"""BSON types by number; those that JSON has no value of are known and match nothing."""

TYPE_NAMES = frozenset((*TYPE_CODES.values(), "number"))


class _Alias(NamedTuple):
    """That `id` may mean `_id`, and whether some documents have an `id` of their own."""

    own_ids: bool


def parse_filter(filter: Mapping[str, Any] | None, *, id_alias: bool = False, own_ids: bool = False) -> Node:
    """Return the tree of a Mongo filter such as `{"status": "open", "total": {"$gt": 10}}`; None matches
    all.

    `_id` operands may be `{"$oid": "…"}` or `ObjectID("…")` (behaviour.md §13.2). With `id_alias` a top-level
    field `id` compared with ids of 24 digits is what rows show as their `id`: the `_id`, or, with `own_ids`,
    in a collection in which some documents have an `id` of their own, that one where there is one. The hosted
    runtime never translates it in raw filters. Patterns are PCRE2's (`dialect`).

    Raises `FilterError` (a `ValueError`) for unknown operators and wrong operands, `TypeError` for values
    that JSON cannot hold or a filter that is not a mapping.
    """
    if filter is None:
        return EVERYTHING
    if not isinstance(filter, Mapping):
        raise TypeError(f"a filter is a dict, not {type(filter).__name__}")
    return _document(checked_value(dict(filter), "filter"), _Alias(own_ids) if id_alias else None)


def takes_long(filter: Mapping[str, Any] | None) -> bool:
    """Say whether this filter, of whatever shape, needs more time than an event loop has: it is large, or has a
    pattern that may backtrack.

    Looks at no more of it than it must, and never raises.
    """
    left = [filter]
    for _ in range(_MANY_OPERANDS):
        if not left:
            return False
        item: Any = left.pop()
        if type(item) in _SCALARS:
            continue
        if isinstance(item, Mapping):
            if isinstance(pattern := item.get("$regex"), str) and not _is_plain(pattern):
                return True
            left.extend(item.values())
        elif isinstance(item, (list, tuple)):
            if len(item) > _MANY_OPERANDS:
                return True
            left.extend(item)
    return True


def _is_plain(pattern: str) -> bool:
    try:
        return translate_pattern(pattern, "").plain
    except PatternError:
        return True


def is_operators(value: Any) -> bool:
    """Say whether an operand is a dict of operators; raises `FilterError` when fields are mixed in."""
    if not isinstance(value, dict):
        return False
    signs = [name for name in value if name.startswith("$")]
    if signs and len(signs) < len(value):
        raise FilterError(f"operators and plain fields are mixed: {', '.join(value)}")
    return bool(signs)


def _document(filter: dict[str, Any], alias: _Alias | None) -> Node:
    children = [_entry(name, operand, alias) for name, operand in filter.items()]
    return children[0] if len(children) == 1 else And(tuple(children))


def _entry(name: str, operand: Any, alias: _Alias | None) -> Node:
    if not name.startswith("$"):
        return _shown_id(operand, alias) if alias and name == "id" and _names_ids(operand) else _field(name, operand)
    if name in OPERATORS:
        raise FilterError(f'{name} needs a field: {{"some_field": {{"{name}": …}}}}')
    if name not in LOGICAL_OPERATORS:
        raise FilterError(unknown("filter operator", name, (*OPERATORS, *LOGICAL_OPERATORS)))
    if not isinstance(operand, list) or not operand or not all(isinstance(part, dict) for part in operand):
        raise FilterError(f"{name} needs a list of filters, with at least one")
    return LOGICAL_OPERATORS[name](tuple(_document(part, alias) for part in operand))


def _or(children: tuple[Node, ...]) -> Node:
    """Many values of one field are a list of values, which is found by index and compared at once."""
    gathered = _gathered(children)
    return gathered[0] if len(gathered) == 1 < len(children) else Or(gathered)


def _and(children: tuple[Node, ...]) -> Node:
    gathered = _gathered(tuple(child.child if isinstance(child, Not) else Not(child) for child in children))
    if len(gathered) == len(children):
        return And(children)
    return And(tuple(child.child if isinstance(child, Not) else Not(child) for child in gathered))


def _gathered(children: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the alternatives with many equalities of one path as one `In`."""
    values: dict[Path, list[Any]] = {}
    for child in children:
        if _is_equality(child):
            values.setdefault(child.path, []).append(child.value)
    many = {path for path, found in values.items() if len(found) >= _MANY_EQUALITIES}
    if not many:
        return children
    rest = (child for child in children if not (_is_equality(child) and child.path in many))
    return (*(In(path, tuple(values[path])) for path in values if path in many), *rest)


def _is_equality(node: Node) -> TypeGuard[Compare]:
    return isinstance(node, Compare) and node.op == "eq"


LOGICAL_OPERATORS: dict[str, Callable[[tuple[Node, ...]], Node]] = {
    "$and": _and,
    "$or": _or,
    "$nor": lambda children: Not(_or(children)),
}
"""Operators that join filters, by name: their nodes in, the node of all of them out."""


def _field(name: str, operand: Any) -> Node:
    path = path_components(name)
    if path == ("_id",):
        operand = _plain_ids(operand)
    return _conditions(path, operand) if is_operators(operand) else Compare(path, "eq", operand)


def _shown_id(operand: Any, alias: _Alias) -> Node:
    """Return the condition on the `id` that rows show."""
    if not alias.own_ids:
        return _field("_id", operand)
    own = Exists(("id",))
    return Or((And((own, _field("id", operand))), And((Not(own), _field("_id", operand)))))


def _names_ids(operand: Any) -> bool:
    """Say whether every value in an operand is an id as the store makes them."""
    bare = plain_id(operand)
    if isinstance(bare, (dict, list)):
        return bool(bare) and all(map(_names_ids, bare.values() if isinstance(bare, dict) else bare))
    return is_id(bare)


def _plain_ids(operand: Any) -> Any:
    bare = plain_id(operand)
    if isinstance(bare, list):
        return [_plain_ids(item) for item in bare]
    if isinstance(bare, dict):
        return {name: _plain_ids(item) for name, item in bare.items()}
    return bare


def _conditions(path: Path, operand: dict[str, Any]) -> Node:
    nodes = [_condition(path, name, operand) for name in operand if name != "$options"]
    if "$options" in operand and "$regex" not in operand:
        raise FilterError("$options needs a $regex beside it")
    return nodes[0] if len(nodes) == 1 else And(tuple(nodes))


def _condition(path: Path, name: str, operand: dict[str, Any]) -> Node:
    if name == "$regex":
        return _regex(path, operand["$regex"], operand.get("$options", ""))
    if name in LOGICAL_OPERATORS:
        raise FilterError(f"{name} stands beside fields, not under one: {{{name!r}: [{{…}}, {{…}}]}}")
    if name not in OPERATORS:
        raise FilterError(unknown("filter operator", name, (*OPERATORS, *LOGICAL_OPERATORS)))
    return OPERATORS[name](path, operand[name])


def _comparison(op: Comparison) -> Callable[[Path, Any], Node]:
    return lambda path, operand: Compare(path, op, _value(operand))


def _value(operand: Any) -> Any:
    if is_operators(operand):
        raise FilterError(f"a value is needed, not the operator {next(iter(operand))}")
    return operand


def _ne(path: Path, operand: Any) -> Node:
    return Not(Compare(path, "eq", _value(operand)))


def _in(path: Path, operand: Any) -> Node:
    return In(path, tuple(_value(item) for item in _list("$in", operand)))


def _nin(path: Path, operand: Any) -> Node:
    return Not(In(path, tuple(_value(item) for item in _list("$nin", operand))))


def _list(name: str, operand: Any) -> list[Any]:
    if not isinstance(operand, list):
        raise FilterError(f"{name} needs a list, not {operand!r}")
    return operand


def _regex(path: Path, pattern: Any, options: Any) -> Node:
    if not isinstance(pattern, str) or not isinstance(options, str):
        raise FilterError("$regex and $options are text")
    kept = "".join(sorted(set(options) - {"u"}))
    if not set(kept) <= set(OPTIONS):
        raise FilterError(f"unknown $options {options!r}; known: i, m, s, x, u")
    try:
        compile_regex(pattern, kept)
    except PatternError as error:
        raise FilterError(f"$regex {error}") from None
    return Regex(path, pattern, kept)


def _exists(path: Path, operand: Any) -> Node:
    return Exists(path) if operand else Not(Exists(path))


def _not(path: Path, operand: Any) -> Node:
    if not is_operators(operand):
        raise FilterError(f"$not needs a dict of operators, not {operand!r}")
    return Not(_conditions(path, operand))


def _all(path: Path, operand: Any) -> Node:
    wanted = _list("$all", operand)
    matched = [isinstance(item, dict) and list(item) == ["$elemMatch"] for item in wanted]
    if any(matched) and not all(matched):
        raise FilterError("$all takes values, or an $elemMatch in every place, not both")
    nodes = tuple(_all_item(path, item) for item in wanted)
    return And(nodes) if nodes else NOTHING


def _all_item(path: Path, item: Any) -> Node:
    if isinstance(item, dict) and list(item) == ["$elemMatch"]:
        return _elem_match(path, item["$elemMatch"])
    return Compare(path, "eq", _value(item))


def _size(path: Path, operand: Any) -> Node:
    size = whole_number(operand)
    if size is None or size < 0:
        raise FilterError(f"$size needs a whole number of at least 0, not {operand!r}")
    return Size(path, size)


def _elem_match(path: Path, operand: Any) -> Node:
    if not isinstance(operand, dict):
        raise FilterError(f"$elemMatch needs a dict, not {operand!r}")
    bare = any(name.startswith("$") and name not in LOGICAL_OPERATORS for name in operand)
    if bare and is_operators(operand):
        return ElemMatch(path, _conditions((), operand), True)
    return ElemMatch(path, _document(operand, None), False)


def _type(path: Path, operand: Any) -> Node:
    wanted = operand if isinstance(operand, list) else [operand]
    if not wanted:
        raise FilterError("$type needs at least one type")
    return TypeIs(path, tuple(_type_name(item) for item in wanted))


def _type_name(item: Any) -> str:
    name = item if isinstance(item, str) else None if isinstance(item, bool) else _type_of_code(item)
    if name not in TYPE_NAMES:
        raise FilterError(unknown("$type", str(item), TYPE_NAMES))
    return name


def _type_of_code(item: Any) -> str | None:
    return TYPE_CODES.get(int(item)) if isinstance(item, (int, float)) and item == int(item) else None


def _misplaced_options(path: Path, operand: Any) -> Node:
    raise FilterError("$options needs a $regex beside it")


OPERATORS: dict[str, Callable[[Path, Any], Node]] = {
    "$eq": _comparison("eq"),
    "$ne": _ne,
    "$gt": _comparison("gt"),
    "$gte": _comparison("gte"),
    "$lt": _comparison("lt"),
    "$lte": _comparison("lte"),
    "$in": _in,
    "$nin": _nin,
    "$regex": lambda path, operand: _regex(path, operand, ""),
    "$options": _misplaced_options,
    "$exists": _exists,
    "$not": _not,
    "$all": _all,
    "$size": _size,
    "$elemMatch": _elem_match,
    "$type": _type,
}
"""Field operators by name: path and checked operand in, node out."""
