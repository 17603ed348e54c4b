"""``insert``, ``update``, ``delete``, ``reset``: said, asked, done whole or not at all."""

import json
import re

import pytest

from tests.db.conftest import ORDERS, Shop
from tests.terminal.screen import TerminalProgram


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["update", "orders", "status=open", "status=done"], "update 4 documents of orders, of which 4 would change"),
        (["delete", "orders", "status=done"], "delete 2 documents of orders"),
        (["reset"], "delete 10 documents in 3 collections, 2 sessions of 8 turns, 0 settings and keys"),
    ],
)
def test_without_a_terminal_it_says_how_many_and_needs_yes(shop: Shop, arguments: list[str], said: str) -> None:
    before = shop.rows("orders")
    assert shop.fails(*arguments, code=2) == (f"capsule: {said}: without a terminal to ask on, this needs --yes.\n")
    dry = shop.db(*arguments, "--dry-run", "--yes")
    assert (dry.code, dry.stdout, dry.stderr) == (0, b"", f"{said}: not done, because of --dry-run.\n")
    assert shop.rows("orders") == before
    done = shop.db(*arguments, "--yes")
    assert (done.code, done.stderr) == (0, f"{said}.\n")
    assert shop.rows("orders") != before


def test_update_changes_all_matches_and_first_only_one(shop: Shop) -> None:
    done = shop.db("update", "orders", "total>10", '{"$inc": {"total": 1}}', "--yes")
    assert json.loads(done.stdout) == {"matched": 3, "modified": 3}
    done = shop.db("update", "orders", "status=open", "status=new", "--first", "--yes")
    assert json.loads(done.stdout) == {"matched": 1, "modified": 1}
    rows = shop.rows("orders")
    assert [row.get("total") for row in rows] == [13, 5, 31, 13.5, "many", None]
    assert [row["status"] for row in rows][:3] == ["new", "done", "open"]
    assert [row["total"] for row in shop.rows("find", "orders", "total>10", "--sort", "-total")] == [31, 13.5, 13]


@pytest.mark.parametrize(
    ("update", "sentence"),
    [
        ('{"$inc": {"total": 1}}', "cannot apply $inc to 'total', which is 'many'"),
        ('{"$sett": {"total": 1}}', "unknown update operator '$sett' (did you mean '$set'?)"),
        ('{"total": ', "the update is not JSON"),
        ("total>1", "is no update: write JSON, or field=value."),
        ("_id=x", "_id never changes"),
    ],
)
def test_an_update_that_cannot_be_changes_nothing(shop: Shop, update: str, sentence: str) -> None:
    before = shop.rows("orders")
    assert sentence in shop.fails("update", "orders", "{}", update, "--yes")
    assert shop.rows("orders") == before


def test_insert_gives_ids_that_sort_by_time_and_shows_the_documents(shop: Shop) -> None:
    (first,) = shop.rows("insert", "orders", '{"total": 1}')
    second, third = shop.rows("insert", "orders", '[{"total": 2}, {"total": 3, "_id": "mine"}]')
    assert re.fullmatch("[0-9a-f]{24}", first["_id"])
    assert first["_id"][:8] <= second["_id"][:8]
    assert shop.rows("orders")[len(ORDERS) :] == [first, second, third]


def test_inserted_lines_are_all_or_none(shop: Shop) -> None:
    assert "line 3: " in shop.fails("insert", "orders", "-", stdin='{"total": 1}\n\n{"total"\n')
    assert "already" in shop.fails("insert", "orders", "-", stdin='{"_id": "a"}\n{"_id": "a"}\n')
    assert len(shop.rows("orders")) == len(ORDERS)
    assert shop.db("insert", "orders", "-", stdin='{"total": 1}\n{"total": 2}\n').code == 0
    assert len(shop.rows("orders")) == len(ORDERS) + 2


def test_a_document_of_nobody_is_refused(shop: Shop) -> None:
    assert "documents of 'notes' have user scope" in shop.fails("insert", "notes", '{"text": "x"}')
    assert shop.rows("insert", "notes", '{"text": "x"}', "--as", "ann")[0]["_user_id"] == "ann"
    assert shop.rows("insert", "leads", '{"text": "x"}', "--as", "ann")[0]["_team_id"] == "org:acme"
    assert "there is no collection" in shop.fails("insert", "note", "{}")


def test_no_write_touches_the_journal(shop: Shop) -> None:
    count = "select count(*) as n from _capsule_journal"
    before = shop.rows("sql", count)
    shop.db("insert", "orders", "{}")
    shop.db("update", "orders", "{}", "total=1", "--yes")
    shop.db("delete", "orders", "{}", "--yes")
    assert shop.rows("sql", count) == before


@pytest.mark.parametrize(("answer", "left", "code"), [("y\r", 4, 0), ("n\r", 6, 1), ("\r", 6, 1)])
def test_on_a_terminal_it_asks(shop: Shop, answer: str, left: int, code: int) -> None:
    program = TerminalProgram(["db", "delete", "orders", "status=done"], shop.path)
    program.until(lambda: program.lines()[:1] == ["delete 2 documents of orders. Go on? [y/N]"])
    program.keys(answer)
    assert program.wait() == code
    program.close()
    assert len(shop.rows("orders")) == left


def test_reset_forgets_everything_and_the_app_goes_on(shop: Shop) -> None:
    assert shop.db("reset", "--yes").code == 0
    assert {row["documents"] for row in shop.rows()} == {0}
    assert "no sessions yet" in shop.fails("history")
    assert shop.chat(stdin="again\n").stdout == b"ok again\n"
    assert [row["text"] for row in shop.rows("notes")] == ["again"]


def test_an_empty_filter_changes_nothing(shop: Shop) -> None:
    before = shop.rows("orders")
    for command in (["delete", "orders", ""], ["update", "orders", " ", "status=done"], ["find", "orders", ""]):
        yes = [] if command[0] == "find" else ["--yes"]
        assert "a filter is empty: write '{}' to mean all documents" in shop.fails(*command, *yes)
    assert "is no update" in shop.fails("update", "orders", "{}", "", "--yes")
    assert shop.rows("orders") == shop.rows("find", "orders") == before
    assert "a filter is empty" in shop.chat(stdin="/db orders ''\n").stderr
    assert shop.db("delete", "orders", "{}", "--yes").stdout == b'{"deleted":6}\n'


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (["update", "orders", "status=lost", "status=done"], {"matched": 0, "modified": 0}),
        (["update", "orders", "status=done", "status=done"], {"matched": 2, "modified": 0}),
        (["delete", "orders", "status=lost"], {"deleted": 0}),
    ],
)
def test_what_changes_no_document_needs_no_yes(shop: Shop, arguments: list[str], result: dict[str, int]) -> None:
    before = shop.rows("orders")
    run = shop.db(*arguments)
    assert (run.code, run.stderr, json.loads(run.stdout)) == (0, "", result)
    assert shop.db(*arguments, "--dry-run").stderr.endswith("not done, because of --dry-run.\n")
    assert shop.rows("orders") == before
