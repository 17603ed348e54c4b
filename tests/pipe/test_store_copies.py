"""Another file's content under the name, and in the inode, of an open store: with real processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import cycle
from pathlib import Path
from time import monotonic

import pytest

from tests.conftest import PATIENCE, Folder, finish
from tests.pipe.test_turns import APP, say, state, talking

CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"


def sql(store: Path, *statements: str) -> None:
    """Statements of a program that is not ours."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()


def earlier(store: Path) -> None:
    """A backup of before the chat, over what has been folded since."""
    sql(store, CHECKPOINT)
    shutil.copyfile(store.parent.parent / "backup.db", store)


def earlier_before_checkpoint(store: Path) -> None:
    """The same while all that the chat has written is in its log; the chat's file itself is changed by nobody."""
    shutil.copyfile(store.parent.parent / "backup.db", store)


def of_another_project(store: Path) -> None:
    shutil.copyfile(store.parent.parent / "other" / "probe.db", store)


def with_its_log(store: Path) -> None:
    other = store.parent.parent / "other" / "probe.db"
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE filler (x)")
        connection.execute("INSERT INTO filler VALUES ('y')")
        shutil.copyfile(other, store)
        shutil.copyfile(f"{other}-wal", f"{store}-wal")
        shutil.copyfile(f"{other}-wal", store.parent.parent / "other-wal")


def of_another_program(store: Path) -> None:
    other = store.parent.parent / "notes.db"
    sql(other, "CREATE TABLE notes (x)")
    shutil.copyfile(other, store)


def without_its_log(store: Path) -> None:
    """What a person does who has read that a log belongs to its file."""
    sql(store, CHECKPOINT)
    os.unlink(f"{store}-wal")
    shutil.copyfile(store.parent.parent / "backup.db", store)


def foreign_without_log(store: Path) -> None:
    os.unlink(f"{store}-wal")
    shutil.copyfile(store.parent.parent / "other" / "probe.db", store)


def foreign_with_moved_log(store: Path) -> None:
    """Its log is moved over ours, and must outlive our chat's end."""
    with_its_log(store)
    shutil.copyfile(f"{store}-wal", f"{store}-new")
    os.replace(f"{store}-new", f"{store}-wal")


def emptied(store: Path) -> None:
    os.truncate(store, 0)


def cut_off(store: Path) -> None:
    os.truncate(store, os.stat(store).st_size - 5000)


def edited(store: Path) -> None:
    content = store.read_bytes()
    store.write_bytes(content.decode("utf-8", "replace").encode())


COPIES = [
    earlier,
    of_another_project,
    with_its_log,
    without_its_log,
    foreign_without_log,
    foreign_with_moved_log,
    of_another_program,
    emptied,
    cut_off,
    edited,
]


def prepared(folder: Folder) -> Path:
    """A store with two turns and a backup of it, and one of another project with more."""
    folder.app(APP)
    state_folder = folder.path / ".capsule"
    assert folder.chat(stdin="0\n1\n2\n3\n").code == 0
    state_folder.rename(folder.path / "other")
    assert folder.chat("-m", "before", "-m", "the backup").code == 0
    store = state_folder / "probe.db"
    shutil.copyfile(store, folder.path / "backup.db")
    return store


@pytest.mark.parametrize("copied", COPIES)
def test_no_turn_is_acknowledged_once_another_file_is_copied_over_the_store(
    folder: Folder, copied: Callable[[Path], None]
) -> None:
    store = prepared(folder)
    process = talking(folder)
    copied(store)
    left = store.read_bytes()
    run = finish(process, "two\nthree\n")
    assert (run.stdout, run.code) == (b"", 1)
    sentence = f"capsule: {store}: another file was copied over it, or something else than SQLite changed it, while "
    assert [line.startswith(sentence) for line in run.stderr.splitlines()] == [True] * 2
    # Nor does the chat's end fold its log into the copy, or delete the copy's.
    assert store.read_bytes() == left
    if copied in (with_its_log, foreign_with_moved_log):
        assert Path(f"{store}-wal").read_bytes() == Path(f"{folder.path}/other-wal").read_bytes()


def test_a_backup_that_was_copied_over_an_open_store_is_what_is_there_next(folder: Folder) -> None:
    store = prepared(folder)
    process = talking(folder)
    earlier(store)
    assert finish(process, "two\n").code == 1
    assert state(folder) == {"said": ["before", "the backup"]}


def test_a_chat_that_says_nothing_more_does_no_harm_to_the_copy_either(folder: Folder) -> None:
    store = prepared(folder)
    process = talking(folder)
    of_another_project(store)
    finish(process)
    assert state(folder) == {"said": ["0", "1", "2", "3"]}


def test_a_file_as_it_was_under_its_log_is_no_other(folder: Folder) -> None:
    store = prepared(folder)
    process = talking(folder)
    earlier_before_checkpoint(store)
    run = finish(process, "two\n")
    assert (run.stdout, run.stderr, run.code) == (b"got two\n", "", 0)
    assert state(folder) == {"said": ["before", "the backup", "one", "two"]}


@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_a_log_that_is_deleted_is_told_and_nothing_of_before_is_lost(folder: Folder, end: str) -> None:
    store = prepared(folder)
    process = talking(folder)
    os.unlink(f"{store}{end}")
    run = finish(process, "two\n")
    assert (run.stdout, run.code) == (b"", 1)
    sentence = f"capsule: {store}: somebody deleted or moved probe.db{end}, which belongs to it, while it was open, "
    assert run.stderr.startswith(sentence)
    assert state(folder) == {"said": ["before", "the backup", "one"]}


