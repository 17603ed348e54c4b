"""``capsule db sql``: reading only."""

import json

import pytest

from tests.db.conftest import ORDERS, Shop


def test_collections_are_tables_with_plain_columns(shop: Shop) -> None:
    rows = shop.rows(
        "sql", "select status, count(*) as n, sum(total) as t from orders where total > 10 group by status"
    )
    assert rows[-1] == {"status": "open", "n": 3, "t": 54.5}
    assert shop.rows("sql", "select text from _capsule_history limit 1") == [{"text": json.dumps(ORDERS[0])}]
    assert shop.rows("sql", "select 1 as a, 2 as a, x'ff' as b") == [{"a": 1, "a_2": 2, "b": "ff"}]
    assert shop.rows("sql", "select 9e999 as a, -9e999 as b, 1.5 as c") == [{"a": None, "b": None, "c": 1.5}]


@pytest.mark.parametrize(
    "statement",
    [
        "delete from orders",
        "insert into orders (_id, doc) values ('x', '{}')",
        "drop table orders",
        "attach 'other.db' as other",
        "pragma query_only=0",
        "vacuum into 'copy.db'",
        "create temp table x (y)",
    ],
)
def test_nothing_can_be_written(shop: Shop, statement: str) -> None:
    before = shop.rows("orders")
    files = set(shop.contents())
    assert shop.fails("sql", statement).startswith("capsule: sql: ")
    assert shop.rows("orders") == before
    assert set(shop.contents()) == files


def test_a_wrong_query_is_one_sentence(shop: Shop) -> None:
    assert shop.fails("sql", "select * from nope") == "capsule: sql: no such table: nope\n"
    assert "one statement at a time: nothing was done" in shop.fails("sql", "select 1; select 2")


def test_in_every_format(shop: Shop) -> None:
    done = shop.db("sql", "select 1 as a union all select 20", "--format", "table")
    assert done.stdout.decode() == " a\n──\n 1\n20\n"


@pytest.mark.parametrize(
    "word", ["commit", "BEGIN", "rollback", "end", "savepoint x", "release x", "vacuum", "/* x */ commit"]
)
def test_a_transaction_is_refused_in_a_sentence(shop: Shop, word: str) -> None:
    verb = word.split()[-2 if word.endswith("x") else -1].upper()
    said = f"sql: {verb} was not done: each question only reads, in a transaction of its own."
    assert said in shop.fails("sql", word)


@pytest.mark.parametrize("word", ["", ";", "/* nothing */", "pragma nonsense"])
def test_what_asks_nothing_is_refused_in_a_sentence(shop: Shop, word: str) -> None:
    assert any(said in shop.fails("sql", word) for said in ("sql: that asks nothing", "only reading is possible here"))
