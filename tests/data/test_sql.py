"""The compiler as data: filter in, SQL text and parameters out; and the plans SQLite makes of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from cpsl.data.conditions import exact, like_pattern
from cpsl.data.filters import parse_filter
from cpsl.data.query_errors import FilterError
from cpsl.data.schema import column_sql, generatable, index_sql, rank_sql, scope_index_sql
from cpsl.data.scope import Scope
from cpsl.data.sort import parse_sort
from cpsl.data.sql import MAX_LEAVES, SelectStatement, Sql, compile_filter, nested_probe, select
from cpsl.data.sql_fields import TableFields
from cpsl.data.sql_sort import INSERTION, Order, compile_sort
from cpsl.data.tree import And, Compare, ElemMatch, Regex

from .test_agreement import found, stored

ANN = Scope("_user_id", "ann")
PLAIN = TableFields()
SCOPED = TableFields(scope=ANN)
INDEXED = TableFields(frozenset({"status", "total"}), ANN)
PROBED = TableFields(frozenset({"status", "total"}), None, frozenset({"status", "total"}))

RANK, TYPE = rank_sql("status"), "json_type(doc, '$.\"status\"')"
P = '$."a"'
NUMBER = "IN ('integer', 'real')"


def any_element(test: str) -> str:
    return f"(json_type(doc, ?) = 'array' AND EXISTS (SELECT 1 FROM json_each(doc, ?) AS e WHERE {test}))"


@pytest.mark.parametrize(
    ("filter", "where", "params"),
    [
        ({}, "1", ()),
        (
            {"a": "x"},
            "(instr(doc, ?) AND ((json_extract(doc, ?) = ? AND json_type(doc, ?) = 'text') OR "
            + any_element("(e.atom = ? AND e.type = 'text')") + "))",
            ('"x"', P, "x", P, P, P, "x"),
        ),
        (
            {"a": 'say "x"'},
            "((json_extract(doc, ?) = ? AND json_type(doc, ?) = 'text') OR "
            + any_element("(e.atom = ? AND e.type = 'text')") + ")",
            (P, 'say "x"', P, P, P, 'say "x"'),
        ),
        (
            {"a": {"$gte": 5}},
            f"((json_extract(doc, ?) >= ? AND json_type(doc, ?) {NUMBER}) OR "
            + any_element(f"(e.atom >= ? AND e.type {NUMBER})") + ")",
            (P, 5, P, P, P, 5),
        ),
        (
            {"a": None},
            "(coalesce(json_type(doc, ?), 'null') = 'null' OR "
            + any_element("coalesce(e.type, 'null') = 'null'") + ")",
            (P, P, P),
        ),
        (
            {"a": {"$ne": True}},
            "(((json_extract(doc, ?) = ? AND json_type(doc, ?) IN ('true', 'false')) OR "
            + any_element("(e.atom = ? AND e.type IN ('true', 'false'))") + ")) IS NOT TRUE",
            (P, True, P, P, P, True),
        ),
        (
            {"a": {"$in": ["x", "y", 1]}},
            "(((json_extract(doc, ?) IN (?, ?) AND json_type(doc, ?) = 'text') OR "
            f"(json_extract(doc, ?) IN (?) AND json_type(doc, ?) {NUMBER})) OR "
            + any_element(
                f"((e.atom IN (?, ?) AND e.type = 'text') OR (e.atom IN (?) AND e.type {NUMBER}))"
            ) + ")",
            (P, "x", "y", P, P, 1, P, P, P, "x", "y", 1),
        ),
        ({"a": {"$in": []}}, "0", ()),
        ({"a": {"$nin": []}}, "1", ()),
        ({"a": {"$gt": None}}, "0", ()),
        ({"a": {"$exists": True}}, "json_type(doc, ?) IS NOT NULL", (P,)),
        ({"a": {"$exists": False}}, "(json_type(doc, ?) IS NOT NULL) IS NOT TRUE", (P,)),
        ({"a": {"$size": 2}}, "(json_type(doc, ?) = 'array' AND json_array_length(doc, ?) = ?)", (P, P, 2)),
        (
            {"a": {"$type": "string"}},
            "(json_type(doc, ?) = 'text' OR " + any_element("e.type = 'text'") + ")",
            (P, P, P),
        ),
        ({"a": {"$type": "date"}}, "0", ()),
        ({"_id": "x"}, '"_id" = ?', ("x",)),
        ({"_id": {"$ne": "x"}}, '("_id" = ?) IS NOT TRUE', ("x",)),
        ({"_user_id": None}, '"_user_id" IS NULL', ()),
        ({"_id": 5}, "0", ()),
        (
            {"$or": [{"_id": "x"}, {"$nor": [{"_id": "y"}, {"_id": "z"}]}]},
            '("_id" = ? OR (("_id" = ?) IS NOT TRUE AND ("_id" = ?) IS NOT TRUE))',
            ("x", "y", "z"),
        ),
        (
            {"$nor": [{"_id": "x", "_team_id": "y"}]},
            '(("_id" = ?) IS NOT TRUE OR ("_team_id" = ?) IS NOT TRUE)',
            ("x", "y"),
        ),
    ],
)  # fmt: skip
def test_sql_says_this_exactly(filter: Any, where: str, params: tuple[Any, ...]) -> None:
    assert compile_filter(parse_filter(filter), PLAIN) == Sql(where, params, None)


@pytest.mark.parametrize(
    ("filter", "where", "params"),
    [
        ({"a": {"$regex": "^x.*y"}}, "(json_type(doc, ?) = 'text' OR json_type(doc, ?) = 'array')", (P, P)),
        (
            {"a": {"$regex": "Acme", "$options": "i"}},
            "json_extract(doc, ?) LIKE ? ESCAPE '\\'",
            (P, "%Acme%"),
        ),
        ({"a": {"$not": {"$regex": "x"}}}, "1", ()),
        ({"a": [1]}, "json_type(doc, ?) = 'array'", (P,)),
        ({"a": {"b": 1}}, "json_type(doc, ?) IN ('object', 'array')", (P,)),
        ({"a": {"$elemMatch": {"$gt": 1}}}, "json_type(doc, ?) = 'array'", (P,)),
        ({'q"x': 1}, "1", ()),
        ({"_id.x": 1}, "1", ()),
        (
            {"a.b": {"$exists": True}},
            "(json_type(doc, ?) IS NOT NULL OR json_type(doc, ?) = 'array')",
            (P + '."b"', P),
        ),
        (
            {"a.b": {"$exists": False}},
            "((json_type(doc, ?) IS NOT NULL) IS NOT TRUE OR json_type(doc, ?) = 'array')",
            (P + '."b"', P),
        ),
    ],
)
def test_what_sql_only_narrows_stays_as_a_residual(filter: Any, where: str, params: tuple[Any, ...]) -> None:
    tree = parse_filter(filter)
    assert compile_filter(tree, PLAIN) == Sql(where, params, tree)


def test_only_the_inexact_conditions_stay_as_a_residual() -> None:
    made = compile_filter(parse_filter({"_id": "x", "a": {"$regex": "y"}, "b": {"$exists": True}}), PLAIN)
    assert made.where == "(\"_id\" = ? AND json_extract(doc, ?) LIKE ? ESCAPE '\\' AND json_type(doc, ?) IS NOT NULL)"
    assert made.residual == Regex(("a",), "y")


def test_the_scope_is_joined_to_the_whole_condition() -> None:
    made = compile_filter(parse_filter({"$or": [{"_id": "x"}, {"_user_id": "bob"}]}), SCOPED)
    assert made == Sql('("_user_id" = ? AND ("_id" = ? OR "_user_id" = ?))', ("ann", "x", "bob"))
    assert compile_filter(parse_filter({}), SCOPED) == Sql('"_user_id" = ?', ("ann",))


def test_an_indexed_field_carries_the_scope_in_both_branches() -> None:
    made = compile_filter(parse_filter({"status": "open"}), INDEXED)
    assert made.where == (
        '(+"_user_id" = ? AND '
        f'(("_user_id" = ? AND ("status" = ? AND {RANK} = 2)) OR '
        f"(\"_user_id\" = ? AND ({TYPE} = 'array' AND "
        "EXISTS (SELECT 1 FROM json_each(doc, '$.\"status\"') AS e "
        "WHERE (e.atom = ? AND e.type = 'text'))))))"
    )
    assert made.params == ("ann", "ann", "open", "ann", "open")


def test_a_field_without_arrays_is_a_plain_comparison() -> None:
    assert compile_filter(parse_filter({"status": "open"}), PROBED) == Sql(f'("status" = ? AND {RANK} = 2)', ("open",))


def test_many_values_travel_as_one_parameter() -> None:
    names = [f"n{n}" for n in range(1000)]
    made = compile_filter(parse_filter({"_id": {"$in": names}}), PLAIN)
    assert made.where == '"_id" IN (SELECT value FROM json_each(?))'
    assert made.params[0].startswith('["n0", "n1", ')


def test_a_number_sqlite_may_misread_is_looked_for_around_it() -> None:
    made = compile_filter(parse_filter({"total": {"$gt": 0.1 + 0.2}}), PROBED)
    assert made.where == f'("total" >= ? AND {rank_sql("total")} = 1)'
    assert 0.29 < made.params[0] < 0.3
    assert made.residual == Compare(("total",), "gt", 0.1 + 0.2)


@pytest.mark.parametrize("value", [1, -5, 2**63 - 1, 0.5, 19.99, 1e15, 123456.789, 0.1])
def test_everyday_numbers_are_compared_in_sql(value: float) -> None:
    assert exact(value)


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e300, 5e-324, 1 / 3, 1e-7 / 3])
def test_numbers_of_many_digits_are_not(value: float) -> None:
    assert not exact(value)


@pytest.mark.parametrize(
    ("pattern", "options", "like"),
    [
        ("acme", "", "%acme%"),
        ("^acme$", "i", "%acme%"),
        ("x\\.y", "i", "%x.y%"),
        ("100\\%_", "i", "%100\\%\\_%"),
        ("disk", "i", "%d___%"),
        ("café", "i", "%caf%%"),
        ('buy "x"', "", "%buy %x%%"),
        ("a.c", "", None),
        ("a|c", "", None),
        ("[ac]", "", None),
        ("\\d", "", None),
        ("a c", "x", None),
        ("^", "", None),
        ("x" * 1001, "", None),
    ],
)
def test_a_literal_pattern_narrows_by_like(pattern: str, options: str, like: str | None) -> None:
    assert like_pattern(Regex(("a",), pattern, options)) == like


def test_a_huge_condition_is_left_to_the_evaluator() -> None:
    wide = parse_filter({"$or": [{"_id": {"$gt": str(n)}} for n in range(MAX_LEAVES + 1)]})
    assert compile_filter(wide, SCOPED) == Sql('"_user_id" = ?', ("ann",), wide)


def test_a_long_conjunction_is_narrowed_by_what_fits() -> None:
    node = parse_filter({"$and": [{"status": {"$gt": str(n)}} for n in range(3 * MAX_LEAVES)]})
    made = compile_filter(node, INDEXED)
    assert isinstance(made.residual, And)
    assert len(made.residual.children) == 2 * MAX_LEAVES
    with stored([{"status": "x"}], ("status", "total")) as connection:
        assert connection.execute(f"SELECT count(*) FROM things WHERE {made.where}", made.params).fetchone() == (1,)


def test_the_largest_conditions_fit_into_sqlite() -> None:
    wide = {"$or": [{"status": {"$in": [n, str(n), None, 0.1 + 0.2 + n]}} for n in range(MAX_LEAVES)]}
    many = {"status": {"$in": [n / 7 for n in range(5000)]}}
    with stored([{"status": 5}, {}, {"status": "x"}], ("status", "total")) as connection:
        for filter in (wide, many, {"$nor": [wide]}, {"status": {"$not": many["status"]}}):
            assert len(found(connection, parse_filter(filter), INDEXED) or []) == 1


def test_a_deep_condition_does_not_overflow_the_parser_of_sqlite() -> None:
    deep: dict[str, Any] = {"_id": "x"}
    for _ in range(20):
        deep = {"$or": [{"_id": "y"}, {"$nor": [deep]}]}
    node = parse_filter(deep)
    made = compile_filter(node, INDEXED)
    assert made.residual == node
    with stored([], ()) as connection:
        assert not connection.execute(f"SELECT 1 FROM things WHERE {made.where}", made.params).fetchall()


COLUMNS = '"_id", "_user_id", "_team_id", "_session_id", doc'


def test_limit_and_skip_go_into_the_statement() -> None:
    where = Sql('"_id" = ?', ("x",))
    assert select("t", where) == SelectStatement(f'SELECT {COLUMNS} FROM "t" WHERE "_id" = ?', ("x",))
    assert select("t", where, limit=5, skip=2) == SelectStatement(
        f'SELECT {COLUMNS} FROM "t" WHERE "_id" = ? LIMIT ? OFFSET ?', ("x", 5, 2)
    )
    assert select("t", where, skip=2).params == ("x", -1, 2)


def test_limit_and_skip_stay_outside_while_rows_may_still_drop_out() -> None:
    residual = ElemMatch(("a",), Compare((), "gt", 1), True)
    made = select("t", Sql("1", (), residual), Order("rowid"), limit=5, skip=2)
    assert made == SelectStatement(f'SELECT {COLUMNS} FROM "t" WHERE 1 ORDER BY rowid', (), residual, 2, 5)


def test_a_negative_limit_or_skip_is_an_error() -> None:
    for limit, skip in ((-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="at least 0"):
            select("t", Sql("1"), limit=limit, skip=skip)


def test_a_sort_by_a_probed_column_reads_its_index() -> None:
    assert compile_sort(parse_sort("-status"), PROBED) == Order(f'{RANK} DESC, "status" DESC, rowid DESC')
    assert compile_sort(parse_sort({"_id": 1}), PLAIN) == Order('"_id", rowid')
    assert compile_sort((), PLAIN) is None


def test_a_sort_by_another_field_says_when_sql_cannot_compare() -> None:
    order = compile_sort(parse_sort("a"), PLAIN)
    assert order is not None
    assert order.sql.startswith("CASE WHEN json_type(doc, ?) = 'array' THEN coalesce((SELECT min(CASE e.type ")
    assert order.doubt is not None
    assert order.doubt.sql.endswith("IN (3, 4)")
    unreachable = compile_sort(parse_sort('q"x'), PLAIN)
    assert unreachable is not None
    assert unreachable.doubt is not None


HOSTILE = ['a"b', "a'b", "a]b", "a`b", "ünï", "a b", "a;--", "{}", "?", "a\\b", "\n", ":x"]
TAKEN = ["value", "type", "key", "atom", "json", "e", "select", "things", "rowid", "doc", "Doc"]


@pytest.mark.parametrize("name", [*HOSTILE, *TAKEN])
@pytest.mark.parametrize("declared", [True, False])
def test_a_hostile_name_stays_a_name(name: str, declared: bool) -> None:
    columns = generatable([name]) if declared else ()
    documents: list[Any] = [{name: "here"}, {name: 1}, {name: [2]}, {name: None}, {"other": "here"}, {}]
    with stored(documents, columns) as connection:
        table = TableFields(frozenset(columns), ANN)
        answer = found(connection, parse_filter({name: {"$in": ["here", 2]}}), table)
    assert answer is not None
    assert sorted(str(document[name]) for document in answer) == ["[2]", "here"]


@pytest.fixture
def indexed() -> Iterator[sqlite3.Connection]:
    """A table with enough rows and both indexes on status and total."""
    with closing(sqlite3.connect(":memory:")) as connection:
        generated = ", ".join(column_sql(name) for name in ("status", "total"))
        fixed = '"_id" TEXT PRIMARY KEY, "_user_id" TEXT, "_team_id" TEXT, "_session_id" TEXT, doc TEXT'
        connection.execute(f'CREATE TABLE "leads" ({fixed}, {generated})')
        connection.execute(scope_index_sql("leads", "_user_id"))
        for name in ("status", "total"):
            for statement in index_sql("leads", name, "_user_id"):
                connection.execute(statement)
        yield connection


FIND = "SEARCH leads USING INDEX leads.{0} (_user_id=? AND <expr>=?{1})"
ARRAYS = "SEARCH leads USING INDEX leads.{0} nested (_user_id=?)"


@pytest.mark.parametrize(
    ("filter", "plan"),
    [
        ({"status": "x"}, {FIND.format("status", " AND status=?"), ARRAYS.format("status")}),
        (
            {"status": {"$in": ["x", "y"]}},
            {FIND.format("status", " AND status=?"), ARRAYS.format("status")},
        ),
        ({"total": {"$gt": 5}}, {FIND.format("total", " AND total>?"), ARRAYS.format("total")}),
        ({"status": None}, {FIND.format("status", " AND status=?"), ARRAYS.format("status")}),
        (
            {"$or": [{"status": "x"}, {"total": 1}]},
            {
                FIND.format("status", " AND status=?"), ARRAYS.format("status"),
                FIND.format("total", " AND total=?"), ARRAYS.format("total"),
            },
        ),
    ],
)  # fmt: skip
def test_an_indexed_find_uses_an_index_for_each_branch(
    indexed: sqlite3.Connection, filter: Any, plan: set[str]
) -> None:
    made = select("leads", compile_filter(parse_filter(filter), INDEXED), limit=10)
    assert searches(indexed, made) == plan


def test_a_probed_sort_reads_the_index_in_order(indexed: sqlite3.Connection) -> None:
    table = TableFields(INDEXED.columns, ANN, frozenset({"total"}))
    made = select("leads", compile_filter(parse_filter({}), table), compile_sort(parse_sort("-total"), table), 10)
    assert searches(indexed, made) == {"SEARCH leads USING INDEX leads.total (_user_id=?)"}


@pytest.mark.parametrize(
    ("filter", "plan"),
    [
        ({}, "SEARCH leads USING INDEX leads._user_id (_user_id=?)"),
        ({"other": 1}, "SEARCH leads USING INDEX leads._user_id (_user_id=?)"),
        ({"status": "x"}, FIND.format("status", " AND status=?")),
    ],
)
def test_insertion_order_costs_no_sort(indexed: sqlite3.Connection, filter: Any, plan: str) -> None:
    table = TableFields(INDEXED.columns, ANN, frozenset({"status"}))
    made = select("leads", compile_filter(parse_filter(filter), table), INSERTION, limit=10)
    assert searches(indexed, made) == {plan}


def test_the_probe_reads_the_partial_index(indexed: sqlite3.Connection) -> None:
    probe = nested_probe("leads", "total", ANN)
    assert ARRAYS.format("total") in plan_of(indexed, probe.sql, probe.params)


def searches(connection: sqlite3.Connection, made: SelectStatement) -> set[str]:
    steps = plan_of(connection, made.sql, made.params)
    return {step for step in steps if "leads" in step or "TEMP B-TREE" in step}


def plan_of(connection: sqlite3.Connection, sql: str, params: tuple[Any, ...]) -> list[str]:
    return [step[3] for step in connection.execute("EXPLAIN QUERY PLAN " + sql, params)]


def test_sql_is_made_only_from_checked_filters() -> None:
    with pytest.raises(FilterError):
        compile_filter(parse_filter({"a": {"$sql": "1"}}), PLAIN)
