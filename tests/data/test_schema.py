"""Names, generated columns and indexes as SQL text."""

import pytest

from cpsl.data.schema import column_sql, generatable, index_sql, rank_sql, scope_index_sql
from cpsl.data.sql_names import expressible, identifier, json_path


@pytest.mark.parametrize(
    ("name", "quoted"),
    [("a", '"a"'), ("a b", '"a b"'), ('a"b', '"a""b"'), ("a'b]`", '"a\'b]`"'), ("größe", '"größe"')],
)
def test_an_identifier_is_quoted(name: str, quoted: str) -> None:
    assert identifier(name) == quoted


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_some_names_cannot_be_identifiers(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        identifier(name)


def test_a_path_quotes_its_names() -> None:
    assert json_path(["a b", "c.d", "e[0]"]) == '$."a b"."c.d"."e[0]"'
    assert not expressible('a"b')
    assert not expressible("a\\b")
    assert not expressible("a\nb")


def test_a_declared_column_is_generated_from_the_document() -> None:
    assert column_sql("it's") == "\"it's\" GENERATED ALWAYS AS (json_extract(doc, '$.\"it''s\"')) VIRTUAL"


def test_a_column_has_an_index_to_find_and_one_for_nested_values() -> None:
    find, nested = index_sql("leads", "status", "_user_id")
    assert find == f'CREATE INDEX "leads.status" ON "leads" ("_user_id", {rank_sql("status")}, "status")'
    kind = "json_type(doc, '$.\"status\"')"
    assert nested == (
        f'CREATE INDEX "leads.status nested" ON "leads" ("_user_id") WHERE {kind} = \'array\' OR {kind} = \'object\''
    )


def test_a_scope_has_an_index() -> None:
    assert scope_index_sql("leads", "_team_id") == 'CREATE INDEX "leads._team_id" ON "leads" ("_team_id")'


def test_without_a_scope_the_indexes_are_on_the_column_alone() -> None:
    find, nested = index_sql("leads", "status", None)
    assert find == f'CREATE INDEX "leads.status" ON "leads" ({rank_sql("status")}, "status")'
    assert "(json_type(doc, '$.\"status\"')) WHERE" in nested


def test_names_that_cannot_be_generated_columns_are_left_out() -> None:
    names = ["Status", "status", "_id", "DOC", "rowid", 'q"x', "a.b", "", "größe", "total"]
    assert generatable(names) == ("Status", "größe", "total")
