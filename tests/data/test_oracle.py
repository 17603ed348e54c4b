"""The evaluator against `mongomock`, an independent reading of MongoDB's rules.

Where the oracle itself departs from MongoDB, `DEVIATIONS` says so: MongoDB's rule, an example in which
the oracle is wrong and we are right, and which random cases the deviation may touch. Everything else must
agree.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from mongomock import OperationFailure
from mongomock.filtering import filter_applies

from cpsl.data.documents import copy_value
from cpsl.data.filters import parse_filter
from cpsl.data.ordering import MISSING
from cpsl.data.paths import path_components, terminals

from .strategies import RANGES, cases, dense_documents, dense_filters

Filter = dict[str, Any]


@dataclass(frozen=True)
class Deviation:
    """A rule the oracle breaks, with an example; `touches` says which (path, operator, operand, document)
    it may.
    """

    name: str
    rule: str
    filter: Filter
    document: dict[str, Any]
    answer: bool
    touches: Callable[[str, str, Any, Any], bool]


def leaves(filter: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every (path, operator, operand) in a filter; plain equality has the operator `=`."""
    for name, operand in filter.items():
        if name in ("$and", "$or", "$nor"):
            for part in operand:
                yield from leaves(part, path)
        elif name == "$not":
            yield from leaves(operand, path)
        elif name.startswith("$"):
            yield path, name, operand
            if name == "$elemMatch":
                yield from leaves(operand, "")
        elif isinstance(operand, dict) and any(each.startswith("$") for each in operand):
            yield from leaves(operand, name)
        else:
            yield name, "=", operand


def inside(value: Any) -> Iterator[Any]:
    """The value and everything in it."""
    yield value
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from inside(item)


def boolean_meets_number(path: str, sign: str, operand: Any, document: Any) -> bool:
    there = [each for each in inside(document) if isinstance(each, (bool, int, float))]
    mine = [each for each in inside(operand) if isinstance(each, (bool, int, float))]
    return any(
        left == right and isinstance(left, bool) is not isinstance(right, bool) for left in there for right in mine
    )


def leads_nowhere(path: str, sign: str, operand: Any, document: Any) -> bool:
    # Under $elemMatch a path is relative, so every object of the document may be where it starts.
    parts = path_components(path)
    starts = [each for each in inside(document) if isinstance(each, dict) and parts[0] in each]
    ends = [[end for end, _ in terminals(start, parts)] for start in starts]
    return len(parts) > 1 and any(not each or MISSING in each for each in ends)


def not_an_array(path: str, sign: str, operand: Any, document: Any) -> bool:
    return sign == "$size" and any(not isinstance(each, list) for each in list(inside(document))[1:])


def array_in_array(path: str, sign: str, operand: Any, document: Any) -> bool:
    indexed = any(part.isdigit() for part in path.split("."))
    nested = any(isinstance(each, list) and any(isinstance(item, list) for item in each) for each in inside(document))
    return nested and (indexed or path == "" or sign == "$elemMatch")


def scalar_element(path: str, sign: str, operand: Any, document: Any) -> bool:
    objects = sign == "$elemMatch" and not any(name.startswith("$") for name in operand)
    return objects and any(
        isinstance(each, list) and not all(isinstance(i, dict) for i in each) for each in inside(document)
    )


