"""``capsule db rename`` and ``drop``: a collection as a whole."""

from __future__ import annotations

import pytest

from tests.db.conftest import Shop


def test_a_collection_is_renamed_with_its_documents(shop: Shop) -> None:
    before = shop.rows("show", "orders")
    done = shop.db("rename", "orders", "Orders", "--yes")
    assert (done.code, done.stdout, done.stderr) == (0, b"", "rename orders with 6 documents to Orders.\n")
    assert shop.rows("show", "Orders") == before
    assert [row["collection"] for row in shop.rows("list")] == ["Orders", "leads", "notes"]


def test_a_collection_is_dropped(shop: Shop) -> None:
    done = shop.db("drop", "orders", "--yes")
    assert (done.code, done.stdout, done.stderr) == (0, b"", "drop orders with 6 documents.\n")
    assert [row["collection"] for row in shop.rows("list")] == ["leads", "notes"]


@pytest.mark.parametrize("words", [("rename", "orders", "sales"), ("drop", "orders")], ids=lambda words: words[0])
def test_neither_is_done_without_being_asked_for(shop: Shop, words: tuple[str, ...]) -> None:
    before = shop.rows("list")
    said = shop.db(*words, "--dry-run")
    assert (said.code, said.stdout) == (0, b"")
    assert said.stderr.endswith(": not done, because of --dry-run.\n")
    assert "needs --yes" in shop.fails(*words, code=2)
    assert shop.rows("list") == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("drop", "order"), "Did you mean orders?"),
        (("rename", "order", "x"), "Did you mean orders?"),
        (("rename", "orders", "notes"), "There is a collection 'notes' already"),
        (("rename", "orders", "Notes"), "differs from it only in case"),
        (("rename", "orders", "json_each"), "is reserved"),
    ],
    ids=str,
)
def test_a_name_that_is_none_is_a_sentence(shop: Shop, words: tuple[str, ...], said: str) -> None:
    assert said in shop.fails(*words, "--yes")
