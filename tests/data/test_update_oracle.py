"""Updates against `mongomock`, with its departures from MongoDB listed as in `test_oracle`.

The oracle refuses little, so refusals are tested by table in `test_updates`; here both must give the same
document.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import mongomock
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.data.documents import copy_value
from cpsl.data.ordering import MISSING, kind
from cpsl.data.paths import path_components, terminals
from cpsl.data.updates import apply_update, normalize_update

from .strategies import (
    Strategy,
    cases,
    dense_documents,
    dense_operands,
    dense_scalars,
    one,
    some_operator,
)
from .test_oracle import boolean_meets_number, inside

NOW = "2026-01-01T00:00:00.000Z"
Touches = Callable[[str, str, Any, Any], bool]


@dataclass(frozen=True)
class Deviation:
    """A rule the oracle breaks, with an example; `touches` says which (operator, path, operand, document)
    it may.
    """

    name: str
    rule: str
    update: dict[str, Any]
    document: dict[str, Any]
    answer: dict[str, Any]
    touches: Touches


def here(path: str, document: Any) -> Any:
    return next((end for end, _ in terminals(document, path_components(path))), MISSING)


def through_array(sign: str, path: str, operand: Any, document: Any) -> bool:
    parts = path_components(path)
    return any(isinstance(here(".".join(parts[:end]), document), list) for end in range(1, len(parts)))


def other_kind(sign: str, path: str, operand: Any, document: Any) -> bool:
    current = here(path, document)
    return sign in ("$min", "$max") and (current is None or operand is None or kind(current) is not kind(operand))


DEVIATIONS = [
    Deviation(
        "$mul",
        "$mul multiplies, and makes a missing field zero; the oracle does not implement it",
        {"$mul": {"a": 2}}, {}, {"a": 0},
        lambda sign, path, operand, document: sign == "$mul",
    ),
    Deviation(
        "elements of arrays by index",
        "an index beyond the end fills the array with null, and $unset of an element leaves null",
        {"$unset": {"a.0": ""}}, {"a": [1]}, {"a": [None]},
        through_array,
    ),
    Deviation(
        "$pull with an empty filter",
        "a document in $pull is a filter on elements that are documents, and leaves the others",
        {"$pull": {"a": {}}}, {"a": [{}, 1]}, {"a": [1]},
        lambda sign, path, operand, document: sign == "$pull" and operand == {},
    ),
    Deviation(
        "$pop of a missing field",
        "$pop of a field that does not exist does nothing",
        {"$pop": {"a": 1}}, {}, {},
        lambda sign, path, operand, document: sign == "$pop" and here(path, document) is MISSING,
    ),
    Deviation(
        "$min and $max across types",
        "values of different types are compared in the BSON order; null is the least",
        {"$max": {"a": "x"}}, {"a": None}, {"a": "x"},
        other_kind,
    ),
    Deviation(
        "doubles in $addToSet with $each",
        "$addToSet adds each value unless it is already there, and so adds it once",
        {"$addToSet": {"a": {"$each": [1, 1]}}}, {}, {"a": [1]},
        lambda sign, path, operand, document: sign == "$addToSet" and isinstance(operand, dict),
    ),
    Deviation(
        "booleans and numbers",
        "booleans and numbers are different types and never equal",
        {"$pull": {"a": 1}}, {"a": [True, 1]}, {"a": [True]},
        boolean_meets_number,
    ),
    Deviation(
        "$rename of nested fields",
        "$rename takes dotted paths through embedded documents",
        {"$rename": {"a.b": "c"}}, {"a": {"b": 1}}, {"a": {}, "c": 1},
        lambda sign, path, operand, document: sign == "$rename" and "." in path + operand,
    ),
]  # fmt: skip


def oracle(update: dict[str, Any], document: dict[str, Any]) -> Any:
    collection = mongomock.MongoClient().db.things
    collection.insert_one({"_id": "1", **copy_value(document)})
    collection.update_one({"_id": "1"}, copy_value(update))
    return {name: value for name, value in collection.find_one({"_id": "1"}).items() if name != "_id"}


def text(document: Any) -> str:
    return json.dumps(document, sort_keys=True)


def operand_of(sign: str) -> Strategy:
    some = st.lists(dense_scalars, max_size=2)
    each = one("$each", some)
    return {
        "$unset": st.just(""),
        "$inc": st.sampled_from([1, -1, 2.5]),
        "$mul": st.sampled_from([2, 0.5]),
        "$min": dense_scalars,
        "$max": dense_scalars,
        "$rename": st.sampled_from(["z", "a.z"]),
        "$push": dense_operands | each | st.builds(lambda e, n: {**e, "$slice": n}, each, st.integers(-2, 2))
        | st.builds(lambda e, n: {**e, "$position": n}, each, st.integers(0, 2)),
        "$pull": dense_operands | some_operator(("$gt", "$lte", "$ne"), dense_scalars) | one("$in", some),
        "$addToSet": dense_operands | each,
        "$pop": st.sampled_from([1, -1]),
    }.get(sign, dense_operands)  # fmt: skip


SIGNS = ["$set", "$unset", "$inc", "$mul", "$min", "$max", "$rename", "$push", "$pull", "$addToSet", "$pop"]
paths = st.sampled_from(["a", "b", "a", "b", "a.b", "b.a", "a.0", "a.0.b", "c", "c.d"])
updates = st.sampled_from(SIGNS).flatmap(
    lambda sign: st.dictionaries(paths, operand_of(sign), min_size=1, max_size=2).map(lambda fields: {sign: fields})
)


@pytest.mark.parametrize("case", DEVIATIONS, ids=lambda case: case.name)
def test_we_follow_the_documented_rule_where_the_oracle_does_not(case: Deviation) -> None:
    assert apply_update(case.document, normalize_update(case.update), now=NOW) == case.answer
    ((sign, fields),) = case.update.items()
    assert any(case.touches(sign, path, operand, case.document) for path, operand in fields.items())
    with suppress(Exception):
        assert text(oracle(case.update, case.document)) == text(case.answer)
        pytest.fail("the oracle was mended: drop this row")


@given(updates, dense_documents)
@cases(1500)
def test_updates_agree_with_the_oracle_everywhere_else(update: dict[str, Any], document: dict[str, Any]) -> None:
    ((sign, fields),) = update.items()
    if any(case.touches(sign, path, operand, document) for case in DEVIATIONS for path, operand in fields.items()):
        return
    try:
        mine = apply_update(document, normalize_update(update), now=NOW)
    except ValueError:
        return
    assert text(mine) == text(oracle(update, document))


def test_applying_leaves_the_document_and_the_update_alone() -> None:
    document, update = {"a": [{"b": 1}]}, {"$push": {"a": {"c": []}}, "$set": {"d": {"e": 1}}}
    result = apply_update(document, normalize_update(update), now=NOW)
    result["a"][0]["b"] = result["a"][1]["c"] = result["d"]["e"] = "changed"
    assert document == {"a": [{"b": 1}]}
    assert update == {"$push": {"a": {"c": []}}, "$set": {"d": {"e": 1}}}
    assert list(inside(document)) == [{"a": [{"b": 1}]}, [{"b": 1}], {"b": 1}, 1]
