"""The leaves of a filter in SQL.

Each becomes a pair: `sure` is right for every row outside `doubt`, and `doubt` holds the rows SQL cannot
judge. A leaf that SQL can say exactly has the doubt `FALSE`.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from cpsl.data.fragments import FALSE, TRUE, Fragment, all_of, any_of, joined
from cpsl.data.ordering import ComparisonClass, kind
from cpsl.data.sql_fields import FieldPath, Slot, TableFields, resolve
from cpsl.data.tree import Compare, ElemMatch, Exists, In, Leaf, Regex, Size, TypeIs

MANY_VALUES = 20
"""From here on the values of an `$in` travel as one JSON parameter."""

_LONGEST_LIKE = 1000
_PLAIN = re.compile(r'[^"\\\x00-\x1f\x7f]+')
"""Texts that JSON writes as they are."""

_SIGNS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_NESTED = {ComparisonClass.OBJECT: ("object", "array"), ComparisonClass.ARRAY: ("array",)}


class Condition(NamedTuple):
    """What SQL says of a leaf, and the rows for which that may be wrong."""

    sure: Fragment
    doubt: Fragment = FALSE


def condition(leaf: Leaf, table: TableFields) -> Condition:
    """Return the leaf over the table. A path no JSON path can express is all doubt, and so is a leaf of a kind that has
    no row in `_CONDITIONS`.
    """
    field, write = resolve(leaf.path, table), _CONDITIONS.get(type(leaf))
    if field is None or write is None:
        return Condition(FALSE, TRUE)
    found = write(leaf, field)
    return Condition(found.sure, any_of((found.doubt, field.doubt)))


def index_weight(leaf: Compare | In | Regex, table: TableFields) -> int:
    """Return how much an index narrows by the leaf, 0 if there is none: `_id`, equality, a few values, a range.

    The leaf's condition carries the scope into every branch, as the index of a declared column has it.
    """
    field = resolve(leaf.path, table)
    if field is None or not (leaf.path == ("_id",) or field.slot.rank is not None):
        return 0
    if isinstance(leaf, Regex):
        return 2 if literal_prefix(leaf) else 0
    values = leaf.values if isinstance(leaf, In) else (leaf.value,)
    if any(kind(value) in _NESTED for value in values):
        return 0
    if isinstance(leaf, In):
        return 4
    # Null is what most documents may have there.
    return 1 if leaf.op != "eq" or leaf.value is None else 8 if leaf.path == ("_id",) else 6


def _compare(leaf: Compare, field: FieldPath) -> Condition:
    bracket = kind(leaf.value)
    if bracket is ComparisonClass.NULL:
        # Null has no order, only equality, which >= and <= include.
        return Condition(FALSE if leaf.op in ("gt", "lt") else field.anywhere(_is_null))
    if bracket in _NESTED:
        return Condition(FALSE, field.slot.of_types(_NESTED[bracket]))
    if not exact(leaf.value):
        # A window around the number narrows by index, and the predicate decides inside it.
        return Condition(FALSE, field.anywhere(_near(leaf.op, leaf.value)))
    found = field.anywhere(_relation(_SIGNS[leaf.op], leaf.value, bracket))
    return Condition(all_of((_written(leaf.value, field), found)) if leaf.op == "eq" else found)


def _written(value: Any, field: FieldPath) -> Fragment:
    """The test that a text stands somewhere in the document's own text, which spares taking most apart."""
    if not isinstance(value, str) or not _PLAIN.fullmatch(value) or field.in_column:
        return TRUE
    return joined("instr(doc, {})", Fragment("?", (f'"{value}"',)))


def _relation(sign: str, value: Any, bracket: ComparisonClass) -> Callable[[Slot], Fragment]:
    operand = Fragment("?", (value,))
    return lambda slot: all_of((joined(f"{{}} {sign} {{}}", slot.value, operand), slot.of_kind(bracket)))


def _is_null(slot: Slot) -> Fragment:
    if slot.rank is None:
        return slot.of_kind(ComparisonClass.NULL)
    # The kind says it all; with the value as well SQLite sees that the index has the matches in their order.
    return all_of((slot.of_kind(ComparisonClass.NULL), joined("{} IS NULL", slot.value)))


def exact(value: Any) -> bool:
    """Say whether SQLite surely reads the JSON text of this value as this value.

    Decimal fractions of up to 15 digits and a small exponent need one correctly rounded operation. Beyond
    them its reader may be off in the last place, differently in each version (3.40 and 3.51 disagree).
    """
    if not isinstance(value, float):
        return True
    digits, _, exponent = repr(value).partition("e")
    return len(re.sub(r"\D", "", digits).strip("0")) <= 15 and abs(int(exponent or 0)) <= 20


def _near(op: str, value: float) -> Callable[[Slot], Fragment]:
    spread = abs(value) * 1e-14 + 1e-300
    bounds = []
    if op in ("eq", "gt", "gte"):
        bounds.append(_relation(">=", value - spread, ComparisonClass.NUMBER))
    if op in ("eq", "lt", "lte"):
        bounds.append(_relation("<=", value + spread, ComparisonClass.NUMBER))
    return lambda slot: all_of(bound(slot) for bound in bounds)


def _in(leaf: In, field: FieldPath) -> Condition:
    groups: dict[ComparisonClass, list[Any]] = {}
    vague: list[Any] = []
    for value in leaf.values:
        if kind(value) in _NESTED or not exact(value):
            vague.append(value)
        else:
            groups.setdefault(kind(value), []).append(value)
    tests = [_one_of(bracket, values) for bracket, values in groups.items()]
    sure = field.anywhere(lambda slot: any_of(test(slot) for test in tests))
    return Condition(sure, any_of(_vaguely(vague, field)))


