"""Sort specifications, and MongoDB's order across types."""

import random
from typing import Any

import pytest

from cpsl.data.ordering import equal_values, key
from cpsl.data.query_errors import FilterError
from cpsl.data.sort import SortKey, checked_count, parse_sort, sort_documents

X, Y = SortKey(("x",)), SortKey(("y",))
X_DOWN = SortKey(("x",), True)


@pytest.mark.parametrize(
    ("spec", "keys"),
    [
        (None, ()),
        ({}, ()),
        ("", ()),
        ([], ()),
        ({"x": -1, "y": 1}, (X_DOWN, Y)),
        ([("x", -1), ("y", 1)], (X_DOWN, Y)),
        ([["x", -1]], (X_DOWN,)),
        (("x", -1), (X_DOWN,)),
        (["-x", "y"], (X_DOWN, Y)),
        (["x", "y"], (X, Y)),
        ("x", (X,)),
        ("+x", (X,)),
        ("-x", (X_DOWN,)),
        ("-x, y", (X_DOWN, Y)),
        ("a.b", (SortKey(("a", "b")),)),
        ({"id": 1}, (SortKey(("id",)),)),
    ],
)
def test_a_specification_becomes_these_levels(spec: Any, keys: tuple[SortKey, ...]) -> None:
    assert parse_sort(spec) == keys


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"x": 0}, "1 or -1, not 0"),
        ({"x": True}, "1 or -1, not True"),
        ({"x": "asc"}, "1 or -1, not 'asc'"),
        ({"": 1}, "name of a field"),
        ("-", "name of a field"),
        ({"$x": 1}, "name of a field"),
        ([5], "a name or a pair"),
        (["x", "-x"], "names a field twice"),
    ],
)
def test_a_specification_without_meaning_gets_a_sentence(spec: Any, sentence: str) -> None:
    with pytest.raises(FilterError, match=sentence):
        parse_sort(spec)


def test_a_sort_is_no_longer_than_sql_can_say() -> None:
    assert len(parse_sort([f"f{number}" for number in range(32)])) == 32
    with pytest.raises(FilterError, match="a sort has at most 32 fields, not 1,000"):
        parse_sort([f"f{number}" for number in range(1000)])


def test_id_is_translated_when_asked() -> None:
    assert parse_sort("-id", id_alias=True) == (SortKey(("_id",), True),)


NUMBERS = [-1, 0.5, 1, 2**53, 2**53 + 1]
RISING = [None, *NUMBERS, "", "A", "a", "é", {}, {"a": 1}, {"a": "x"}, [], [1], [1, 2], [2], False, True]


def test_values_of_all_types_have_one_order() -> None:
    shuffled = random.Random(1).sample(RISING, len(RISING))
    assert sorted(shuffled, key=key) == RISING
    assert [type(value) for value in sorted(shuffled, key=key)] == [type(value) for value in RISING]


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        ([1, {"a": 0}], [1.0, {"a": 0.0}], True),
        ([0], [False], False),
        (None, 0, False),
    ],
)
def test_equality_is_of_value_and_kind(left: Any, right: Any, same: bool) -> None:
    assert equal_values(left, right) is same


def ids(documents: Any, spec: Any) -> list[Any]:
    return [document["n"] for document in sort_documents(documents, parse_sort(spec))]


def test_missing_sorts_as_null_and_first() -> None:
    assert ids([{"n": 1, "x": 0}, {"n": 2}, {"n": 3, "x": None}], "x") == [2, 3, 1]


def test_an_array_sorts_by_its_least_element_or_its_greatest() -> None:
    documents = [{"n": 1, "x": [5, 1]}, {"n": 2, "x": 3}, {"n": 3, "x": [2, 4]}, {"n": 4, "x": []}, {"n": 5}]
    assert ids(documents, "x") == [4, 5, 1, 3, 2]
    assert ids(documents, "-x") == [1, 3, 2, 5, 4]


def test_a_path_through_an_array_sorts_by_all_its_values() -> None:
    documents = [{"n": 1, "a": [{"b": 5}, {"b": 2}]}, {"n": 2, "a": {"b": 3}}, {"n": 3, "a": 7}]
    assert ids(documents, "a.b") == [3, 1, 2]
    assert ids(documents, "-a.b") == [1, 2, 3]


