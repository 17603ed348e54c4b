"""Updates: normal form, effects and refusals, by table (behaviour.md §13.3)."""

from typing import Any

import pytest

from cpsl.data.filters import parse_filter
from cpsl.data.query_errors import UpdateError
from cpsl.data.scope import Scope
from cpsl.data.update_operators import OPERATORS
from cpsl.data.updates import apply_update, normalize_update, upsert_document

NOW = "2026-01-01T00:00:00.000Z"


def updated(document: dict[str, Any], update: dict[str, Any], **options: Any) -> dict[str, Any]:
    return apply_update(document, normalize_update(update), now=NOW, **options)


def test_a_plain_dict_is_a_patch() -> None:
    assert normalize_update({"a": 1, "b": (2,)}) == {"$set": {"a": 1, "b": [2]}}


def test_operators_pass() -> None:
    update = {"$inc": {"a": 1}, "$set": {"b": 2}}
    assert normalize_update(update) == update


def test_every_operator_of_the_binding_list_is_known() -> None:
    binding = "$set $inc $unset $push $pull $addToSet $mul $min $max $rename $pop $setOnInsert $currentDate"
    assert set(binding.split()) == set(OPERATORS)


@pytest.mark.parametrize(
    ("update", "sentence"),
    [
        ({}, "at least one field or operator"),
        ({"a": 1, "$inc": {"b": 1}}, "either fields or operators, not both: a, \\$inc"),
        (
            {"$incr": {"a": 1}},
            r"unknown update operator '\$incr' \(did you mean '\$inc'\?\); known: \$addToSet",
        ),
        ({"$set": 5}, r"\$set needs a dict of fields"),
        ({"$set": {"a": 1}, "$inc": {"a": 1}}, "'a' twice is a conflict"),
        ({"$set": {"a": 1}, "$inc": {"a.b": 1}}, "setting 'a.b' conflicts with setting 'a'"),
        ({"$rename": {"a": "b"}, "$set": {"b": 1}}, "'b' twice is a conflict"),
        ({"$rename": {"a": "a"}}, "'a' twice is a conflict"),
        ({"a": 1, "a.b": 2}, "setting 'a.b' conflicts with setting 'a'"),
        ({"": 1}, "empty field name"),
        ({"a..b": 1}, "empty field name"),
        ({"$set": {"a.$.b": 1}}, "positional operators are not supported"),
        ({"$set": {"a.$[].b": 1}}, "positional operators are not supported"),
        ({"$inc": {"a": "1"}}, r"\$inc of 'a' needs a number, not '1'"),
        ({"$mul": {"a": True}}, "needs a number, not True"),
        ({"$pop": {"a": 2}}, "needs 1 \\(last\\) or -1 \\(first\\), not 2"),
        ({"$rename": {"a": 5}}, "needs the new name, not 5"),
        ({"$rename": {"a": "b."}}, "empty field name"),
        ({"$currentDate": {"a": False}}, r"\$currentDate of 'a' needs true"),
        ({"$push": {"a": {"$each": 5}}}, "needs a list in \\$each"),
        ({"$push": {"a": {"$slice": 5}}}, "needs a list in \\$each"),
        ({"$push": {"a": {"$eech": []}}}, r"unknown \$push modifier '\$eech' \(did you mean '\$each'\?\)"),
        ({"$push": {"a": {"$each": [], "$slice": "x"}}}, r"\$slice of 'a' needs a whole number"),
        ({"$push": {"a": {"$each": [], "$sort": 2}}}, r"\$sort needs 1, -1 or a dict"),
        ({"$addToSet": {"a": {"$each": [], "$slice": 1}}}, r"unknown \$addToSet modifier '\$slice'"),
        ({"$pull": {"a": {"$gtt": 1}}}, r"unknown filter operator '\$gtt'"),
    ],
)
def test_a_malformed_update_gets_a_sentence(update: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        normalize_update(update)


def test_an_unserialisable_value_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"update value at '\$set\.a' is a set"):
        normalize_update({"$set": {"a": {1}}})
    with pytest.raises(TypeError, match="an update is a dict, not list"):
        normalize_update([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        ({"a": 1}, {"b.c": 2}, {"a": 1, "b": {"c": 2}}),
        ({"a": {"b": 1}}, {"a.c": 2}, {"a": {"b": 1, "c": 2}}),
        ({"a": [1]}, {"$set": {"a.3": 2}}, {"a": [1, None, None, 2]}),
        ({"a": [{"b": 1}]}, {"$set": {"a.0.b": 2}}, {"a": [{"b": 2}]}),
        ({}, {"$set": {"a.0": 1}}, {"a": {"0": 1}}),
        ({"a": 1, "b": 2}, {"$unset": {"a": "", "x": "", "b.c": ""}}, {"b": 2}),
        ({"a": [1, 2]}, {"$unset": {"a.0": ""}}, {"a": [None, 2]}),
        ({"a": [1]}, {"$unset": {"a.5": "", "a.x": ""}}, {"a": [1]}),
        ({"a": 1}, {"$inc": {"a": 2, "b": -1}}, {"a": 3, "b": -1}),
        ({"a": 1}, {"$inc": {"a": 0.5}}, {"a": 1.5}),
        ({"a": 3}, {"$mul": {"a": 2, "b": 5}}, {"a": 6, "b": 0}),
        ({"a": 3}, {"$min": {"a": 2, "b": 1}}, {"a": 2, "b": 1}),
        ({"a": 3}, {"$max": {"a": 2}}, {"a": 3}),
        ({"a": 3}, {"$max": {"a": "x"}}, {"a": "x"}),
        ({"a": 3}, {"$min": {"a": None}}, {"a": None}),
        ({"a": 1}, {"$rename": {"a": "b.c", "x": "y"}}, {"b": {"c": 1}}),
        ({"a": 1, "b": 2}, {"$rename": {"a": "b"}}, {"b": 1}),
        ({}, {"$push": {"a": 1}}, {"a": [1]}),
        ({"a": [1]}, {"$push": {"a": [2]}}, {"a": [1, [2]]}),
        ({"a": [1]}, {"$push": {"a": {"b": 2}}}, {"a": [1, {"b": 2}]}),
        ({"a": [1]}, {"$push": {"a": {"$each": [2, 3], "$position": 0}}}, {"a": [2, 3, 1]}),
        ({"a": [3]}, {"$push": {"a": {"$each": [1, 2], "$sort": -1, "$slice": 2}}}, {"a": [3, 2]}),
        ({"a": [3]}, {"$push": {"a": {"$each": [1, 2], "$slice": -2}}}, {"a": [1, 2]}),
        ({"a": [1]}, {"$push": {"a": {"$each": [], "$slice": 0}}}, {"a": []}),
        (
            {"a": [{"x": 2}, 5]},
            {"$push": {"a": {"$each": [{"x": 1}], "$sort": {"x": 1}}}},
            {"a": [5, {"x": 1}, {"x": 2}]},
        ),
        ({"a": [1]}, {"$addToSet": {"a": 1.0}}, {"a": [1]}),
        ({"a": [1]}, {"$addToSet": {"a": True}}, {"a": [1, True]}),
        ({"a": [1, 1]}, {"$addToSet": {"a": {"$each": [1, 2, 2]}}}, {"a": [1, 1, 2]}),
        ({"a": [1, 5, "x", [7]]}, {"$pull": {"a": {"$gte": 5}}}, {"a": [1, "x"]}),
        ({"a": [1, 2, 1, True]}, {"$pull": {"a": 1}}, {"a": [2, True]}),
        ({"a": [[1], [1, 2], 1]}, {"$pull": {"a": [1]}}, {"a": [[1, 2], 1]}),
        ({"a": [{"x": 1, "y": 2}, {"x": 2}, 1]}, {"$pull": {"a": {"x": 1}}}, {"a": [{"x": 2}, 1]}),
        ({"a": [{"x": 1}, {"x": 5}]}, {"$pull": {"a": {"x": {"$gt": 2}}}}, {"a": [{"x": 1}]}),
        (
            {"a": [{"x": 1}, {"y": 1}, {"z": 1}]},
            {"$pull": {"a": {"$or": [{"x": 1}, {"y": 1}]}}},
            {"a": [{"z": 1}]},
        ),
        ({"a": 1}, {"$pull": {"x": 1}}, {"a": 1}),
        ({"a": [1, 2, 3]}, {"$pop": {"a": 1}}, {"a": [1, 2]}),
        ({"a": [1, 2, 3]}, {"$pop": {"a": -1, "x": 1}}, {"a": [2, 3]}),
        ({"a": {}}, {"$pop": {"a.b.c": 1}, "$pull": {"x.y": 1}}, {"a": {}}),
        ({"a": [[1, 2]]}, {"$pop": {"a.0": 1, "a.7": 1}}, {"a": [[1]]}),
        ({"a": [{"b": [1, 2]}]}, {"$pull": {"a.0.b": 2, "a.3.b": 1}}, {"a": [{"b": [1]}]}),
        ({"a": [1]}, {"$rename": {"x": "a.0"}}, {"a": [1]}),
        ({"a": [1, 4]}, {"$push": {"a": {"$each": [2], "$position": 1.0, "$slice": 2.0}}}, {"a": [1, 2]}),
        # Whole arrays and documents are compared, not their least element.
        (
            {"a": [{"x": [3, 1]}, {"x": [2]}, {"x": {"b": 0}}, {"x": 9}]},
            {"$push": {"a": {"$each": [], "$sort": {"x": 1}}}},
            {"a": [{"x": 9}, {"x": {"b": 0}}, {"x": [2]}, {"x": [3, 1]}]},
        ),
        (
            {"a": [{"x": [{"y": 1}]}, {"x": {"y": 2}}, {"x": [{"y": 3}]}]},
            {"$push": {"a": {"$each": [], "$sort": {"x.0.y": -1}}}},
            {"a": [{"x": [{"y": 3}]}, {"x": [{"y": 1}]}, {"x": {"y": 2}}]},
        ),
        ({"a": [[3, 1], [2]]}, {"$push": {"a": {"$each": [], "$sort": 1}}}, {"a": [[2], [3, 1]]}),
        ({"a": 1}, {"$currentDate": {"t": True, "u": {"$type": "timestamp"}}}, {"a": 1, "t": NOW, "u": NOW}),
        ({"a": 1}, {"$setOnInsert": {"b": 1}}, {"a": 1}),
        ({"a": 1}, {"$set": {}}, {"a": 1}),
    ],
)
def test_an_update_makes_this_document(before: Any, update: Any, after: Any) -> None:
    result = updated(before, update)
    assert result == after
    assert str(result) == str(after)


