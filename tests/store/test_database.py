from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.data.sql_names import identifier
from cpsl.errors import StoreError
from cpsl.store.database import MEMORY, Database, clean
from cpsl.store.store import Store
from cpsl.store.values import ValueOwner


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "x.db")
    database.connection.execute("CREATE TABLE t (v UNIQUE)")
    yield database
    database.close()


def values(database: Database) -> list[object]:
    return [row[0] for row in database.rows("SELECT v FROM t ORDER BY v")]


def test_a_transaction_writes_everything(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (2)")
    assert values(database) == [1, 2]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_transaction_that_raises_writes_nothing(database: Database, error: type[BaseException]) -> None:
    with pytest.raises(error), database.transaction() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        raise error
    assert values(database) == []
    assert not database.connection.in_transaction


def test_a_statement_that_fails_takes_the_transaction_with_it(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError), database.transaction() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (1)")
    assert values(database) == []


def test_a_transaction_inside_another_is_refused_and_nothing_is_written(database: Database) -> None:
    with pytest.raises(StoreError, match="nothing was written"), database.transaction() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        with database.transaction():
            pass
    assert values(database) == []


def test_the_next_transaction_works_after_one_that_failed(database: Database) -> None:
    with pytest.raises(ValueError), database.transaction():
        raise ValueError
    with database.transaction() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
    assert values(database) == [1]


def test_a_full_disk_is_a_sentence(database: Database) -> None:
    pages = database.row("PRAGMA page_count")
    assert pages
    database.connection.execute(f"PRAGMA max_page_count={pages[0]}")
    with pytest.raises(StoreError, match="nothing was written"), database.transaction() as connection:
        for number in range(10_000):
            connection.execute("INSERT INTO t VALUES (?)", (f"{number:0200}",))
    assert values(database) == []


def test_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database = Database(MEMORY)
    with database.transaction() as connection:
        connection.execute("CREATE TABLE t (v)")
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_ahead(database: Database) -> None:
    assert database.row("PRAGMA journal_mode") == ("wal",)
    assert database.row("PRAGMA synchronous") == (1,)


def test_full_durability_syncs_every_commit(tmp_path: Path) -> None:
    database = Database(tmp_path / "full.db", durable=True)
    assert database.row("PRAGMA synchronous") == (2,)
    database.close()


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder does not exist"):
        Database(tmp_path / "missing" / "x.db")


def test_a_folder_in_the_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Database(tmp_path)


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1))
def test_any_name_can_be_quoted(name: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE {identifier(name)} (a)")
    assert connection.execute("SELECT name FROM sqlite_master").fetchone()[0].lower() == name.lower()
    connection.close()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("żółć 🎉 \x00", "żółć 🎉 \x00"),
        ("a\ud800b", "a\ufffdb"),
        ("\udc00", "\ufffd"),
        ("end\ud800", "end\ufffd"),
        ("\ud83c\udf89", "🎉"),
    ],
)
def test_lone_surrogates_become_the_replacement_character(text: str, kept: str) -> None:
    assert clean(text) == kept


@pytest.mark.parametrize("how", ["gone", "replaced"])
def test_a_file_that_is_no_longer_there_takes_no_writes_until_it_is_back(path: Path, how: str) -> None:
    store = Store(path)
    store.kv.set(ValueOwner("app", ""), "k", 1, None)
    moved = path.with_name("moved")
    path.rename(moved)
    if how == "replaced":
        path.touch()
    words = "it was deleted or moved away" if how == "gone" else "another file was put in its place"
    with pytest.raises(StoreError, match=f"app.db: {words} while it was open, so nothing was written"):
        store.kv.set(ValueOwner("app", ""), "k", 2, None)
    # Nor does a further connection take the other file for ours, or make one.
    with pytest.raises(StoreError, match=words):
        store.reader.submit(lambda documents: None).result()
    path.unlink(missing_ok=True)
    moved.rename(path)
    store.kv.set(ValueOwner("app", ""), "k", 3, None)
    assert store.kv.get(ValueOwner("app", ""), "k") == (True, 3)
    store.close()