def test_ties_keep_their_order_or_reverse_it_with_the_first_level() -> None:
    documents = [{"n": n, "x": n % 2} for n in range(4)]
    assert ids(documents, "x") == [0, 2, 1, 3]
    assert ids(documents, "-x") == [3, 1, 2, 0]
    assert ids(documents, None) == [0, 1, 2, 3]


def nested(*values: Any) -> list[dict[str, Any]]:
    return [{"n": number, "a": value} for number, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "spec", "order"),
    [
        # An index names one element.
        ([[{"p": 3}, {"p": 0}], [{"p": 1}], [{"p": 2}, {"p": 9}]], "a.0.p", [1, 2, 0]),
        ([[{"p": 3}, {"p": 0}], [{"p": 1}], [{"p": 2}, {"p": 9}]], "-a.0.p", [0, 2, 1]),
        ([[3, 0], [1], [2, 9]], "a.0", [1, 2, 0]),
        ([[3, 0], [1], [2, 9]], "a.1", [1, 0, 2]),
        # As a field it is searched in the elements where the array is too short.
        ([[{"7": 2}], [{"7": 1}]], "a.7", [1, 0]),
        # An array at the index is compared as a whole.
        ([[[2, 0]], [[1, 9]], [[1]]], "a.0", [2, 1, 0]),
        ([[[{"p": 2}]], [[{"p": 1}]]], "a.0.p", [1, 0]),
        # Elements without the field count as null, and so does an empty array on the way.
        ([[{"b": 1}], [5, {"b": 3}], [{"b": 0}]], "a.b", [1, 2, 0]),
        ([[{"b": 1}], [], [{"b": None}], {}], "a.b", [1, 2, 3, 0]),
        ([[{"b": 1}], [], [{"b": []}], {}], "a.b", [2, 1, 3, 0]),
        # Two levels of one array look at one element.
        ([[{"p": 1, "q": 9}, {"p": 2, "q": 0}], [{"p": 1, "q": 5}]], [("a.p", 1), ("a.q", 1)], [1, 0]),
        ([[{"p": 1, "q": 9}, {"p": 2, "q": 0}], [{"p": 2, "q": 5}]], [("a.p", -1), ("a.q", 1)], [0, 1]),
        ([[{"p": 1, "q": 9}, {"p": 1, "q": 0}], [{"p": 1, "q": 5}]], [("a.p", 1), ("a.q", -1)], [0, 1]),
        ([{"p": [1, 2], "q": [5, 0]}, {"p": [1], "q": [0, 9]}, {"p": 0, "q": 1}], [("a.p", 1), ("a.q", -1)], [2, 1, 0]),
    ],
)
def test_paths_through_arrays_sort_as_in_mongodb(values: list[Any], spec: Any, order: list[int]) -> None:
    assert ids(nested(*values), spec) == order


def test_many_elements_of_many_arrays_are_not_multiplied() -> None:
    document = {name: list(range(200)) for name in "abcdef"}
    assert sort_documents([document], parse_sort([(name, 1) for name in document])) == [document]


@pytest.mark.parametrize("field", ["a..b", ".a", "a.", "."])
def test_a_part_without_a_name_is_refused(field: str) -> None:
    with pytest.raises(FilterError, match="part without a name"):
        parse_sort({field: 1})


@pytest.mark.parametrize("spec", [5, 0, 1.5, True, {"a"}, object()])
def test_a_sort_that_is_none_gets_a_sentence(spec: Any) -> None:
    with pytest.raises(FilterError, match="a sort is the name of a field, a list of them or"):
        parse_sort(spec)


@pytest.mark.parametrize("value", [-1, 1.5, "3", None, True, 2**62 + 1, 10**40, -(10**40)])
def test_a_limit_that_is_none_gets_a_sentence(value: Any) -> None:
    with pytest.raises(FilterError, match=rf"^limit is a whole number from 0 to {2**62}, not "):
        checked_count(value, "limit")
    assert [checked_count(count, "limit") for count in (0, 3, 2.0, 2**62)] == [0, 3, 2, 2**62]
