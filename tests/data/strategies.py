"""Random documents, filters and updates for the property tests, small enough that they often meet."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

Strategy = st.SearchStrategy[Any]

RANGES = ("$gt", "$gte", "$lt", "$lte")
TYPES = ("double", "string", "object", "array", "bool", "int", "long", "number")

# Wide: whatever may trip SQL. Names and texts that JSON or a path writes differently, numbers at the edges.
KEYS = ("a", "b", "0", "1", "é", 'q"x')
PATHS = (*KEYS, "a.b", "a.0", "a.0.b", "b.a.b", "b.1.a", "a.é")
NUMBERS = (
    0,
    1,
    -1,
    0.0,
    1.0,
    1.5,
    0.3,
    0.1 + 0.2,
    1e300,
    5e-324,
    2**31,
    2**53,
    2**53 + 1,
    float(2**53),
    2**63 - 1,
)
TEXTS = ("", "a", "ab", "k", "\u212a", "É", "[", "{", "[1]", '{"a":1}', 'x"y', "a\nb", "1", "%", "_")
PATTERNS = (
    "a",
    "^a",
    "b$",
    "k",
    "^\\[",
    "É",
    'x\\"y',
    "a.b",
    "[ab]",
    "\\%",
    "_",
    "^$",
    "1|a",
    "(a|b)+$",
    "^[^a]",
    "\\w\\b",
)


def cases(count: int) -> settings:
    """Settings for `count` examples, or as many times more as the profile says."""
    return settings(max_examples=count * settings().max_examples // 100)


def one(name: str, operands: Strategy) -> Strategy:
    return operands.map(lambda operand: {name: operand})


def some_operator(signs: tuple[str, ...], operands: Strategy) -> Strategy:
    return st.builds(lambda sign, operand: {sign: operand}, st.sampled_from(signs), operands)


def values_of(scalars: Strategy, keys: Strategy) -> Strategy:
    """Scalars, lists and objects, and lists and objects of those."""
    flat = scalars | st.lists(scalars, max_size=2) | st.dictionaries(keys, scalars, max_size=2)
    return scalars | flat | st.lists(flat, max_size=3) | st.dictionaries(keys, flat, max_size=2)


def conditions_of(operands: Strategy, keys: Strategy) -> Strategy:
    lists = st.lists(operands, max_size=3)
    simple = st.one_of(
        some_operator(("$eq", "$ne"), operands),
        some_operator(RANGES, operands),
        some_operator(("$in", "$nin", "$all"), lists),
        one("$exists", st.booleans()),
        one("$size", st.integers(0, 2)),
        one("$type", st.sampled_from(TYPES)),
        st.builds(
            lambda pattern, options: {"$regex": pattern, "$options": options},
            st.sampled_from(PATTERNS),
            st.sampled_from(["", "i"]),
        ),
    )
    nested = one("$not", simple) | one("$elemMatch", simple | st.dictionaries(keys, simple, min_size=1, max_size=1))
    both = st.builds(lambda left, right: {**left, **right}, simple, simple | nested)
    return st.one_of(simple, simple, nested, both).filter(lambda each: "$options" not in each or "$regex" in each)


def filters_of(paths: Strategy, operands: Strategy, keys: Strategy) -> Strategy:
    flat = st.dictionaries(paths, operands | conditions_of(operands, keys), min_size=1, max_size=2)
    parts = st.lists(flat, min_size=1, max_size=2)
    logical = some_operator(
        ("$and", "$or", "$nor"),
        parts | st.lists(some_operator(("$or", "$nor"), parts), min_size=1, max_size=1),
    )
    return st.one_of(flat, flat, logical, st.builds(lambda left, right: {**left, **right}, flat, logical))


wide_keys = st.sampled_from(KEYS)
wide_values = values_of(st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.sampled_from(TEXTS), wide_keys)
wide_documents = st.dictionaries(wide_keys, wide_values, max_size=4)
wide_filters = filters_of(st.sampled_from(PATHS), wide_values, wide_keys)

# Dense: two names and eight scalars, so that conditions often hold.
dense_keys = st.sampled_from("ab")
dense_scalars = st.sampled_from([None, True, False, 0, 1, 2.5, "a", "b"])
dense_values = values_of(dense_scalars, dense_keys)
dense_documents = st.dictionaries(dense_keys, dense_values, max_size=2)
dense_operands = (
    dense_scalars
    | dense_scalars
    | st.lists(dense_scalars, max_size=2)
    | st.dictionaries(dense_keys, dense_scalars, max_size=1)
)
dense_paths = st.sampled_from(["a", "b", "a", "b", "a.b", "a.a", "a.0", "a.0.b", "a.b.0"])
dense_filters = filters_of(dense_paths, dense_operands, dense_keys)
