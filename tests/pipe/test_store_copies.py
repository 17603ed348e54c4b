"""Another file's content under the name, and in the inode, of an open store: with real processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Folder, finish
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


def of_another_program(store: Path) -> None:
    other = store.parent.parent / "notes.db"
    sql(other, "CREATE TABLE notes (x)")
    shutil.copyfile(other, store)


def emptied(store: Path) -> None:
    os.truncate(store, 0)


def cut_off(store: Path) -> None:
    os.truncate(store, os.stat(store).st_size - 5000)


def edited(store: Path) -> None:
    content = store.read_bytes()
    store.write_bytes(content.decode("utf-8", "replace").encode())


COPIES = [earlier, of_another_project, with_its_log, of_another_program, emptied, cut_off, edited]


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
    # Nor does the chat's end fold its log into the copy.
    assert store.read_bytes() == left


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


def test_two_chats_fold_what_each_other_wrote(folder: Folder) -> None:
    folder.app(APP)
    first = talking(folder)
    second = folder.start("chat", "app.py", "--session", "other")
    lines = [str(number) for number in range(300)]
    run = finish(second, "".join(f"{line}\n" for line in lines))
    assert (run.stderr, run.code) == ("", 0)
    run = finish(first, "".join(f"{line}\n" for line in lines))
    assert (run.stderr, run.code) == ("", 0)
    assert state(folder) == {"said": ["one", *lines]}
    assert state(folder, "--session", "other") == {"said": lines}
