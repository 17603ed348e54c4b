from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cpsl.errors import StoreError
from cpsl.store.migrations import STEPS
from cpsl.store.store import Store
from tests.store.conftest import key, turn


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return names


def test_a_new_file_has_the_newest_schema_and_says_how_it_got_it(path: Path) -> None:
    Store(path).close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
    recorded = connection.execute("SELECT number, name FROM _capsule_migrations ORDER BY number").fetchall()
    connection.close()
    assert recorded == [(number, step.__name__) for number, step in enumerate(STEPS, 1)]


def test_every_table_of_ours_begins_with_capsule(path: Path) -> None:
    Store(path).close()
    assert all(name.startswith("_capsule_") for name in tables(path))


def test_a_file_of_an_older_schema_is_brought_up_and_keeps_its_rows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("cpsl.store.migrations.STEPS", STEPS[:1])
        Store(path).close()
    assert "_capsule_journal" not in tables(path)
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO _capsule_sessions (id, name, user_id, channel, created_at) VALUES ('s', 'main', 'u', 'chat', '')"
    )
    connection.commit()
    connection.close()
    store = Store(path)
    assert "_capsule_journal" in tables(path)
    found = store.conversations.named("u", "main")
    store.close()
    assert found
    assert found.id == "s"


def test_a_step_that_fails_leaves_the_former_schema(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE _capsule_half (a)")
        connection.execute("NONSENSE")

    monkeypatch.setattr("cpsl.store.migrations.STEPS", [*STEPS, broken])
    with pytest.raises(StoreError):
        Store(path)
    monkeypatch.undo()
    assert "_capsule_half" not in tables(path)
    Store(path).close()


def test_a_file_of_a_newer_program_is_refused_and_left_alone(path: Path) -> None:
    Store(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={len(STEPS) + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=f"newer capsule \\(schema {len(STEPS) + 1}"):
        Store(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"this is no database at all", b"\x00" * 4096, b"SQLite format 3\x00" + b"\xff" * 2000, b"xy"]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=path.name):
        Store(path)
    assert path.read_bytes() == content


def test_an_empty_file_is_a_new_store(path: Path) -> None:
    path.touch()
    Store(path).close()
    assert tables(path)


def damaged(path: Path) -> bytes:
    """A file that opens, but whose pages beyond the first are rubbish."""
    store = Store(path)
    for number in range(50):
        turn(store.conversations, key(), "reply" * 100, f"{number}")
    store.close()
    content = path.read_bytes()
    content = content[:4096] + b"\xab" * (len(content) - 4096)
    path.write_bytes(content)
    return content


def test_a_damaged_file_is_reported_when_it_is_read_and_left_alone(path: Path) -> None:
    content = damaged(path)
    with closing(Store(path)) as store, pytest.raises(StoreError, match="not a readable database"):
        store.conversations.latest("local")
    assert path.read_bytes() == content


def test_a_damaged_file_is_reported_when_it_is_written_and_left_alone(path: Path) -> None:
    content = damaged(path)
    with closing(Store(path)) as store, pytest.raises(StoreError, match="nothing was written"):
        turn(store.conversations, key())
    assert path.read_bytes() == content


def test_a_truncated_file_is_reported_and_left_alone(path: Path) -> None:
    damaged(path)
    content = path.read_bytes()[:6000]
    path.write_bytes(content)
    with pytest.raises(StoreError), closing(Store(path)) as store:
        store.conversations.latest("local")
    assert path.read_bytes() == content


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot be opened"):
            Store(tmp_path / "x.db")
    finally:
        tmp_path.chmod(0o700)
