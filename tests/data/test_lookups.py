"""Keyword lookups as Mongo filters (behaviour.md §13.3)."""

from typing import Any

import pytest

from cpsl.data.lookups import compile_lookups

HEX = "507f1f77bcf86cd799439011"


@pytest.mark.parametrize(
    ("lookups", "filter"),
    [
        ({}, {}),
        ({"a": 1}, {"a": 1}),
        ({"a__exact": None}, {"a": None}),
        ({"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a__ne": 3}, {"a": {"$ne": 3}}),
        ({"a__gt": 2, "a__lte": 5}, {"a": {"$gt": 2, "$lte": 5}}),
        ({"a__gte": 2, "b__lt": 5}, {"a": {"$gte": 2}, "b": {"$lt": 5}}),
        ({"a__in": (1, 2)}, {"a": {"$in": [1, 2]}}),
        ({"a__nin": []}, {"a": {"$nin": []}}),
        ({"a__contains": "x.y"}, {"a": {"$regex": "x\\.y", "$options": "i"}}),
        ({"a__startswith": "p"}, {"a": {"$regex": "^p", "$options": "i"}}),
        ({"a__endswith": "s"}, {"a": {"$regex": "s$", "$options": "i"}}),
        ({"id": "x"}, {"_id": "x"}),
        ({"_id": "x"}, {"_id": "x"}),
        ({"id__in": [{"$oid": HEX}]}, {"_id": {"$in": [HEX]}}),
        ({"_id__ne": f'ObjectID("{HEX}")'}, {"_id": {"$ne": HEX}}),
        ({"a": 1, "a__gt": 0}, {"a": {"$eq": 1, "$gt": 0}}),
        ({"a": 1, "a__exact": 2}, {"a": 1, "$and": [{"a": 2}]}),
        (
            {"a__startswith": "x", "a__endswith": "y"},
            {"a": {"$regex": "^x", "$options": "i"}, "$and": [{"a": {"$regex": "y$", "$options": "i"}}]},
        ),
    ],
)
def test_lookups_become_this_filter(lookups: dict[str, Any], filter: dict[str, Any]) -> None:
    assert compile_lookups(lookups) == filter


def test_the_probe_of_the_hosted_surface_gives_the_same() -> None:
    lookups: dict[str, Any] = {"a": 1, "b__gt": 2, "c__in": [1], "d__ne": 3, "e__contains": "x.y"}
    lookups |= {"f__startswith": "p", "g__endswith": "s"}
    assert compile_lookups(lookups) == {
        "a": 1,
        "b": {"$gt": 2},
        "c": {"$in": [1]},
        "d": {"$ne": 3},
        "e": {"$regex": "x\\.y", "$options": "i"},
        "f": {"$regex": "^p", "$options": "i"},
        "g": {"$regex": "s$", "$options": "i"},
    }


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a__foo", "unknown lookup on 'a': 'foo'"),
        ("a__gtt", "did you mean 'gt'"),
        ("a__", "unknown lookup on 'a': ''"),
        ("a__b__gt", "one '__' only"),
        ("_user_id", "reserved"),
        ("_x__gt", "reserved"),
        ("__gt", "reserved"),
        ("_idx", "reserved"),
        ("_id__foo", "unknown lookup on 'id'"),
        ("", "reserved"),
    ],
)
def test_a_lookup_without_meaning_is_a_value_error(name: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        compile_lookups({name: 1})


def test_a_list_lookup_needs_a_list() -> None:
    with pytest.raises(ValueError, match="'a__in' needs a list, not 'xy'"):
        compile_lookups({"a__in": "xy"})


def test_a_text_lookup_needs_text() -> None:
    with pytest.raises(TypeError, match="'a__contains' needs text, not 5"):
        compile_lookups({"a__contains": 5})
