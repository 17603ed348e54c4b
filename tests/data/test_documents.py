"""What may be stored, and in which text."""

import datetime
import enum
from typing import Any

import pytest

from cpsl.data.documents import checked_document, checked_value, decode, encode, is_changed, plain_id

HEX = "507f1f77bcf86cd799439011"


class Colour(str, enum.Enum):
    RED = "red"


def test_a_checked_document_is_a_plain_copy() -> None:
    given = {"a": (1, [True]), 1: {"b": None}, "c": Colour.RED}
    result = checked_document(given)
    assert result == {"a": [1, [True]], "1": {"b": None}, "c": "red"}
    assert type(result["c"]) is str


@pytest.mark.parametrize(
    ("value", "kind"),
    [(datetime.date(2026, 1, 1), "a date"), ({1}, "a set"), (b"x", "a bytes"), (object(), "an object")],
)
def test_what_json_cannot_hold_is_a_type_error_that_names_the_place(value: Any, kind: str) -> None:
    with pytest.raises(TypeError, match=rf"document value at 'a\.0\.b' is {kind}"):
        checked_value({"a": [{"b": value}]})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "JSON cannot hold"),
        (float("inf"), "JSON cannot hold"),
        (2**63, "beyond 64 bits"),
        (-(2**63) - 1, "beyond 64 bits"),
        ("a\0b", "NUL"),
        ("\ud800", "lone surrogate"),
    ],
)
def test_what_cannot_be_stored_exactly_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        checked_value({"a": value})


def test_nesting_has_a_limit() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(ValueError, match="deeper than 100"):
        checked_value(deep)


def test_keys_follow_the_plain_encoder() -> None:
    assert checked_value({None: 1, True: 2, 1.5: 3}) == {"null": 1, "true": 2, "1.5": 3}
    with pytest.raises(TypeError, match="a tuple as a key"):
        checked_value({("a",): 1})


def test_a_document_is_a_mapping() -> None:
    with pytest.raises(TypeError, match="a document is a dict, not a list"):
        checked_document([1])


def test_the_text_is_compact_and_keeps_its_letters() -> None:
    assert encode({"größe": [1, "é"]}) == '{"größe":[1,"é"]}'
    assert decode(encode({"größe": [1.0, 1, True]})) == {"größe": [1.0, 1, True]}


@pytest.mark.parametrize(("before", "after"), [({"a": 1}, {"a": 1.0}), ({"a": 1}, {"a": True}), ({}, {"a": None})])
def test_a_change_of_type_is_a_change(before: Any, after: Any) -> None:
    assert is_changed(before, after)
    assert not is_changed(before, dict(before))


@pytest.mark.parametrize(
    "form", [HEX, HEX.upper(), {"$oid": HEX}, f'ObjectID("{HEX}")', f"ObjectId('{HEX}')", f" {HEX} "]
)
def test_every_form_of_an_id_becomes_plain_text(form: Any) -> None:
    assert plain_id(form) == HEX


@pytest.mark.parametrize("value", ["note-1", 7, None, {"$oid": HEX, "x": 1}, "ObjectID(x)", ["a"]])
def test_what_is_no_id_stays_as_it_is(value: Any) -> None:
    assert plain_id(value) == value