@pytest.mark.parametrize(
    ("before", "update", "sentence"),
    [
        ({"a": "x"}, {"$inc": {"a": 1}}, r"cannot apply \$inc to 'a', which is 'x' and not a number"),
        ({"a": None}, {"$mul": {"a": 1}}, "which is None and not a number"),
        ({"a": True}, {"$inc": {"a": 1}}, "which is True and not a number"),
        ({"a": 2**63 - 1}, {"$inc": {"a": 1}}, "too large to store"),
        ({"a": 1e308}, {"$mul": {"a": 10}}, "too large to store"),
        ({"a": 5}, {"a.b": 1}, "cannot make the field 'b' in 'a', which is 5"),
        ({"a": None}, {"a.b.c": 1}, "cannot make the field 'b' in 'a', which is None"),
        ({"a": [1]}, {"a.x": 1}, "cannot make the field 'x' in 'a', which is an array"),
        ({"a": [1]}, {"a.x.y": 1}, "cannot make the field 'x' in 'a', which is an array"),
        ({"a": [1]}, {"a.01": 1}, "cannot make the field '01'"),
        ({"a": [1]}, {"a.9000000": 1}, "too far beyond the end"),
        ({"a": 1}, {"$push": {"a": 1}}, r"cannot apply \$push to 'a', which is 1 and not an array"),
        ({"a": {}}, {"$addToSet": {"a": 1}}, "not an array"),
        ({"a": "x"}, {"$pull": {"a": 1}}, "not an array"),
        ({"a": None}, {"$pop": {"a": 1}}, "not an array"),
        ({"a": [1]}, {"$rename": {"a.0": "b"}}, "leads through an array"),
        ({"a": [1], "b": 2}, {"$rename": {"b": "a.0"}}, "'a.0' leads into an array, which \\$rename does not take"),
        ({"a": [{"x": 1}], "b": 2}, {"$rename": {"b": "a.0.x"}}, "leads into an array"),
        ({"a": {"c": [{"x": 1}]}, "b": 2}, {"$rename": {"b": "a.c.5.x"}}, "leads into an array"),
        ({"a": 5}, {"$pop": {"a.b": 1}}, "the path 'a.b' leads into 'a', which is 5"),
        ({"a": 5}, {"$pull": {"a.b": 1}}, "the path 'a.b' leads into 'a', which is 5"),
        ({"a": None}, {"$pull": {"a.b.c": 1}}, "the path 'a.b.c' leads into 'a', which is None"),
        ({"a": {"b": "x"}}, {"$pop": {"a.b.c": 1}}, "leads into 'a.b', which is 'x'"),
        ({"a": [[1]]}, {"$pop": {"a.x": 1}}, "leads into 'a', which is an array"),
        ({"a": [5]}, {"$pull": {"a.0.x": 1}}, "leads into 'a.0', which is 5"),
        ({"_id": "1"}, {"_id": "2"}, "_id never changes"),
    ],
)
def test_an_update_that_does_not_fit_gets_a_sentence(before: Any, update: Any, sentence: str) -> None:
    with pytest.raises(UpdateError, match=sentence):
        updated(before, update)


