"""MongoDB's documented rules for filters, one by one; `mongomock` beside them where it reads the rule the same."""

from collections.abc import Callable
from typing import Any

import pytest
from mongomock import OperationFailure
from mongomock.filtering import filter_applies

from cpsl.data.filters import parse_filter

mongomock_applies: Callable[[Any, Any], bool] = filter_applies  # it has no types

A, DIFFERS = "agrees", "differs"

TABLE: list[tuple[Any, list[Any], list[Any], str]] = [
    # filter; values of `a` that match; values that do not; whether mongomock agrees with all of them
    # Ranges stay within one type.
    ({"a": {"$gt": 1}}, [2, 1.5, [0, 2]], [1, "2", None, True, {"b": 2}, [], [[2]]], A),
    ({"a": {"$lt": "b"}}, ["a", "", ["z", "a"]], ["b", 1, None, False], A),
    ({"a": {"$gte": False}}, [False, True], [0, 1, None, "x"], A),
    ({"a": {"$gt": [1, 2]}}, [[1, 3], [2], [[1, 3]]], [[1, 2], [1], 3], A),
    ({"a": {"$lt": {"b": 2}}}, [{"b": 1}, {}], [{"b": 2}, 1, None], A),
    ({"a": {"$gte": None}}, [None], [0, "", []], A),
    ({"a": {"$gt": None}}, [], [None, 0, ""], A),
    # Null and missing.
    ({"a": None}, [None, [None]], [0, "", [], {}, False], A),
    ({"b": None}, [None, 1, {"b": 1}], [], A),
    ({"a.b": None}, [{"b": None}, {}, 1, None, [{"c": 1}]], [{"b": 1}, [{"b": 1}]], DIFFERS),
    ({"a": {"$ne": None}}, [0, [], "x"], [None, [None]], A),
    ({"a": {"$exists": True}}, [None, 0, []], [], A),
    ({"a.b": {"$exists": False}}, [1, {}, [], [{"c": 1}]], [{"b": None}, [{"b": 1}]], A),
    # Arrays, and arrays in arrays.
    ({"a": [1, 2]}, [[1, 2], [[1, 2]]], [[2, 1], 1, [1, 2, 3]], A),
    ({"a": 1}, [1, 1.0, [3, 1]], [[[1]], True, "1"], DIFFERS),
    ({"a": []}, [[], [[]]], [[1], None], A),
    ({"a.0": 1}, [[1, 2], {"0": 1}, [{"0": 1}]], [[2, 1], 1], DIFFERS),
    ({"a.b": 1}, [{"b": 1}, [{"b": 1}], [{"b": [1]}]], [[[{"b": 1}]], 1], A),
    ({"a.0.b": 1}, [[{"b": 1}], [[{"b": 1}]]], [[{"c": 1}, {"b": 1}]], A),
    # $elemMatch on scalars and on objects.
    ({"a": {"$elemMatch": {"$gt": 1, "$lt": 3}}}, [[2], [0, 2]], [[0, 4], 2, []], A),
    ({"a": {"$elemMatch": {"b": 1, "c": 2}}}, [[{"b": 1, "c": 2}]], [[{"b": 1}, {"c": 2}], {"b": 1, "c": 2}], A),
    ({"a": {"$elemMatch": {"$in": [1]}}}, [[1]], [1, [[1]]], DIFFERS),
    ({"a": {"$elemMatch": {"$not": {"$gt": 1}}}}, [[1], [2, "x"]], [[2], [], 1], DIFFERS),
    # $type by name and number, of arrays and of their elements.
    ({"a": {"$type": "number"}}, [1, 1.5, [1]], ["1", True, None], A),
    ({"a": {"$type": 16}}, [1, 2**31 - 1], [2**31, 1.5], DIFFERS),
    ({"a": {"$type": 18}}, [2**31], [1], DIFFERS),
    ({"a": {"$type": 1}}, [1.0, 1.5], [1], DIFFERS),
    ({"a": {"$type": 2}}, ["x", ["x"]], [1], DIFFERS),
    ({"a": {"$type": 3}}, [{}, [{}]], [[], 1], DIFFERS),
    ({"a": {"$type": 4}}, [[], [1]], [1], DIFFERS),
    ({"a": {"$type": 8}}, [True], [1], DIFFERS),
    ({"a": {"$type": 10}}, [None], [0], DIFFERS),
    ({"a": {"$type": ["string", 8]}}, ["x", False], [1], DIFFERS),
    # $size, $all, $in.
    ({"a": {"$size": 2}}, [[1, [2]]], [[1], 2, "ab", {"b": 1, "c": 2}], DIFFERS),
    ({"a": {"$size": 2.0}}, [[1, 2]], [[1]], A),
    ({"a": {"$all": [1, 2]}}, [[2, 1, 3]], [[1], 1, [[1, 2]]], A),
    ({"a": {"$all": [[1, 2]]}}, [[1, 2], [[1, 2]]], [[2, 1]], DIFFERS),
    ({"a": {"$all": [1]}}, [1, [1]], [2], A),
    ({"a": {"$all": []}}, [], [[], 1], DIFFERS),
    ({"a": {"$all": [{"$elemMatch": {"b": 1}}, {"$elemMatch": {"b": 2}}]}}, [[{"b": 1}, {"b": 2}]], [[{"b": 1}]], A),
    ({"a": {"$in": [None, 1]}}, [None, 1, [1]], [2, "1"], A),
    ({"a": {"$nin": [1, None]}}, [2, []], [1, [1, 2], None], A),
    ({"a": {"$in": []}}, [], [None, 1], A),
    # Patterns and their negation.
    ({"a": {"$not": {"$regex": "^x"}}}, ["y", 1, None, ["y"]], ["x", ["y", "x"]], A),
    ({"a": {"$regex": "^x", "$options": "i"}}, ["X", ["y", "xy"]], ["yx", 1], A),
    ({"a": {"$regex": "b\\Z"}}, ["b", "b\n"], ["bc"], DIFFERS),
    ({"a": {"$regex": "^[[:alpha:]]+$"}}, ["ab"], ["a1", "é", ":"], DIFFERS),
    # Logic over fields that are not there.
    ({"$nor": [{"b": 1}]}, [1, None], [], A),
    ({"a": {"$not": {"$gt": 1}}}, [1, "x", None], [2, [0, 2]], A),
]


def mongomock_reads(filter: Any, matching: list[Any], other: list[Any]) -> bool:
    try:
        return [value for value in matching + other if mongomock_applies(filter, {"a": value})] == matching
    except (NotImplementedError, OperationFailure, TypeError, FutureWarning):
        return False


@pytest.mark.parametrize(("filter", "matching", "other", "oracle"), TABLE)
def test_a_filter_matches_these_values(filter: Any, matching: list[Any], other: list[Any], oracle: str) -> None:
    node = parse_filter(filter)
    assert [value for value in matching + other if node.predicate()({"a": value})] == matching
    assert mongomock_reads(filter, matching, other) is (oracle == A)
