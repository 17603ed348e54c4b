from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cpsl.model.column import COLUMN_TYPES, Column, as_column, checked_columns
from tests.signatures import signature_text


def test_a_column_has_key_type_label_and_format() -> None:
    assert signature_text(Column) == "(key, type='text', label=None, format=None)"


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column("a"), {"key": "a", "type": "text"}),
        (Column("a", type="email", label="L"), {"key": "a", "type": "email", "label": "L"}),
        (Column("a", "number", format="0.0"), {"key": "a", "type": "number", "format": "0.0"}),
    ],
)
def test_a_column_and_its_json_are_each_other(column: Column, expected: dict[str, Any]) -> None:
    assert column.to_dict() == expected
    assert Column.from_dict(expected) == column


def test_a_key_alone_is_a_text_column() -> None:
    assert Column.from_dict("a") == Column("a")


def test_json_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Column.from_dict({"label": "L"})


def test_a_column_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Column("a").key = "b"  # type: ignore[misc]


def test_a_column_is_plain_when_its_key_says_everything() -> None:
    assert Column("a").is_plain
    assert not Column("a", label="L").is_plain
    assert not Column("a", type="date").is_plain


def test_the_heading_is_the_label_or_the_key() -> None:
    assert (Column("a").heading, Column("a", label="L").heading) == ("a", "L")


@pytest.mark.parametrize("written", ["a", {"key": "a"}, Column("a")])
def test_apps_may_write_a_column_in_three_ways(written: Any) -> None:
    assert as_column(written) == Column("a")


def test_anything_else_is_no_column() -> None:
    with pytest.raises(TypeError, match="not int"):
        as_column(5)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["", "$set", "a.b"])
def test_a_stored_column_needs_a_usable_key(key: str) -> None:
    with pytest.raises(ValueError, match="column key"):
        checked_columns([key])


def test_a_stored_column_needs_a_known_type() -> None:
    with pytest.raises(ValueError, match=r"unknown type 'money'; the types are text, number"):
        checked_columns([{"key": "a", "type": "money"}])


def test_a_stored_column_comes_once() -> None:
    with pytest.raises(ValueError, match="'a' is declared twice"):
        checked_columns(["a", "b", Column("a")])


def test_every_documented_type_is_accepted() -> None:
    columns = checked_columns([{"key": type_, "type": type_} for type_ in COLUMN_TYPES])
    assert " ".join(column.type for column in columns) == (
        "text number currency date link file email status tags boolean score"
    )