DEVIATIONS = [
    Deviation(
        "$all of nothing",
        "$all with an empty array matches no documents",
        {"a": {"$all": []}}, {"a": 1}, False,
        lambda path, sign, operand, document: sign == "$all" and operand == [],
    ),
    Deviation(
        "equality with the empty document",
        "an embedded document is compared as a whole; {} equals only {}, not a missing field",
        {"a": {}}, {}, False,
        lambda path, sign, operand, document: sign == "=" and operand == {},
    ),
    Deviation(
        "$gte and $lte of null",
        "$gte and $lte include equality, and null equals null and missing",
        {"a": {"$gte": None}}, {}, True,
        lambda path, sign, operand, document: sign in ("$gte", "$lte") and operand is None,
    ),
    Deviation(
        "booleans and numbers",
        "booleans and numbers are different types and never equal",
        {"a": {"$eq": 1}}, {"a": True}, False,
        boolean_meets_number,
    ),
    Deviation(
        "a path that leads nowhere",
        "a field inside a scalar does not exist, so null and every negation match it",
        {"a.b": {"$not": {"$gt": 1}}}, {"a": 5}, True,
        leads_nowhere,
    ),
    Deviation(
        "$size of other things than arrays",
        "$size matches only arrays",
        {"a": {"$size": 1}}, {"a": {"b": 1}}, False,
        not_an_array,
    ),
    Deviation(
        "whole arrays in $in and $nin",
        "a value in the list may be an array, which is compared as a whole as well as with the elements",
        {"a": {"$in": [[1, 2]]}}, {"a": [1, 2]}, True,
        lambda path, sign, operand, document: sign in ("$in", "$nin") and list in map(type, operand),
    ),
    Deviation(
        "an array as an element, under $eq and $ne",
        "equality with an array matches that array, and an array that has it as an element",
        {"a": {"$eq": [1]}}, {"a": [[1]]}, True,
        lambda path, sign, operand, document: sign in ("$eq", "$ne") and isinstance(operand, list),
    ),
    Deviation(
        "ranges over whole arrays",
        "arrays compare element by element in BSON order, whatever the types of the elements",
        {"a": {"$lt": [True]}}, {"a": [1, []]}, True,
        lambda path, sign, operand, document: sign in RANGES and isinstance(operand, (list, dict)),
    ),
    Deviation(
        "arrays inside arrays",
        "only the outermost array is looked into: not an element named by index, nor one under $elemMatch",
        {"a.0": {"$gt": 0}}, {"a": [[2]]}, False,
        array_in_array,
    ),
    Deviation(
        "$elemMatch with a filter, on elements that are no objects",
        "such a $elemMatch matches embedded documents only",
        {"a": {"$elemMatch": {"b": {"$ne": 1}}}}, {"a": [5]}, False,
        scalar_element,
    ),
    Deviation(
        "the order of fields",
        "equality of embedded documents includes the order of their fields",
        {"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, False,
        lambda path, sign, operand, document: any(dict is type(e) and len(e) > 1 for e in inside(operand)),
    ),
    Deviation(
        "null in $all",
        "$all is the $and of equalities, and equality with null matches a missing field",
        {"a": {"$all": [None]}}, {}, True,
        lambda path, sign, operand, document: sign == "$all" and None in operand,
    ),
    Deviation(
        "an array in $all",
        "$all is the $and of equalities, and equality with an array matches that array as well as an element",
        {"a": {"$all": [[]]}}, {"a": []}, True,
        lambda path, sign, operand, document: sign == "$all" and list in map(type, operand),
    ),
    Deviation(
        "options under $not",
        "$not takes any operator expression; the oracle does not know $options there",
        {"a": {"$not": {"$regex": "A", "$options": "i"}}}, {"a": "b"}, True,
        lambda path, sign, operand, document: sign == "$options",
    ),
    Deviation(
        "the type null",
        "$type takes every BSON type; the oracle does not implement null",
        {"a": {"$type": "null"}}, {"a": None}, True,
        lambda path, sign, operand, document: sign == "$type" and operand == "null",
    ),
]  # fmt: skip


def oracle(filter: Filter, document: dict[str, Any]) -> bool:
    return bool(filter_applies(copy_value(filter), copy_value(document)))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("case", DEVIATIONS, ids=lambda case: case.name)
def test_we_follow_the_documented_rule_where_the_oracle_does_not(case: Deviation) -> None:
    assert parse_filter(case.filter).predicate()(case.document) is case.answer
    assert any(case.touches(*leaf, case.document) for leaf in leaves(case.filter))
    with suppress(NotImplementedError, OperationFailure):
        assert oracle(case.filter, case.document) is not case.answer, "the oracle was mended: drop this row"


@given(dense_filters, dense_documents)
@cases(3000)
def test_the_evaluator_agrees_with_the_oracle_everywhere_else(filter: Filter, document: dict[str, Any]) -> None:
    if not any(case.touches(*leaf, document) for case in DEVIATIONS for leaf in leaves(filter)):
        assert parse_filter(filter).predicate()(document) is oracle(filter, document)