@pytest.mark.parametrize(
    ("filter", "update", "document"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"$eq": 1}, "$and": [{"b": 2}]}, {"c": 3}, {"a": 1, "b": 2, "c": 3}),
        ({"a.b": 1, "a.c": {"x": 2}}, {"d": 3}, {"a": {"b": 1, "c": {"x": 2}}, "d": 3}),
        ({"a": {"$gt": 1}, "b": {"$ne": 2}}, {"c": 3}, {"c": 3}),
        ({"$or": [{"a": 1}]}, {"c": 3}, {"a": 1, "c": 3}),
        ({"$or": [{"a": 1}, {"a": 2}]}, {"c": 3}, {"c": 3}),
        ({"a": {"$all": [1]}}, {"c": 3}, {"a": 1, "c": 3}),
        ({"a": {"$in": [1]}}, {"c": 3}, {"a": 1, "c": 3}),
        ({"a": {"$in": [1, 1.0]}}, {"c": 3}, {"a": 1, "c": 3}),
        ({"a": {"$in": [1, 2]}}, {"c": 3}, {"c": 3}),
        ({"a": {"$in": []}}, {"c": 3}, {"c": 3}),
        ({"$and": [{"a": {"$in": ["x"]}}, {"b": {"$eq": None}}]}, {"c": 3}, {"a": "x", "b": None, "c": 3}),
        ({"a": {"$nin": [1]}}, {"c": 3}, {"c": 3}),
        ({"a": {"$not": {"$in": [1]}}}, {"c": 3}, {"c": 3}),
        ({"a": {"$elemMatch": {"$eq": 1}}}, {"c": 3}, {"c": 3}),
        ({"a": 1}, {"$inc": {"a": 5}, "$setOnInsert": {"n": 0}}, {"a": 6, "n": 0}),
        ({"_id": "x"}, {"a": 1}, {"_id": "x", "a": 1}),
        ({}, {"$setOnInsert": {"_id": "x"}}, {"_id": "x"}),
        ({}, {"$push": {"a": 1}}, {"a": [1]}),
    ],
)
def test_an_upsert_inserts_the_equalities_of_the_filter_and_the_update(filter: Any, update: Any, document: Any) -> None:
    assert upsert_document(parse_filter(filter), normalize_update(update), None, now=NOW) == document


