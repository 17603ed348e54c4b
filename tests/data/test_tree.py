"""What matches what: MongoDB's documented semantics, by table (behaviour.md §13.3)."""

from typing import Any

import pytest

from cpsl.data.filters import parse_filter

Case = tuple[dict[str, Any], list[Any], list[Any]]

A_IS: list[Case] = [
    # filter, values of `a` that match, values that do not
    ({"a": 1}, [1, 1.0, [1], [0, 1]], [True, "1", None, [[1]], {"a": 1}, []]),
    ({"a": True}, [True, [True]], [1, "true", False]),
    ({"a": "x"}, ["x", ["y", "x"]], ["X", "xy", ["xy"]]),
    ({"a": None}, [None, [None], [1, None]], [0, "", False, [], {}]),
    ({"a": [1, 2]}, [[1, 2], [[1, 2], 3], [1.0, 2]], [[2, 1], [1], 1, [1, 2, 3]]),
    ({"a": {"x": 1, "y": 2}}, [{"x": 1, "y": 2}, [{"x": 1, "y": 2}]], [{"y": 2, "x": 1}, {"x": 1}, {}]),
    ({"a": {}}, [{}, [{}]], [{"x": 1}, None, []]),
    ({"a": []}, [[], [[]]], [None, [1]]),
    ({"a": {"$ne": 1}}, [2, "1", True, None, [], [2]], [1, 1.0, [1, 2]]),
    ({"a": {"$gt": 1}}, [2, 1.5, [0, 2]], [1, "2", True, None, [], [[2]], {"x": 2}]),
    ({"a": {"$gte": "b"}}, ["b", "c", "ba", ["a", "b"]], ["a", "B", 5, None]),
    ({"a": {"$lt": 0}}, [-1, -0.5], [0, None, False, ""]),
    ({"a": {"$gte": None}}, [None, [None]], [0, False]),
    ({"a": {"$gt": None}}, [], [None, 0]),
    ({"a": {"$gt": False}}, [True], [False, 1, None]),
    ({"a": {"$gt": [1, 2]}}, [[1, 3], [2], ["a"], [1, 2, 0]], [[1, 2], [1], [], 5]),
    ({"a": {"$lt": {"x": 2}}}, [{"x": 1}, {}, {"a": 5}], [{"x": 2}, {"y": 1}, {"x": "1"}]),
    ({"a": {"$gt": 1, "$lt": 3}}, [2, [0, 5], [1, 3]], [1, 3, [1], [5]]),
    ({"a": {"$in": [1, "x", None]}}, [1, "x", None, [5, "x"]], [2, True, [], [2]]),
    ({"a": {"$in": [[1]]}}, [[1], [[1]]], [1, [1, 2]]),
    ({"a": {"$in": []}}, [], [1, None, []]),
    ({"a": {"$nin": [1, None]}}, [2, [2], [], True], [1, None, [1], [None]]),
    ({"a": {"$regex": "^ab"}}, ["abc", ["x", "ab"]], ["cab", "ABC", 5, None, {"x": "ab"}]),
    ({"a": {"$regex": "^AB", "$options": "i"}}, ["abc"], ["cab"]),
    ({"a": {"$regex": "a.b", "$options": "s"}}, ["a\nb"], ["ab"]),
    ({"a": {"$regex": "^b$", "$options": "m"}}, ["a\nb"], ["ab"]),
    ({"a": {"$regex": "a b # c", "$options": "x"}}, ["ab"], ["a b # c"]),
    ({"a": {"$exists": True}}, [None, 0, []], []),
    ({"a": {"$exists": False}}, [], [None, 0, []]),
    ({"a": {"$not": {"$gt": 1}}}, [1, "x", None, []], [2, [0, 2]]),
    ({"a": {"$not": {"$regex": "x"}}}, ["y", 5], ["x"]),
    ({"a": {"$all": [1, 2]}}, [[2, 1], [1, 2, 3]], [[1], 1, []]),
    ({"a": {"$all": [1]}}, [1, [1]], [[], 2]),
    ({"a": {"$all": []}}, [], [[], 1]),
    ({"a": {"$all": [{"$elemMatch": {"$gt": 5}}, {"$elemMatch": {"$lt": 0}}]}}, [[6, -1]], [[6], [-1], [3]]),
    ({"a": {"$size": 2}}, [[1, 2], [[], []]], [[1], "ab", {"x": 1, "y": 2}, 2]),
    ({"a": {"$size": 0}}, [[]], [None, [None], ""]),
    ({"a": {"$elemMatch": {"$gt": 1, "$lt": 3}}}, [[2], [0, 2, 5]], [[1, 3], 2, [[2]], []]),
    ({"a": {"$elemMatch": {"x": 1, "y": 2}}}, [[{"x": 1, "y": 2}]], [[{"x": 1}, {"y": 2}], {"x": 1, "y": 2}]),
    ({"a": {"$elemMatch": {"$or": [{"x": 1}, {"x": 2}]}}}, [[{"x": 2}]], [[{"x": 3}], [2]]),
    ({"a": {"$elemMatch": {}}}, [[{}], [[]]], [[1], []]),
    ({"a": {"$elemMatch": {"0": 5}}}, [[[5]]], [[5]]),
    ({"a": {"$type": "number"}}, [1, 1.5, [1]], [True, "1", None, []]),
    ({"a": {"$type": "int"}}, [1, -(2**31)], [1.0, 2**31, True]),
    ({"a": {"$type": "long"}}, [2**31], [1, 1.0]),
    ({"a": {"$type": "double"}}, [1.0, 0.5], [1]),
    ({"a": {"$type": ["string", "bool"]}}, ["", False, ["x"]], [0, None]),
    ({"a": {"$type": "null"}}, [None], [0]),
    ({"a": {"$type": "array"}}, [[], [1]], [1, {}]),
    ({"a": {"$type": "object"}}, [{}, [{}]], [[], 1]),
    ({"a": {"$type": "date"}}, [], ["2026-01-01", 1]),
    ({"$or": [{"a": 1}, {"a": 2}]}, [1, 2], [3]),
    ({"$and": [{"a": 1}, {"a": 2}]}, [[1, 2]], [1, 2]),
    ({"$nor": [{"a": 1}, {"a": 2}]}, [3, None], [1, [2]]),
    ({"a": 2**53 + 1}, [2**53 + 1], [2**53, float(2**53)]),
    ({"a": {"$lt": 2**63 - 1}}, [2**63 - 2], [2**63 - 1, float(2**63)]),
]  # fmt: skip


