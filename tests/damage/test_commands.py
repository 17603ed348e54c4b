"""Every command on a damaged store: one sentence and a documented exit code, never a traceback."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.conftest import some_of
from tests.damage.conftest import Damaged, Ended

READS: list[tuple[tuple[str, ...], str]] = [
    (("inspect", "app.py"), ""),
    (("data", "app.py", "totals"), ""),
    (("db", "list"), ""),
    (("db", "show", "orders"), ""),
    (("db", "show", "notes", "--as", "ann"), ""),
    (("db", "find", "orders", "total>10", "--sort", "-total"), ""),
    (("db", "count", "orders", "status=open"), ""),
    (("db", "schema"), ""),
    (("db", "sql", "select * from _capsule_history"), ""),
    (("db", "sessions"), ""),
    (("db", "history"), ""),
    (("db", "history", "--transcript"), ""),
    (("db", "state"), ""),
    (("db", "settings"), ""),
    (("db", "shell"), "show leads\ncount orders total>10\nhistory\n"),
    (("db", "update", "orders", "status=open", "status=done", "--dry-run"), ""),
    (("db", "delete", "orders", "{}", "--dry-run"), ""),
    (("db", "reset", "--dry-run"), ""),
    (("db", "drop", "orders", "--dry-run"), ""),
    (("db", "rename", "orders", "Orders", "--dry-run"), ""),
]
WRITES: list[tuple[tuple[str, ...], str]] = [
    (("db", "export", "strict"), ""),
    (("db", "export", "saved", "--salvage"), ""),
    (("chat", "app.py", "--as", "ann"), "hi\n/state\n/history\n/sessions\n/diff\n/settings\n/db orders\n{}\n"),
    (("chat", "app.py", "--as", "ann", "--record", "t.jsonl"), "hi\n"),
    (("db", "insert", "orders", '{"a": 1}'), ""),
    (("db", "update", "orders", "status=open", "status=done", "--yes"), ""),
    (("db", "delete", "orders", "total>10", "--yes"), ""),
    (("db", "rename", "orders", "Orders", "--yes"), ""),
    (("db", "drop", "leads", "--yes"), ""),
    (("db", "import", "saved", "--yes"), ""),
    (("db", "list"), ""),
    (("db", "reset", "--yes"), ""),
]
CODES = {0, 1, 2, 3}


def check(command: tuple[str, ...], ended: Ended) -> None:
    """No exception escapes, the code is a documented one, and a refusal says why in whole lines."""
    assert ended.code in CODES, (command, ended)
    assert "Traceback" not in ended.stderr, (command, ended)
    assert ended.code == 0 or ended.stderr.endswith("\n"), (command, ended)


def play(damaged: Damaged, content: bytes, about: str = "") -> None:
    """All commands ``about`` that table, each read on the same content; then each write after the other."""
    damaged.put(content)
    for command, stdin in chosen(READS, about):
        check(command, damaged.run(*command, stdin=stdin))
        if command[0] != "data":  # as at each start of the app, its declarations are put right
            assert damaged.store.read_bytes() == content, command
        damaged.put(content)
    for command, stdin in chosen(WRITES, about):
        check(command, damaged.run(*command, stdin=stdin))


TALKS = {"sessions", "history", "state", "chat", "export", "import", "data", "shell"}
DOCUMENTS = {"list", "show", "find", "schema", "update", "insert", "rename", "chat", "export", "import"}
VALUES = {"settings", "data", "chat", "export", "import"}
ABOUT = {"_sessions": TALKS, "_turns": TALKS, "_history": TALKS, "_journal": {"chat", "history", "list", "export"}}
ABOUT |= {"_settings": VALUES, "_kv": VALUES, "_columns": VALUES, "orders": DOCUMENTS, "leads": DOCUMENTS}


def chosen(commands: list[tuple[tuple[str, ...], str]], about: str) -> list[tuple[tuple[str, ...], str]]:
    """The commands that read such a table."""
    words = next((words for name, words in ABOUT.items() if name in about), None)
    return [each for each in commands if words is None or words & set(each[0])]


def test_every_command_works_on_the_store_as_it_was(damaged: Damaged) -> None:
    damaged.put(damaged.content)
    for command, stdin in (*READS, *WRITES):
        ended = damaged.run(*command, stdin=stdin)
        assert ended.code == (1 if command[:2] == ("db", "import") else 0), (command, ended)


def flipped(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 8))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def cut(content: bytearray, chance: random.Random) -> None:
    del content[-chance.choice((1, 7, 512, 4096, chance.randrange(1, len(content)))) :]


def blanked(content: bytearray, chance: random.Random) -> None:
    page = chance.randrange(len(content) // 4096) * 4096
    content[page : page + 4096] = bytes(4096)


def misspelt(content: bytearray, chance: random.Random) -> None:
    """A letter of some text, such as stored JSON, is another one."""
    letters = [place for place, letter in enumerate(content) if 32 <= letter < 127]
    content[chance.choice(letters)] ^= 1 << chance.randrange(7)


def misheaded(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(150)] ^= 1 << chance.randrange(8)


@pytest.mark.parametrize("harm", [flipped, cut, blanked, misspelt, misheaded], ids=lambda harm: harm.__name__)
def test_no_damage_is_a_traceback(damaged: Damaged, harm: Callable[[bytearray, random.Random], None]) -> None:
    content = bytearray(damaged.content)
    harm(content, random.Random(harm.__name__))
    play(damaged, bytes(content))


EDITS = [
    "UPDATE _capsule_sessions SET data = '5'",
    "UPDATE _capsule_sessions SET data = '{'",
    "UPDATE _capsule_sessions SET data = x'ff00', revision = 'many'",
    "UPDATE _capsule_sessions SET created_at = 'yesterday', title = x'ff'",
    "UPDATE _capsule_sessions SET name = x'ff', user_email = 5",
    "UPDATE _capsule_turns SET replies = '5'",
    "UPDATE _capsule_turns SET replies = '[{}]', number = 'first'",
    "UPDATE _capsule_turns SET replies = '[5', started_at = 'then'",
    "UPDATE _capsule_turns SET said = x'ff', attachments = '5'",
    "UPDATE _capsule_turns SET attachments = '{', process = 'ours', status = 'running'",
    "UPDATE _capsule_turns SET started_at = '', ended_at = 5",
    "UPDATE _capsule_journal SET before = '5'",
    "UPDATE _capsule_journal SET kind = 'strange', before = 'x'",
    "UPDATE _capsule_journal SET key = 'nowhere', before = NULL",
    "UPDATE _capsule_collections SET declaration = '{'",
    "UPDATE _capsule_collections SET declaration = '5', written_at = 7",
    'UPDATE _capsule_collections SET declaration = \'{"name": 5, "columns": 7}\'',
    "UPDATE _capsule_collections SET written_at = x'ff'",
    'INSERT INTO _capsule_collections (name, declaration) VALUES (\'gone\', \'{"name": "gone", "columns": []}\')',
    "UPDATE orders SET doc = '5'",
    "UPDATE leads SET doc = '{'",
    "UPDATE leads SET doc = x'ff'",
    "UPDATE orders SET _user_id = x'ff'",
    "UPDATE orders SET _id = x'ff' WHERE rowid = 1",
    "UPDATE leads SET doc = '[1]'",
    "INSERT INTO _capsule_settings VALUES ('user', 'ann', 'tone', '{')",
    "INSERT INTO _capsule_settings VALUES (x'ff', 'ann', 'tone', '5')",
    "INSERT INTO _capsule_kv VALUES ('app', '', 'k', x'ff')",
    "INSERT INTO _capsule_columns VALUES ('orders', '', '', '5')",
    "DROP TABLE orders",
    "DROP TABLE _capsule_turns",
    "DROP VIEW _capsule_history",
    "ALTER TABLE orders RENAME COLUMN doc TO text",
    "DELETE FROM _capsule_sessions",
    "UPDATE _capsule_app SET name = x'ff'",
]


@pytest.mark.parametrize("statement", some_of(EDITS, 3))
def test_no_edit_by_hand_is_a_traceback(damaged: Damaged, statement: str) -> None:
    damaged.put(damaged.content)
    with closing(sqlite3.connect(damaged.store, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        for (index,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql > ''"
        ).fetchall():
            connection.execute(f'DROP INDEX "{index}"')  # which would refuse such values
        connection.execute(statement)
        connection.execute("PRAGMA journal_mode=WAL")
    play(damaged, damaged.store.read_bytes(), statement)