def test_an_upsert_gets_its_scope_field() -> None:
    node, update = parse_filter({"a": 1}), normalize_update({"b": 2})
    assert upsert_document(node, update, Scope("_team_id", "x"), now=NOW) == {"a": 1, "_team_id": "x", "b": 2}


@pytest.mark.parametrize(
    "filter",
    [
        {"$and": [{"a": 1}, {"a": 2}]},
        {"a": 1, "a.b": 2},
        {"a": {"$all": [1, 2]}},
        {"a": {"$in": [1]}, "$and": [{"a": 1}]},
    ],
)
def test_an_upsert_cannot_set_a_path_twice(filter: Any) -> None:
    with pytest.raises(UpdateError, match="conflict"):
        upsert_document(parse_filter(filter), normalize_update({"c": 1}), None, now=NOW)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("document", "update"),
    [
        ({}, {"$set": {".".join("a" * 60): nested(41)}}),
        ({"x": {"a": []}}, {"$push": {"x.a": nested(98)}}),
        ({"a": nested(99)}, {"$rename": {"a": "b.c"}}),
    ],
)
def test_no_update_nests_a_document_deeper_than_one_may_be_inserted(document: Any, update: Any) -> None:
    with pytest.raises(UpdateError, match="nest the document deeper than 100 levels"):
        updated(document, update)


def test_a_document_may_be_as_deep_after_an_update_as_one_inserted() -> None:
    assert updated({}, {"$set": {".".join("a" * 100): 1}}) == nested(100)
    assert updated({"b": nested(99)}, {"$rename": {"b": "a"}}) == nested(100)
    with pytest.raises(ValueError, match="has 101 parts; documents nest at most 100 levels"):
        normalize_update({"$set": {".".join("a" * 101): 1}})
