"""Mongo filters as trees, and the sentences for filters that mean nothing (behaviour.md §13.3)."""

import datetime
from typing import Any

import pytest

from cpsl.data.filters import OPERATORS, parse_filter, takes_long
from cpsl.data.query_errors import FilterError
from cpsl.data.tree import And, Compare, ElemMatch, Exists, In, Node, Not, Or, Regex, Size, TypeIs

HEX = "507f1f77bcf86cd799439011"
A = ("a",)


@pytest.mark.parametrize(
    ("filter", "tree"),
    [
        (None, And()),
        ({}, And()),
        ({"a": 1}, Compare(A, "eq", 1)),
        ({"a": {"b": 1}}, Compare(A, "eq", {"b": 1})),
        ({"a": {}}, Compare(A, "eq", {})),
        ({"a.b.0": None}, Compare(("a", "b", "0"), "eq", None)),
        ({"a": (1, 2)}, Compare(A, "eq", [1, 2])),
        ({"a": 1, "b": 2}, And((Compare(A, "eq", 1), Compare(("b",), "eq", 2)))),
        ({"a": {"$eq": 1}}, Compare(A, "eq", 1)),
        ({"a": {"$ne": 1}}, Not(Compare(A, "eq", 1))),
        ({"a": {"$gt": 1, "$lte": 5}}, And((Compare(A, "gt", 1), Compare(A, "lte", 5)))),
        ({"a": {"$in": [1, None]}}, In(A, (1, None))),
        ({"a": {"$nin": []}}, Not(In(A, ()))),
        ({"a": {"$regex": "^x", "$options": "mi"}}, Regex(A, "^x", "im")),
        ({"a": {"$regex": "x", "$options": "u"}}, Regex(A, "x", "")),
        ({"a": {"$exists": True}}, Exists(A)),
        ({"a": {"$exists": 0}}, Not(Exists(A))),
        ({"a": {"$not": {"$gt": 1}}}, Not(Compare(A, "gt", 1))),
        ({"a": {"$all": [1, 2]}}, And((Compare(A, "eq", 1), Compare(A, "eq", 2)))),
        ({"a": {"$all": []}}, Or()),
        ({"a": {"$all": [{"$elemMatch": {"b": 1}}]}}, And((ElemMatch(A, Compare(("b",), "eq", 1), False),))),
        ({"a": {"$size": 2.0}}, Size(A, 2)),
        ({"a": {"$elemMatch": {"$gt": 1}}}, ElemMatch(A, Compare((), "gt", 1), True)),
        ({"a": {"$elemMatch": {"b": 1}}}, ElemMatch(A, Compare(("b",), "eq", 1), False)),
        ({"a": {"$type": "string"}}, TypeIs(A, ("string",))),
        ({"a": {"$type": [16, "null"]}}, TypeIs(A, ("int", "null"))),
        ({"$or": [{"a": 1}, {}]}, Or((Compare(A, "eq", 1), And()))),
        ({"$nor": [{"a": 1}]}, Not(Or((Compare(A, "eq", 1),)))),
        ({"_id": {"$oid": HEX}}, Compare(("_id",), "eq", HEX)),
        ({"_id": f'ObjectID("{HEX}")'}, Compare(("_id",), "eq", HEX)),
        ({"_id": {"$in": [{"$oid": HEX}]}}, In(("_id",), (HEX,))),
        ({"_id": {"$ne": {"$oid": HEX}}}, Not(Compare(("_id",), "eq", HEX))),
    ],
)
def test_a_filter_becomes_this_tree(filter: Any, tree: Node) -> None:
    assert parse_filter(filter) == tree