@pytest.mark.parametrize(("filter", "yes", "no"), A_IS, ids=lambda value: str(value)[:60])
def test_a_field_with_this_value(filter: dict[str, Any], yes: list[Any], no: list[Any]) -> None:
    holds = parse_filter(filter).predicate()
    assert [value for value in yes if not holds({"a": value})] == []
    assert [value for value in no if holds({"a": value})] == []


@pytest.mark.parametrize(
    ("filter", "answer"),
    [
        ({}, True),
        ({"a": None}, True),
        ({"a": {"$ne": 1}}, True),
        ({"a": {"$in": [None]}}, True),
        ({"a": {"$lte": None}}, True),
        ({"a": {"$exists": False}}, True),
        ({"a": {"$not": {"$exists": True}}}, True),
        ({"a": {"$type": "null"}}, False),
        ({"a": {"$ne": None}}, False),
        ({"a": {"$gt": 0}}, False),
        ({"a.b.c": None}, True),
    ],
)
def test_a_missing_field(filter: dict[str, Any], answer: bool) -> None:
    assert parse_filter(filter).predicate()({}) is answer


ORDER = {
    "customer": {"name": "Ann", "tags": ["vip"]},
    "lines": [{"sku": "x", "n": 1}, {"sku": "y", "n": [2, 3]}, 7],
    "grid": [[1, 2], [3, [4]]],
    "odd": [{"0": "zero"}, {"a": 1}],
}


@pytest.mark.parametrize(
    ("filter", "answer"),
    [
        ({"customer.name": "Ann"}, True),
        ({"customer.tags": "vip"}, True),
        ({"customer.tags.0": "vip"}, True),
        ({"customer.tags.1": "vip"}, False),
        ({"customer.name.x": None}, True),
        ({"lines.sku": "y"}, True),
        ({"lines.sku": "z"}, False),
        ({"lines.n": 3}, True),
        ({"lines.1.n": 2}, True),
        ({"lines.0.n": 2}, False),
        ({"lines.2": 7}, True),
        ({"lines.n": {"$ne": 1}}, False),
        ({"lines.q": None}, True),
        ({"lines.q": {"$exists": False}}, True),
        ({"lines.sku": {"$exists": True}}, True),
        ({"customer.tags.q": None}, False),
        ({"customer.tags.q": {"$exists": False}}, True),
        ({"lines.sku": "x", "lines.n": 2}, True),
        ({"lines": {"$elemMatch": {"sku": "x", "n": 2}}}, False),
        ({"lines": {"$elemMatch": {"sku": "y", "n": 2}}}, True),
        ({"lines.n": {"$size": 2}}, True),
        ({"grid": [1, 2]}, True),
        ({"grid": 1}, False),
        ({"grid.0": [1, 2]}, True),
        ({"grid.0": 1}, False),
        ({"grid.0.1": 2}, True),
        ({"grid.1.1.0": 4}, True),
        ({"grid.0": {"$elemMatch": {"$gt": 1}}}, True),
        ({"grid.0": {"$size": 2}}, True),
        ({"odd.0": "zero"}, True),
        ({"odd.0": {"0": "zero"}}, True),
        ({"odd.1.a": 1}, True),
        ({"odd.00": "zero"}, False),
    ],
)
def test_a_path_through_objects_and_arrays(filter: dict[str, Any], answer: bool) -> None:
    assert parse_filter(filter).predicate()(ORDER) is answer
