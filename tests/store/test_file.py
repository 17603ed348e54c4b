"""The database file: whose it is, who may read it, and where it cannot be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cpsl.errors import DamagedError, StoreError
from cpsl.store.declarations import Declaration
from cpsl.store.file import APPLICATION_ID
from cpsl.store.store import Store
from tests.store.conftest import key, turn
from tests.unprivileged import folder_for_others, run_unprivileged


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of the folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_only_its_owner_can_read_a_store(path: Path) -> None:
    with closing(Store(path)) as store:
        store.declarations.ensure(Declaration("orders"))
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {"app.db": 0o600, "app.db-wal": 0o600, "app.db-shm": 0o600}


def test_a_store_keeps_the_permissions_that_its_user_gave_it(path: Path) -> None:
    Store(path).close()
    path.chmod(0o640)
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("others", [False, True], ids=["alone", "beside another connection"])
def test_a_closed_store_leaves_no_file_open(path: Path, others: bool) -> None:
    def written(path: Path) -> None:
        with closing(Store(path)) as store:
            for value in range(30):
                turn(store.conversations, key(), f"said {value}")
            assert {"app.db-wal", "app.db-shm"} <= opened()

    def opened() -> set[str]:
        links = (os.path.join("/dev/fd", name) for name in os.listdir("/dev/fd"))
        return {os.path.basename(os.readlink(link)) for link in links if os.path.islink(link)}

    if others:
        Store(path).close()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("SELECT * FROM _capsule_turns").fetchall()
            written(path)
            # Whoever else has the store open in this process would lose the locks.
            assert "app.db-shm" in opened()
    written(path)
    assert not {name for name in opened() if name.startswith("app.db")}


def test_a_store_says_in_its_header_whose_it_is(path: Path) -> None:
    Store(path).close()
    assert int.from_bytes(path.read_bytes()[68:72], "big") == APPLICATION_ID


def test_a_store_of_before_is_known_by_its_tables(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id=0")
    Store(path).close()


def foreign(path: Path, *, number: int = 0, tables: int = 1, log: bool = False) -> None:
    """A database of another program; with a log that is not folded in, as after a crash."""
    made = path.with_name("made.db")
    with closing(sqlite3.connect(made)) as connection:
        if log:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA application_id={number}")
        for table in range(tables):
            connection.execute(f"CREATE TABLE t{table} (a)")
        connection.commit()
        for end in ("", "-wal") if log else ("",):
            shutil.copy(f"{made}{end}", f"{path}{end}")
    for end in ("", "-wal", "-shm"):
        made.with_name(f"made.db{end}").unlink(missing_ok=True)


@pytest.mark.parametrize(
    "made", [{}, {"number": 7}, {"number": 7, "tables": 0}, {"log": True}, {"log": True, "number": 7}], ids=str
)
def test_a_database_of_another_program_is_left_byte_for_byte(path: Path, made: dict[str, int]) -> None:
    foreign(path, **made)  # type: ignore[arg-type]
    before = contents(path.parent)
    with pytest.raises(StoreError, match=r"belongs to another program\. It was left as it is"):
        Store(path)
    after = contents(path.parent)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("content", [b"x", b"a text\n" * 9, b"a text\n" * 900, b"\0" * 5000], ids=len)
def test_a_file_that_is_no_database_is_left_byte_for_byte(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DamagedError, match=r"not a readable database .* It was left as it is"):
        Store(path)
    assert contents(path.parent) == {"app.db": content}


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with closing(Store(path)) as store:
        assert store.declarations.names() == []


def test_what_is_no_file_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(StoreError, match="cannot be opened: it is not a file"):
        Store(path)


IMPORTS = """
import shutil, sys, tempfile, urllib.parse
from cpsl.data import schema
from cpsl.errors import StoreError
from cpsl.store.declarations import Declaration
from cpsl.store.store import Store
"""
LOOK = """
try:
    store = Store(sys.argv[1])
    print(store.declarations.names())
    store.declarations.ensure(Declaration("more"))
except StoreError as error:
    print(error)
store = None
"""


def looked(path: Path) -> list[str]:
    """What somebody without privileges sees in the store, and what becomes of a write."""
    done = run_unprivileged(IMPORTS, LOOK, path)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture
def locked() -> Iterator[Path]:
    with folder_for_others(0o755) as folder:
        yield folder


@pytest.mark.parametrize("log", [False, True], ids=["folded", "log"])
@pytest.mark.parametrize(("folder", "file"), [(0o555, 0o444), (0o755, 0o444), (0o555, 0o644)])
def test_a_store_that_cannot_be_written_is_read(
    tmp_path: Path, locked: Path, folder: int, file: int, log: bool
) -> None:
    made = tmp_path / "made.db"
    with closing(Store(made)) as store:
        store.declarations.ensure(Declaration("orders"))
        if log:
            for end in ("", "-wal"):
                shutil.copy(f"{made}{end}", locked / f"app.db{end}")
    if not log:
        shutil.copy(made, locked / "app.db")
    for each in locked.iterdir():
        each.chmod(file)
    locked.chmod(folder)
    before = contents(locked)
    names, refused = looked(locked / "app.db")
    assert names == "['orders']"
    assert "nothing was written (attempt to write a readonly database)" in refused
    assert contents(locked) == before


def test_a_store_of_before_that_cannot_be_written_is_read(locked: Path) -> None:
    with closing(Store(locked / "app.db")) as store:
        store.declarations.ensure(Declaration("orders"))
    with closing(sqlite3.connect(locked / "app.db")) as connection:
        connection.executescript("DROP TABLE _capsule_app; DROP TABLE _capsule_seeds; DROP TABLE _capsule_turn_ids")
        connection.executescript("DROP TABLE _capsule_checkpoints")
        connection.executescript("DROP TRIGGER _capsule_turn_deleted; DELETE FROM _capsule_migrations WHERE number > 4")
        connection.executescript("PRAGMA application_id = 0; PRAGMA user_version = 4")
    (locked / "app.db").chmod(0o444)
    locked.chmod(0o555)
    before = contents(locked)
    assert looked(locked / "app.db")[0] == "['orders']"
    assert contents(locked) == before


def test_a_store_that_cannot_be_read_is_a_sentence(locked: Path) -> None:
    Store(locked / "app.db").close()
    (locked / "app.db").chmod(0o000)
    locked.chmod(0o755)
    (said,) = looked(locked / "app.db")
    assert said == f"{locked / 'app.db'}: cannot be read (Permission denied)."