@pytest.mark.parametrize(
    ("filter", "sentence"),
    [
        (
            {"a": {"$gtt": 1}},
            r"unknown filter operator '\$gtt' \(did you mean '\$gt'\?\); known: \$all, .*\$type",
        ),
        ({"$gt": 1}, r"\$gt needs a field"),
        ({"a": {"$gt": 1, "b": 2}}, r"mixed: \$gt, b"),
        ({"a": {"$or": [{"b": 1}]}}, r"\$or stands beside fields"),
        ({"$or": []}, "at least one"),
        ({"$and": {"a": 1}}, "list of filters"),
        ({"$nor": [1]}, "list of filters"),
        ({"a": {"$in": "x"}}, r"\$in needs a list, not 'x'"),
        ({"a": {"$in": [{"$gt": 1}]}}, r"not the operator \$gt"),
        ({"a": {"$gt": {"$gt": 1}}}, r"not the operator \$gt"),
        ({"a": {"$all": 1}}, r"\$all needs a list"),
        ({"a": {"$regex": "("}}, "is not a pattern: a \\( without"),
        ({"a": {"$regex": 1}}, "are text"),
        ({"a": {"$regex": "x", "$options": "q"}}, "known: i, m, s, x"),
        ({"a": {"$options": "i"}}, r"\$options needs a \$regex"),
        ({"a": {"$not": 5}}, r"\$not needs a dict of operators"),
        ({"a": {"$not": {}}}, r"\$not needs a dict of operators"),
        ({"a": {"$all": [1, {"$elemMatch": {"b": 1}}]}}, "values, or an \\$elemMatch in every place, not both"),
        ({"a": {"$all": [{"$elemMatch": {"b": 1}}, {"c": 1}]}}, "not both"),
        ({"a": {"$all": [{"$gt": 1}]}}, "a value is needed, not the operator"),
        ({"a": {"$in": [{"$regex": "x"}]}}, r"a value is needed, not the operator \$regex"),
        ({"a": {"$nin": [1, {"$gt": 1}]}}, "a value is needed"),
        ({"a": {"$mod": [2, 0]}}, r"unknown filter operator '\$mod'.*; known: \$all, \$and, \$elemMatch, \$eq"),
        ({"a": {"$bitsAllSet": 1}}, r"unknown filter operator '\$bitsAllSet'.*known: .*\$type"),
        ({"$where": "1"}, r"unknown filter operator '\$where'"),
        ({"$expr": {}}, r"unknown filter operator '\$expr'"),
        ({"a": {"$elemMatch": {"$mod": [2, 0]}}}, r"unknown filter operator '\$mod'"),
        ({"a": {"$not": {"$geoWithin": 1}}}, r"unknown filter operator '\$geoWithin'"),
        ({"a": {"$not": 1}}, r"\$not needs a dict of operators"),
        ({"a": {"$size": -1}}, "at least 0"),
        ({"a": {"$size": True}}, "whole number"),
        ({"a": {"$size": 1.5}}, "whole number"),
        ({"a": {"$elemMatch": [1]}}, "needs a dict"),
        ({"a": {"$type": "strin"}}, "did you mean 'string'"),
        ({"a": {"$type": 99}}, r"unknown \$type '99'"),
        ({"a": {"$type": []}}, "at least one type"),
    ],
)
def test_a_filter_without_meaning_gets_a_sentence(filter: Any, sentence: str) -> None:
    with pytest.raises(FilterError, match=sentence):
        parse_filter(filter)


def test_every_operator_of_the_binding_list_is_known() -> None:
    binding = "$eq $ne $gt $gte $lt $lte $in $nin $regex $options $exists $not $all $size $elemMatch $type"
    assert set(binding.split()) == set(OPERATORS)


def test_an_unserialisable_value_is_a_type_error_that_names_the_place() -> None:
    with pytest.raises(TypeError, match=r"filter value at 'a\.\$gt' is a datetime"):
        parse_filter({"a": {"$gt": datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)}})


def test_a_filter_is_a_mapping() -> None:
    with pytest.raises(TypeError, match="a filter is a dict, not str"):
        parse_filter("a=1")  # type: ignore[arg-type]


def test_id_is_a_field_of_its_own_unless_translated() -> None:
    assert parse_filter({"id": HEX}) == Compare(("id",), "eq", HEX)
    assert parse_filter({"$or": [{"id": {"$oid": HEX}}]}, id_alias=True) == Or((Compare(("_id",), "eq", HEX),))


def test_id_inside_an_element_is_never_translated() -> None:
    tree = parse_filter({"a": {"$elemMatch": {"id": 1}}}, id_alias=True)
    assert tree == ElemMatch(A, Compare(("id",), "eq", 1), False)


def test_the_tree_does_not_share_values_with_the_filter() -> None:
    operand = {"b": [1]}
    tree = parse_filter({"a": operand})
    operand["b"].append(2)
    assert tree == Compare(A, "eq", {"b": [1]})


def test_a_path_is_no_longer_than_documents_are_deep() -> None:
    assert parse_filter({".".join("a" * 100): 1}) == Compare(("a",) * 100, "eq", 1)
    with pytest.raises(ValueError, match=r"the path 'a\.a\.a.*…' has 2,000 parts"):
        parse_filter({".".join("a" * 2000): 1})


def test_many_equalities_of_one_field_are_a_list_of_values() -> None:
    values = tuple(range(30))
    either = [{"a": each} for each in values]
    assert parse_filter({"$or": either}) == In(("a",), values)
    assert parse_filter({"$nor": either}) == Not(In(("a",), values))
    assert parse_filter({"$or": [{"b": 1}, *either, {"a": {"$gt": 9}}]}) == Or(
        (In(("a",), values), Compare(("b",), "eq", 1), Compare(("a",), "gt", 9))
    )
    assert parse_filter({"$and": [{"a": {"$ne": each}} for each in values]}) == And((Not(In(("a",), values)),))
    assert parse_filter({"$and": [{"b": {"$gt": 1}}, *({"a": {"$ne": each}} for each in values)]}) == And(
        (Not(In(("a",), values)), Compare(("b",), "gt", 1))
    )


@pytest.mark.parametrize(
    ("filter", "long"),
    [
        (None, False),
        ({"a": 1, "b": {"$in": list(range(400))}}, False),
        ({"a": {"$in": list(range(501))}}, True),
        ({"$or": [{"a": each} for each in range(300)]}, True),
        ({"a": {"$regex": "ada$"}}, False),
        ({"a": {"$not": {"$regex": "a+b"}}}, True),
        ({"a": {"$regex": "("}}, False),
        (7, False),
    ],
)
def test_what_takes_long(filter: Any, long: bool) -> None:
    assert takes_long(filter) is long