def test_a_log_in_the_place_of_ours_is_told_and_left_alone(folder: Folder) -> None:
    store = prepared(folder)
    process = talking(folder)
    folder.write("new", "somebody's")
    (folder.path / "new").replace(f"{store}-wal")
    run = finish(process, "two\n")
    assert (run.stdout, run.code) == (b"", 1)
    assert run.stderr.startswith(f"capsule: {store}: another file was put in the place of probe.db-wal, which belongs ")
    assert Path(f"{store}-wal").read_text() == "somebody's"


def test_what_was_in_our_log_only_is_set_aside_with_it(folder: Folder) -> None:
    store = prepared(folder)
    process = talking(folder)
    of_another_project(store)
    written = Path(f"{store}-wal").read_bytes()
    assert finish(process, "two\n").code == 1
    aside = Path(f"{store}-wal-former")
    assert (aside.read_bytes(), aside.stat().st_mode & 0o777) == (written, 0o600)
    assert state(folder) == {"said": ["0", "1", "2", "3"]}


def test_a_backup_of_earlier_in_the_same_chat_is_told_from_its_file_after_a_checkpoint(folder: Folder) -> None:
    store = prepared(folder)
    process = talking(folder)
    assert process.stdout
    backup = store.read_bytes()
    said = 0
    # Each text is in its turn, in the data and in the history of the data: the log is full after some of them.
    while store.read_bytes() == backup and said < 200:
        said += 1
        say(process, f"{said} " + "x" * 5000)
        assert process.stdout.readline().startswith(f"got {said} ".encode())
    for line in ("a", "b"):
        say(process, line)
        assert process.stdout.readline() == f"got {line}\n".encode()
    store.write_bytes(backup)
    run = finish(process, "two\n")
    assert (run.stdout, run.code) == (b"", 1)
    assert "another file was copied over it" in run.stderr
    assert store.read_bytes() == backup


def test_what_sqlite_restores_into_an_open_store_is_no_other_file(folder: Folder) -> None:
    store = prepared(folder)
    process = talking(folder)
    with closing(sqlite3.connect(folder.path / "backup.db")) as backup, closing(sqlite3.connect(store)) as open_store:
        backup.backup(open_store)
    run = finish(process, "two\nthree\n")
    assert (run.replies, run.stderr, run.code) == (["got two", "got three"], "", 0)
    assert state(folder)["said"][-2:] == ["two", "three"]


def test_other_programs_write_and_fold_and_tidy_up(folder: Folder) -> None:
    store = prepared(folder)
    process = talking(folder)
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        for number, statement in enumerate(
            [
                "CREATE TABLE mine AS SELECT 1 AS x",
                "INSERT INTO mine VALUES (randomblob(5000000))",
                CHECKPOINT,
                "DELETE FROM mine",
                "VACUUM",
                "PRAGMA wal_checkpoint(PASSIVE)",
                "PRAGMA wal_checkpoint(RESTART)",
            ]
        ):
            other.execute(statement).fetchall()
            say(process, str(number))
            assert process.stdout
            assert process.stdout.readline() == f"got {number}\n".encode()
    sql(store, CHECKPOINT)
    run = finish(process, "end\n")
    assert (run.stdout, run.stderr, run.code) == (b"got end\n", "", 0)
    assert state(folder)["said"][-3:] == ["5", "6", "end"]


def test_chats_that_write_at_once_are_refused_nothing_while_others_fold_copy_and_tidy_up(folder: Folder) -> None:
    folder.app(APP.replace('"got " + message.text', '"got it"'))
    assert folder.chat("-m", "first").code == 0
    store = folder.path / ".capsule" / "probe.db"
    # Long enough that each of the chats makes checkpoints of its own, too.
    lines = [f"{number} " + "x" * 1500 for number in range(40)]
    chats = [folder.start("chat", "app.py", "--session", f"s{number}") for number in range(4)]
    for chat in chats:
        assert chat.stdin
        chat.stdin.write("".join(f"{line}\n" for line in lines).encode())
        chat.stdin.flush()
        chat.stdin.close()
        chat.stdin = None
    programs = cycle(
        [
            ("PRAGMA wal_checkpoint(PASSIVE)",),
            ("PRAGMA wal_checkpoint(FULL)",),
            ("PRAGMA wal_autocheckpoint=1", "CREATE TABLE IF NOT EXISTS mine (x)", "DELETE FROM mine"),
            ("PRAGMA wal_checkpoint(RESTART)",),
            ("INSERT INTO mine VALUES (randomblob(300000))", "SELECT count(*) FROM _capsule_turns"),
            (CHECKPOINT, "DELETE FROM mine", "VACUUM"),
        ]
    )
    end = monotonic() + PATIENCE
    while any(chat.poll() is None for chat in chats) and monotonic() < end:
        with suppress(sqlite3.OperationalError):
            sql(store, *next(programs))
        os.link(store, folder.path / "link")
        os.unlink(folder.path / "link")
    for number, chat in enumerate(chats):
        run = finish(chat)
        assert (run.stderr, run.code, len(run.replies)) == ("", 0, len(lines))
        assert state(folder, "--session", f"s{number}") == {"said": lines}
