from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.model.jsonable import changes, same, to_json, to_jsonable


class Colour(str, enum.Enum):
    RED = "red"


class Plain(enum.Enum):
    PAIR = (1, 2)


class Number(enum.IntEnum):
    ONE = 1


@dataclasses.dataclass
class Point:
    x: int
    parts: Any = (1, 2)


class Pydantic:
    def model_dump(self, *, mode: str = "python") -> dict[str, Any]:
        return {"mode": mode}


class Homemade:
    def model_dump(self) -> dict[str, Any]:
        return {"made": "at home"}


class Speechless:
    def __str__(self) -> str:
        raise RuntimeError("no words")

    def __repr__(self) -> str:
        return "Speechless()"


class Hostile(dict[str, Any]):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not comparable")

    __hash__ = None

    def items(self) -> Any:
        raise RuntimeError("no items")


class Loud(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "shouted"


FORMS: list[tuple[Any, Any]] = [
    ({1: "a", None: "b", False: "c", 1.5: "d"}, {"1": "a", "None": "b", "False": "c", "1.5": "d"}),
    ({(1, 2): 3}, {"(1, 2)": 3}),
    ({Colour.RED: 1}, {str(Colour.RED): 1}),
    ({Loud("raw"): Loud("raw")}, {"shouted": "raw"}),
    ((1, (2,)), [1, [2]]),
    ({3, 1, 2}, [1, 2, 3]),
    (frozenset("ba"), ["a", "b"]),
    ([math.nan, math.inf, -math.inf, 1.5], [None, None, None, 1.5]),
    (b"caf\xc3\xa9 \xff", "café \ufffd"),
    (Colour.RED, "red"),
    (Plain.PAIR, [1, 2]),
    (Number.ONE, 1),
    (datetime.date(2026, 1, 31), "2026-01-31"),
    (datetime.time(9, 5), "09:05:00"),
    (datetime.datetime(2026, 1, 31, tzinfo=datetime.timezone.utc), "2026-01-31T00:00:00+00:00"),
    (Point(1), {"x": 1, "parts": [1, 2]}),
    (Point, str(Point)),
    (Pydantic(), {"mode": "json"}),
    (Homemade(), {"made": "at home"}),
    (Decimal("1.50"), "1.50"),
    (10**30, 10**30),
    (10**5000, hex(10**5000)),
    (Speechless(), "<Speechless without a readable text>"),
    ({Speechless(): 1}, {"<Speechless without a readable text>": 1}),
    (True, True),
    (None, None),
    ("\ud800x", "\ud800x"),
    ("line\u2028sep\x00\x9b", "line\u2028sep\x00\x9b"),
]


@pytest.mark.parametrize(("value", "form"), FORMS, ids=[str(number) for number in range(len(FORMS))])
def test_a_value_becomes_its_json_form(value: Any, form: Any) -> None:
    assert to_jsonable(value) == form
    assert same(json.loads(to_json({"v": value})), {"v": form})


def test_a_value_inside_itself_becomes_text() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    assert json.loads(to_json(loop)) == [1, "[1, [...]]"]
    ring: dict[str, Any] = {}
    ring["self"] = [ring]
    assert json.loads(to_json(ring)) == {"self": ["{'self': [{...}]}"]}


def test_the_same_value_twice_is_no_cycle() -> None:
    shared = (1,)
    assert json.loads(to_json({"a": shared, "b": [shared]})) == {"a": [1], "b": [[1]]}


@pytest.mark.parametrize("depth", [10, 200, 5_000, 100_000])
def test_deep_nesting_is_no_error(depth: int) -> None:
    value: Any = (1,)
    for _ in range(depth):
        value = [value]
    json.loads(to_json({"deep": value}))


def test_deep_nesting_up_to_two_hundred_levels_is_kept() -> None:
    value: Any = (1,)
    for _ in range(200):
        value = [value]
    kept = json.loads(to_json(value))
    for _ in range(200):
        kept = kept[0]
    assert kept == [1]


def test_a_hostile_mapping_is_no_error() -> None:
    assert isinstance(json.loads(to_json({"v": Hostile(a=1)}))["v"], (str, dict))


def test_an_iterator_is_not_consumed() -> None:
    def numbers() -> Iterator[int]:
        yield 1

    iterator = numbers()
    to_json({"v": iterator})
    assert list(iterator) == [1]


def test_the_text_holds_no_lone_surrogate() -> None:
    text = to_json({"\udfff": "\ud800"})
    text.encode()
    assert json.loads(text) == {"\udfff": "\ud800"}


def test_the_order_of_keys_is_kept() -> None:
    assert to_json({"b": 1, "a": (2,)}) == '{"b":1,"a":[2]}'


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary(max_size=8)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.decimals()
    | st.complex_numbers()
    | st.sampled_from([Colour.RED, Plain.PAIR, Number.ONE, Point(1), Pydantic(), Homemade(), Speechless(), Loud("x")])
    | st.sampled_from(["\ud800", "\udc00", Point, object(), iter(())])
)
hashable = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(list(Colour))
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=4)
        | st.frozensets(hashable, max_size=4)
        | st.builds(Point, st.integers(), inner)
    ),
    max_leaves=12,
)


@given(anything)
def test_any_value_has_a_json_text_that_reads_back_as_its_json_form(value: Any) -> None:
    assert same(json.loads(to_json(value)), to_jsonable(value))


@given(anything)
def test_the_json_form_is_stable(value: Any) -> None:
    text = to_json(value)
    assert to_json(json.loads(text)) == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from("abcdef"), json_values, max_size=6)


@given(objects, objects)
def test_changes_turn_the_one_object_into_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    changed, unset = changes(before, after)
    result = {key: value for key, value in {**before, **changed}.items() if key not in unset}
    assert sorted(result) == sorted(after)
    assert all(same(result[key], after[key]) for key in after)
    assert changes(after, after) == ({}, ())


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0, False), ({"a": 1, "b": 2}, {"b": 2, "a": 1})])
def test_values_that_python_holds_equal_differ_as_json(one: Any, other: Any) -> None:
    assert not same(one, other)
