from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cpsl.errors import StoreError
from cpsl.model.identity import UserInfo
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
    assert all(name.startswith("_capsule_") for name in tables(path) if not name.startswith("sqlite_"))


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


def older_file(path: Path, steps: int, *statements: str) -> None:
    """A file as a program with that many migrations has left it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cpsl.store.migrations.STEPS", STEPS[:steps])
        Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


SESSION = "INSERT INTO _capsule_sessions (id, name, user_id, user_org, channel, created_at) VALUES "


def test_turns_keep_their_numbers_and_their_words_when_the_table_is_made_anew(path: Path) -> None:
    older_file(
        path,
        4,
        SESSION + "('s1', 'main', 'local', NULL, 'chat', '2026-01-31T09:05:00.250Z')",
        "INSERT INTO _capsule_turns (id, session_id, number, said, replies, status, process, started_at) VALUES "
        """(7, 's1', 3, 'q', '[{"sender":"app","text":"r","at":"2026-01-31T09:05:00.250Z"}]', 'ok', 1,"""
        " '2026-01-31T09:05:00.250Z')",
    )
    with closing(Store(path)) as store:
        opened = turn(store.conversations, key(), "r2")
        assert (opened.id, opened.number) == (8, 4)
        rows = store.database.rows("SELECT turn, sender, text FROM _capsule_history ORDER BY turn, position")
        assert list(rows) == [(3, "user", "q"), (3, "app", "r"), (4, "user", "q"), (4, "app", "r2")]


def test_a_store_whose_turns_were_numbered_by_sqlite_goes_on_and_gives_no_id_twice(path: Path) -> None:
    older_file(
        path,
        9,
        "DROP TRIGGER _capsule_turn_deleted",
        "DROP TABLE _capsule_turn_ids",
        "DROP VIEW _capsule_history",
        "DROP TABLE _capsule_turns",
        "CREATE TABLE _capsule_turns (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, "
        "number INTEGER NOT NULL, said TEXT NOT NULL, attachments TEXT, replies TEXT NOT NULL DEFAULT '[]', "
        "status TEXT NOT NULL, error TEXT, process INTEGER NOT NULL, started_at TEXT NOT NULL, ended_at TEXT)",
        SESSION + "('s1', 'main', 'local', NULL, 'chat', '2026-01-31T09:05:00.250Z')",
        "INSERT INTO _capsule_turns (id, session_id, number, said, status, process, started_at) VALUES "
        "(7, 's1', 1, 'q', 'ok', 1, '2026-01-31T09:05:00.250Z'), "
        "(9, 's1', 2, 'q', 'ok', 1, '2026-01-31T09:05:00.250Z')",
        "DELETE FROM _capsule_turns WHERE id = 9",
    )
    with closing(Store(path)) as store:
        opened = turn(store.conversations, key(), "r2")
        assert (opened.id, opened.number) == (10, 2)


def test_what_a_person_named_like_an_organisation_had_stays_theirs_unless_there_is_one(path: Path) -> None:
    declaration = json.dumps({"name": 'no"tes', "columns": [], "indexed": False, "scope_column": "_team_id"})
    owners = ("org:solo", "user:org:solo", "org:acme", "bob")
    older_file(
        path,
        4,
        SESSION + "('1', 'a', 'org:solo', NULL, '', ''), ('2', 'a', 'user:org:solo', '', '', ''),"
        "('3', 'a', 'org:acme', NULL, '', ''), ('4', 'a', 'ann', 'acme', '', ''), ('5', 'a', 'bob', NULL, '', '')",
        'CREATE TABLE "no""tes" (_id TEXT, _user_id TEXT, _team_id TEXT, _session_id TEXT, doc TEXT)',
        f"INSERT INTO _capsule_collections (name, declaration) VALUES ('no\"tes', '{declaration}')",
        *(f"INSERT INTO \"no\"\"tes\" VALUES ('{owner}', NULL, '{owner}', NULL, '')" for owner in owners),
        *(f"INSERT INTO _capsule_kv VALUES ('owner', '{owner}', 'k', '\"{owner}\"')" for owner in owners),
        "INSERT INTO _capsule_kv VALUES ('user', 'org:solo', 'k', '1')",
        *(f"INSERT INTO _capsule_settings VALUES ('owner', '{owner}', 'k', '1')" for owner in owners),
        *(f"INSERT INTO _capsule_columns VALUES ('c', '_team_id', '{owner}', '\"{owner}\"')" for owner in owners),
    )
    after = ["user:org:solo", "user:user:org:solo", "org:acme", "bob"]
    with closing(Store(path)) as store:
        assert list(store.database.rows('SELECT _id, _team_id FROM "no""tes"')) == list(zip(owners, after, strict=True))
        assert {(scope, owner): value for scope, owner, _, value in store.kv.all()} == {
            **{("owner", new): old for old, new in zip(owners, after, strict=True)},
            ("user", "org:solo"): 1,
        }
        assert {owner for _, owner, _, _ in store.settings.all()} == set(after)
        rows = store.database.rows("SELECT owner, columns FROM _capsule_columns")
        assert {owner: json.loads(text) for owner, text in rows} == dict(zip(after, owners, strict=True))
        for old, new in zip(owners, after, strict=True):
            assert old == "org:acme" or UserInfo(old).owner_id == new


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
    """A file that opens, but in which each table and index begins with rubbish."""
    store = Store(path)
    for number in range(50):
        turn(store.conversations, key(), "reply" * 100, f"{number}")
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        roots = [root for (root,) in connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")]
    content = bytearray(path.read_bytes())
    for root in roots:
        content[(root - 1) * size : root * size] = b"\xab" * size
    path.write_bytes(content)
    return bytes(content)


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