def _vaguely(values: list[Any], field: FieldPath) -> Iterable[Fragment]:
    numbers = [value for value in values if kind(value) is ComparisonClass.NUMBER]
    if len(numbers) < MANY_VALUES:
        yield from (field.anywhere(_near("eq", value)) for value in numbers)
    else:
        yield field.anywhere(lambda slot: slot.of_kind(ComparisonClass.NUMBER))
    for bracket in {kind(value) for value in values} & _NESTED.keys():
        yield field.slot.of_types(_NESTED[bracket])


def _one_of(bracket: ComparisonClass, values: list[Any]) -> Callable[[Slot], Fragment]:
    if bracket is ComparisonClass.NULL:
        return _is_null
    operands = _list(list(dict.fromkeys(values)))
    return lambda slot: all_of((joined("{} IN {}", slot.value, operands), slot.of_kind(bracket)))


def _list(values: list[Any]) -> Fragment:
    if len(values) < MANY_VALUES:
        return Fragment(f"({', '.join('?' * len(values))})", tuple(values))
    return Fragment("(SELECT value FROM json_each(?))", (json.dumps(values, ensure_ascii=False),))


def _regex(leaf: Regex, field: FieldPath) -> Condition:
    tests = []
    prefix = literal_prefix(leaf)
    if prefix and field.in_column:
        tests.append(field.anywhere(_begins_with(prefix)))
    pattern = like_pattern(leaf)
    if pattern is not None:
        # An array's value is its JSON text, so LIKE finds the text of its elements as well.
        tests.append(joined("{} LIKE {} ESCAPE '\\'", field.slot.value, Fragment("?", (pattern,))))
    return Condition(
        FALSE, all_of(tests) if tests else any_of((field.slot.of_kind(ComparisonClass.TEXT), field.is_array))
    )


def literal_prefix(leaf: Regex) -> str:
    """Return a text that every match begins with, in just this case; empty if the pattern names none."""
    if not leaf.pattern.startswith("^") or set(leaf.options) & set("imx") or "|" in leaf.pattern:
        return ""
    found = re.match(r"(?:[^\\.^$*+?{}\[\]()|]|\\[^\w])*", leaf.pattern[1:])
    literal = found[0] if found else ""
    chars = re.findall(r"\\?(.)", literal, flags=re.DOTALL)
    if leaf.pattern[1 + len(literal) :][:1] in ("*", "?", "{"):
        # The last one may be missing.
        chars = chars[:-1]
    return "".join(chars)[:_LONGEST_LIKE]


def _begins_with(prefix: str) -> Callable[[Slot], Fragment]:
    bounds = [_relation(">=", prefix, ComparisonClass.TEXT)]
    following = _text_after(prefix)
    if following:
        bounds.append(_relation("<", following, ComparisonClass.TEXT))
    return lambda slot: all_of(bound(slot) for bound in bounds)


def _text_after(prefix: str) -> str:
    """Return the least text greater than all that begin so, by code point; empty if there is none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return ""
    after = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if 0xD800 <= after <= 0xDFFF else after)


def like_pattern(leaf: Regex) -> str | None:
    """Return a LIKE pattern that finds every text this literal pattern matches and few others, or None.

    LIKE ignores the case of ASCII only; `i`, `s` and `k` have case variants outside it and become
    wildcards. Whatever JSON may write differently inside an array becomes one too.
    """
    text = leaf.pattern.removeprefix("^").removesuffix("$")
    if "x" in leaf.options or not re.fullmatch(r"(?:[^\\.^$*+?{}\[\]()|]|\\[^\w])*", text):
        return None
    literal = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
    if not literal or len(literal) > _LONGEST_LIKE:
        return None
    return "%" + "".join(map(_like_char, literal)) + "%"


def _like_char(char: str) -> str:
    if char in "iskISK":
        return "_"
    if char in "%_":
        return "\\" + char
    return char if " " <= char <= "~" and char not in '"\\/' else "%"


def _exists(leaf: Exists, field: FieldPath) -> Condition:
    return Condition(joined("{} IS NOT NULL", field.slot.type))


def _size(leaf: Size, field: FieldPath) -> Condition:
    length = joined("json_array_length({}) = {}", field.json, Fragment("?", (leaf.size,)))
    return Condition(all_of((field.is_array, length)))


def _elem_match(leaf: ElemMatch, field: FieldPath) -> Condition:
    return Condition(FALSE, field.is_array)


def _type_is(leaf: TypeIs, field: FieldPath) -> Condition:
    return Condition(field.anywhere(lambda slot: any_of(_has_type(slot, name) for name in leaf.names)))


def _has_type(slot: Slot, name: str) -> Fragment:
    if name in ("int", "long"):
        small = "{} BETWEEN -2147483648 AND 2147483647"
        range = joined(small if name == "int" else f"NOT ({small})", slot.value)
        return all_of((range, slot.of_types(("integer",))))
    return slot.of_types(_TYPES[name]) if name in _TYPES else FALSE


_TYPES: dict[str, tuple[str, ...]] = {
    "double": ("real",),
    "number": ("integer", "real"),
    "string": ("text",),
    "bool": ("true", "false"),
    "null": ("null",),
    "object": ("object",),
    "array": ("array",),
}

_CONDITIONS: dict[type, Callable[[Any, FieldPath], Condition]] = {
    Compare: _compare,
    In: _in,
    Regex: _regex,
    Exists: _exists,
    Size: _size,
    ElemMatch: _elem_match,
    TypeIs: _type_is,
}
