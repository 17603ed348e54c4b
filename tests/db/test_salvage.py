"""A damaged database: what can still be read is saved, and put in its place; the damaged file stays."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.db.conftest import Shop


def many(shop: Shop) -> list[str]:
    """Fill a collection over many pages; returns the ids in order."""
    lines = "".join(json.dumps({"_id": f"id-{number:04}", "text": "x" * 300}) + "\n" for number in range(400))
    assert shop.db("insert", "notes", "-", "--as", "ann", stdin=lines).code == 0
    return [row["_id"] for row in shop.rows("show", "notes")]


def break_a_page_of(shop: Shop, collection: str) -> bytes:
    """Overwrite a page in the middle of the collection's table; returns what the file holds then."""
    with closing(sqlite3.connect(shop.store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.execute(
            "SELECT pageno, pagetype FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path", (collection,)
        ).fetchall()
    content = bytearray(shop.store.read_bytes())
    place = (pages[len(pages) // 2][0] - 1) * 4096
    content[place : place + 4096] = b"\xab" * 4096
    shop.store.write_bytes(content)
    return bytes(content)


@pytest.fixture
def broken(shop: Shop) -> tuple[list[str], bytes]:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("SELECT 1 FROM dbstat")
        except sqlite3.OperationalError:
            pytest.skip("this SQLite does not tell which page is whose")
    return many(shop), break_a_page_of(shop, "notes")


def test_what_can_be_read_is_saved_and_put_in_its_place(shop: Shop, broken: tuple[list[str], bytes]) -> None:
    ids, content = broken
    shown = shop.db("show", "notes")
    said = shown.stderr
    assert (shown.code, said.count("\n")) == (1, 1)
    assert "It was left as it is; capsule db export DIR --salvage saves what can still be read" in said
    assert shop.db("export", "strict").code == 1
    assert not (shop.path / "strict").exists()
    saved = shop.db("export", "saved", "--salvage")
    assert saved.code == 0
    assert "left out: parts that cannot be read any more of notes\n" in saved.stderr
    assert shop.store.read_bytes() == content
    assert "needs --yes" in shop.fails("import", "saved", code=2)
    put = shop.db("import", "saved", "--yes")
    assert put.code == 0
    assert put.stderr.startswith("set the damaged probe.db aside as probe.db.damaged.\nthe store now holds ")
    assert (shop.store.parent / "probe.db.damaged").read_bytes() == content
    left = [row["_id"] for row in shop.rows("show", "notes")]
    assert len(ids) - 20 < len(left) < len(ids)
    assert left == [each for each in ids if each in set(left)]
    assert len(shop.rows("show", "orders")) == 6
    assert [row["user"] for row in shop.rows("sessions")] == ["bob", "ann"]
    assert shop.capsule("chat", "app.py", "-m", "hi").code == 0


@pytest.mark.parametrize("place", [0, 16, 18, 30, 47, 59], ids=["magic", "page", "version", "pages", "format", "text"])
def test_a_damaged_header_loses_nothing(shop: Shop, place: int) -> None:
    before = [shop.rows("show", name) for name in ("orders", "notes")]
    content = bytearray(shop.store.read_bytes())
    content[place] ^= 0xFF
    shop.store.write_bytes(content)
    done = shop.db("export", "saved", "--salvage")
    assert (done.code, done.stderr) == (0, "exported 10 documents in 3 collections to saved\n")
    assert shop.store.read_bytes() == content
    assert shop.db("import", "saved", "--yes").code == 0
    assert [shop.rows("show", name) for name in ("orders", "notes")] == before


def test_a_row_that_is_no_document_is_left_out_and_counted(shop: Shop) -> None:
    with closing(sqlite3.connect(shop.store, isolation_level=None)) as connection:
        connection.execute("UPDATE leads SET doc = '5' WHERE rowid = 1")
    assert "the database is damaged" in shop.fails("show", "leads")
    done = shop.db("export", "saved", "--salvage")
    assert "left out: 1 row with content that is damaged\n" in done.stderr
    assert shop.db("import", "saved", "--yes").code == 0
    assert len(shop.rows("show", "leads")) == 1


def test_of_a_whole_database_everything_is_saved(shop: Shop) -> None:
    assert shop.db("export", "strict").code == 0
    done = shop.db("export", "saved", "--salvage")
    assert (done.code, done.stderr) == (0, "exported 10 documents in 3 collections to saved\n")
    for file in (shop.path / "strict").iterdir():
        assert (shop.path / "saved" / file.name).read_text() == file.read_text()


def test_a_database_of_another_program_is_neither_saved_nor_replaced(shop: Shop) -> None:
    assert shop.db("export", "saved").code == 0
    shop.store.unlink()
    with closing(sqlite3.connect(shop.store)) as connection:
        connection.execute("CREATE TABLE t (a)")
    content = shop.store.read_bytes()
    for words in (("export", "other", "--salvage"), ("import", "saved", "--yes"), ("list",), ("reset", "--yes")):
        assert "belongs to another program" in shop.fails(*words)
    assert shop.store.read_bytes() == content


def test_what_holds_nothing_readable_is_a_sentence(shop: Shop) -> None:
    shop.store.write_bytes(b"no database" * 1000)
    assert "nothing in it can be read any more" in shop.fails("export", "saved", "--salvage")
    assert not (shop.path / "saved").exists()
