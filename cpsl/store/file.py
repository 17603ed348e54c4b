"""The database file itself: made private, recognised as ours, and read even where nothing can be written."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from cpsl.errors import DamagedError, StoreError
from cpsl.privatefile import private_file

APPLICATION_ID = 0x43505331
"""What the header of each of our files says (``CPS1``)."""

COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a file, by the end of its name."""

# SQLite would take a shorter file for an empty database, and write over it.
_SMALLEST = 512
# The first tables that each of our files has had since the first version.
_OURS = {"_capsule_sessions", "_capsule_migrations"}


def check_kind(path: str, *, whole: bool = True) -> None:
    """Raises ``StoreError`` for what cannot be a database: opening a pipe, say, would wait for ever.

    :param whole: also for a file that is too short to be one.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror}).") from None
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{path}: cannot be opened: it is not a file. Move it away to start anew.")
    if not os.access(path, os.R_OK):
        raise StoreError(f"{path}: cannot be read (Permission denied).")
    if whole and 0 < found.st_size < _SMALLEST and not os.path.exists(path + "-journal"):
        raise damaged(path, f"this is not a readable database (it has {found.st_size} bytes)")


def check_ours(connection: sqlite3.Connection, path: str) -> None:
    """Raises ``StoreError`` for a database that some other program made; an empty one may be taken.

    Old files do not say whose they are, and are known by their tables.
    """
    (number,) = connection.execute("PRAGMA application_id").fetchone()
    if number == APPLICATION_ID:
        return
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if number or (tables and not tables & _OURS):
        raise StoreError(
            f"{path}: this database belongs to another program. It was left as it is; move it away to start anew."
        )


def check_before_writing(path: str) -> None:
    """As :func:`check_ours`, for a file with a log: a connection that may write would fold that in at its end."""
    if not os.path.exists(path + "-wal"):
        return
    try:
        with closing(sqlite3.connect(_uri(path, "mode=ro"), uri=True)) as connection:
            check_ours(connection, path)
    except sqlite3.DatabaseError as error:
        raise failure(path, error) from error


def is_writable(path: str) -> bool:
    """Whether the file can be written, as well as what SQLite puts beside it."""
    return not os.path.exists(path) or (os.access(path, os.W_OK) and os.access(os.path.dirname(path) or ".", os.W_OK))


def read_only(path: str) -> sqlite3.Connection | None:
    """A connection to a file that cannot be written; None where its log makes a copy necessary."""
    # The file of a log is put beside it by SQLite, which is not possible here.
    for query in ("mode=ro", "mode=ro&immutable=1"):
        if "immutable" in query and os.path.exists(path + "-wal") and os.path.getsize(path + "-wal"):
            return None
        connection = sqlite3.connect(_uri(path, query), uri=True, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            return connection
        except sqlite3.OperationalError:
            connection.close()
        except sqlite3.DatabaseError:
            connection.close()
            raise
    return None


class PrivateCopy:
    """A copy of a database with its log, in a folder of its own; goes with :meth:`remove`, or with the process.

    Raises ``StoreError`` when it cannot be made.
    """

    def __init__(self, path: str) -> None:
        import shutil  # noqa: PLC0415 - hardly ever needed, and slow to load
        from tempfile import TemporaryDirectory  # noqa: PLC0415

        try:
            self._folder = TemporaryDirectory(prefix="capsule-")
            self.path = str(Path(self._folder.name) / Path(path).name)
            private_file(self.path)
            for end in ("", "-wal", "-journal"):
                if os.path.exists(path + end):
                    shutil.copyfile(path + end, self.path + end)
        except OSError as error:
            raise StoreError(f"{path}: cannot be read ({error.strerror or error}).") from error

    def remove(self) -> None:
        """Remove the copy."""
        self._folder.cleanup()


def failure(path: str, error: Exception, *, writing: bool = False) -> StoreError:
    """What SQLite, or a look at what is stored, said of a file: in a sentence that ends with what to do."""
    text = str(error)
    done = "nothing was written: " if writing else ""
    if isinstance(error, DamagedError):
        return damaged(path, f"{done}the database is damaged ({text})")
    if is_damage(error):
        return damaged(path, f"{done}this is not a readable database ({text})")
    if writing and "readonly" in text and path != ":memory:" and is_writable(path):
        # A header that asks for a newer SQLite than there is makes a file read-only.
        return damaged(path, f"{done}the database is damaged ({text}, though the file is not)")
    if writing:
        return StoreError(f"{path}: nothing was written ({error}).")
    return StoreError(f"{path}: cannot be opened ({text}).")


def damaged(path: str, what: str) -> DamagedError:
    """The sentence about a damaged file, with the way to save what can still be read."""
    return DamagedError(
        f"{path}: {what}. It was left as it is; capsule db export DIR --salvage saves what can still be read, "
        "and capsule db import DIR puts that in its place."
    )


def is_damage(error: Exception) -> bool:
    """Whether SQLite says that the file is not what it once wrote."""
    text = str(error).lower()
    said = ("malformed", "not a database", "could not decode", "no such table", "no such column", "unsupported file")
    return any(words in text for words in said)


def _uri(path: str, query: str) -> str:
    return f"{Path(path).absolute().as_uri()}?{query}"
