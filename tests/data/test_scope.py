"""Scopes: no filter and no update reaches another identity's document (behaviour.md §13.4 LOCAL)."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.data.filters import parse_filter
from cpsl.data.query_errors import ScopeError, UpdateError
from cpsl.data.scope import Scope, check_filter, check_update, scoped_document
from cpsl.data.sql_fields import TableFields
from cpsl.data.updates import apply_update, normalize_update, upsert_document

from .confined import confined
from .strategies import cases, conditions_of, dense_documents, dense_filters, dense_keys, filters_of
from .test_agreement import all_rows, found, scalars_of, stored

ANN = Scope("_user_id", "ann")
NOW = "2026-01-01T00:00:00.000Z"

names = st.sampled_from(["_user_id", "_team_id", "_id", "_user_id.x", "a", "a.0", "id"])
people = st.sampled_from(["ann", "bob", None, "", 1, ["ann", "bob"], {"a": "bob"}])
reaching = (
    filters_of(names, people, dense_keys) | dense_filters | st.dictionaries(names, conditions_of(people, dense_keys))
)


@given(st.lists(dense_documents, min_size=4, max_size=8), st.lists(reaching, min_size=3, max_size=8))
@cases(150)
def test_no_filter_finds_a_document_of_another_scope(documents: list[Any], filters: list[Any]) -> None:
    with stored(documents, ("a",)) as connection:
        rows = all_rows(connection)
        for node in map(parse_filter, filters):
            for scalars in (frozenset[str](), scalars_of(connection, ("a",), ANN)):
                answer = found(connection, node, TableFields(frozenset("a"), ANN, scalars)) or []
                assert {row["_user_id"] for row in answer} <= {"ann"}
            assert all(row["_user_id"] == "ann" for row in rows if confined(node, ANN).predicate()(row))


@given(reaching, dense_documents, st.dictionaries(names, people, min_size=1, max_size=2))
@cases(300)
def test_no_upsert_or_update_makes_a_document_of_another_scope(filter: Any, document: Any, patch: Any) -> None:
    mine = {"_id": "1", **document, "_user_id": "ann"}
    for change in (patch, {"$setOnInsert": patch}, {"$rename": {"a": "_user_id"}}, {"$unset": patch}):
        with suppress(ValueError):
            update = normalize_update(change)
            check_update(update, ANN)
            assert apply_update(mine, update, now=NOW)["_user_id"] == "ann"
            assert upsert_document(parse_filter(filter), update, ANN, now=NOW)["_user_id"] == "ann"


@pytest.mark.parametrize(
    "filter",
    [
        {"_user_id": "bob"},
        {"_user_id": {"$eq": "bob"}},
        {"_user_id": {"$in": ["ann", "bob"]}},
        {"_user_id": {"$ne": "bob"}},
        {"$or": [{"_user_id": "bob"}, {"a": 1}]},
        {"$nor": [{"$and": [{"_user_id": "bob"}]}]},
        {"_user_id": 7},
    ],
)
def test_a_filter_that_names_another_identity_is_an_error(filter: dict[str, Any]) -> None:
    with pytest.raises(ScopeError, match="not the active identity"):
        check_filter(parse_filter(filter), ANN)


@pytest.mark.parametrize(
    "filter", [{}, {"_user_id": "ann"}, {"_user_id": {"$in": ["ann"]}}, {"_user_id": None}, {"_team_id": "x"}]
)
def test_the_own_identity_may_be_named(filter: dict[str, Any]) -> None:
    check_filter(parse_filter(filter), ANN)


def test_without_a_scope_every_identity_may_be_named() -> None:
    check_filter(parse_filter({"_user_id": "bob"}), None)
    assert scoped_document({"_user_id": "bob"}, None) == {"_user_id": "bob"}


def test_an_inserted_document_gets_its_scope_field() -> None:
    document = {"a": 1}
    assert scoped_document(document, ANN) == {"a": 1, "_user_id": "ann"}
    assert document == {"a": 1}


def test_a_document_may_name_its_own_identity_and_no_other() -> None:
    assert scoped_document({"_user_id": "ann"}, ANN) == {"_user_id": "ann"}
    with pytest.raises(ScopeError, match="document names _user_id 'bob'"):
        scoped_document({"_user_id": "bob"}, ANN)


def test_a_fixed_column_takes_only_text() -> None:
    with pytest.raises(ScopeError, match="_team_id holds text"):
        scoped_document({"_team_id": ["ann"]}, ANN)


@pytest.mark.parametrize(
    "update",
    [
        {"$unset": {"_user_id": ""}},
        {"$inc": {"_id": 1}},
        {"$rename": {"a": "_user_id"}},
        {"$rename": {"_user_id": "a"}},
        {"$set": {"_user_id.x": 1}},
        {"$push": {"_team_id": "x"}},
    ],
)
def test_operators_cannot_touch_fixed_columns(update: dict[str, Any]) -> None:
    with pytest.raises(UpdateError, match="never changes"):
        check_update(normalize_update(update), ANN)


def test_an_update_to_another_identity_is_an_error_and_to_the_own_none() -> None:
    with pytest.raises(ScopeError, match="update names _user_id 'bob'"):
        check_update(normalize_update({"_user_id": "bob"}), ANN)
    check_update(normalize_update({"_user_id": "ann", "_id": "1"}), ANN)


def test_applying_an_update_refuses_a_changed_identity_even_unscoped() -> None:
    row = {"_id": "1", "_team_id": "x"}
    for patch in ({"_id": "2"}, {"_team_id": "y"}, {"_user_id": "z"}):
        with pytest.raises(UpdateError, match="never changes"):
            apply_update(row, normalize_update(patch), now=NOW)
    assert apply_update(row, normalize_update({**row, "a": 1}), now=NOW) == {**row, "a": 1}


@pytest.mark.parametrize(("column", "value"), [("user", "ann"), ("doc", "ann"), ("_user_id", ""), ("_user_id", None)])
def test_a_scope_is_a_known_column_and_a_text(column: str, value: Any) -> None:
    with pytest.raises(ScopeError):
        Scope(column, value)
