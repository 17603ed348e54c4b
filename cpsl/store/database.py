"""The connection: how the file is opened, and the only way to write to it (architecture.md#the-store)."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from cpsl.errors import DamagedError, StoreError
from cpsl.privatefile import private_file
from cpsl.store import file
from cpsl.store.openfile import LOG_BYTES_KEPT, OpenFile

MEMORY = ":memory:"

# Waiting for another process's transaction; each of ours takes well under a millisecond.
_BUSY_SECONDS = 30.0
_FOLD_MILLISECONDS = 100
_OPEN_ATTEMPTS = 200
_OPEN_PAUSE = 0.02
# Half of SQLite's default. The system caches the file as well; a larger cache made neither inserts nor
# indexed reads of 200,000 rows faster, but a long talk a tenth bigger (benchmarks/memory.py).
_CACHE_KIB = 1000
# So many steps of SQLite take about a millisecond; between them Python can act on a signal.
_STEPS = 100_000
# A statement that is wrong in itself is no trouble with the file.
_OUR_MISTAKES = (sqlite3.ProgrammingError, sqlite3.IntegrityError, sqlite3.InterfaceError)
# Seconds; a look at the file costs as much as a statement on some systems.
_LOOK_HOLDS = 0.001
_ticks = time.perf_counter

Row = tuple[Any, ...]


class Database:
    """One SQLite file, or memory. One operation is one transaction inside one synchronous call.

    :param path: the file, made if missing; ``MEMORY`` for a store that ends with the process.
    :param durable: also fsync at every commit (``durability = "full"``).

    Raises ``StoreError`` when the file is not a usable database.
    """

    def __init__(self, path: str | Path = MEMORY, *, durable: bool = False) -> None:
        self.path = str(path)
        self.read_only = self.path != MEMORY and not file.is_writable(self.path)
        self._copy: file.PrivateCopy | None = None
        self.connection = self._connected(durable)
        self._file = None if self.path == MEMORY or self.read_only else OpenFile(self.path, self.connection)
        self._looked = _ticks()
        self._process = os.getpid()
        self._wanted: Callable[[], bool] = _never
        self.closed = False
        self.stop_when(_never)

    @property
    def place(self) -> str:
        """The file that is really open: a copy of :attr:`path` where that can neither be written nor read directly."""
        return self._copy.path if self._copy else self.path

    def read_copy(self) -> None:
        """Go on with a private copy, which can have what the file cannot be given: a newer schema."""
        if self._copy is None:
            self.connection.close()
            self.connection = self._copied()
            self.stop_when(self._wanted)

    def refuse_writes(self) -> None:
        """Let every write fail: what would be written to a copy would be lost."""
        self.connection.execute("PRAGMA query_only=ON")

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None. Raises ``StoreError`` when the file cannot be read."""
        return next(self.rows(sql, values), None)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """The rows of a query, read as they are asked for. Raises ``StoreError`` when the file cannot be read."""
        try:
            yield from each_row(self.connection.execute(sql, values))
        except sqlite3.DatabaseError as error:
            reraise_interrupt(error)
            raise file.failure(self.path, error) from error

    def _connected(self, durable: bool) -> sqlite3.Connection:
        try:
            if self.read_only:
                return _connect_read_only(self.path) or self._copied()
            return _connect(self.path, durable)
        except sqlite3.DatabaseError as error:
            raise file.failure(self.path, error) from error

    def _copied(self) -> sqlite3.Connection:
        self._copy = file.PrivateCopy(self.path)
        return _connect(self._copy.path, durable=False)

    def stop_when(self, wanted: Callable[[], bool]) -> None:
        """While a statement runs, ask again and again whether to stop it; a raising signal handler does, too."""
        self._wanted = wanted
        self.connection.set_progress_handler(wanted, _STEPS)

    def stopped_after(self, steps: int) -> StepLimit:
        """``with`` it: a statement inside that needs more than so many of SQLite's steps ends as "interrupted".

        Ctrl-C in the meantime is raised at its end.
        """
        return StepLimit(self.connection, self._wanted, steps)

    def check(self, *, again: bool = True) -> None:
        """Raise ``StoreError`` unless the open file is still the one of that name: nobody would see what is written.

        Also in a forked process: SQLite's connections are the parent's, and would damage the file.
        Not ``again``: where the last look was less than a millisecond ago, it holds.
        """
        if self._file is None:
            return
        if os.getpid() != self._process:
            raise StoreError(f"{self.path}: nothing was written: this process was forked from the one that opened it.")
        now = _ticks()
        if not again and now - self._looked < _LOOK_HOLDS:
            return
        self._looked = now
        _interruptible(self._file.check)

    def note_store(self) -> None:
        """From now on, notice another file that is copied over this one. For a file with the newest schema."""
        if self._file:
            _interruptible(self._file.note)

    def check_before_turn(self) -> None:
        """Raise ``StoreError`` also when others would not find what is written because the log's index is gone."""
        if self._file:
            self._file.check_index()

    def turn_begun(self, turn_id: int) -> None:
        """Note that a turn of that id is stored: a file without it is another one."""
        if self._file:
            self._file.turn_begun(turn_id)

    def committed(self) -> None:
        """After a transaction: fold the write-ahead log into the file if it has grown long."""
        if self._file and (due := self._file.checkpoint_due()):
            self._checkpoint(self._file, due)

    def transaction(self) -> Transaction:
        """``with`` it: everything inside is written, or nothing is. Never spans an ``await``, nor holds another."""
        return Transaction(self)

    def change(self, sql: str, values: Sequence[Any]) -> int:
        """One statement as a transaction of its own: how many rows it changed.

        For what ends something that began with a look at the file. Raises ``StoreError`` when the file refuses it, or
        is another one.
        """
        self.check(again=False)
        try:
            changed = self.connection.execute(sql, values).rowcount
        except sqlite3.DatabaseError as error:
            reraise_interrupt(error)
            if isinstance(error, _OUR_MISTAKES):
                raise
            raise file.failure(self.path, error, writing=True) from error
        self.committed()
        return changed

    def reading(self) -> Reading:
        """``with`` it: all reads inside see one state of the file."""
        return Reading(self)

    def state(self) -> tuple[int, int]:
        """Equal as long as nobody has changed the file. Within a transaction it stays so until its end."""
        row: tuple[int] = self.connection.execute("PRAGMA data_version").fetchone()
        return row[0], self.connection.total_changes

    def fold(self) -> None:
        """After a large write: fold the write-ahead log into the file, unless somebody reads it just then."""
        if self._file:
            self._checkpoint(self._file, "TRUNCATE")

    def _checkpoint(self, opened: OpenFile, kind: str) -> None:
        self.connection.execute(f"PRAGMA busy_timeout={_FOLD_MILLISECONDS}")
        try:
            # What is written into another file than ours would be lost with it.
            opened.check()
            opened.count()
            self.connection.execute(f"PRAGMA wal_checkpoint({kind})").fetchall()
        except StoreError:
            # The next transaction says so; what was committed before is committed.
            pass
        except sqlite3.OperationalError as error:
            # It is folded at another time.
            reraise_interrupt(error)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000)}")
            opened.folded()

    def copy_to(self, path: str | Path) -> None:
        """Copy everything as it is now into a file that does not exist yet. Raises ``StoreError``."""
        try:
            with closing(sqlite3.connect(path)) as copy:
                self.connection.backup(copy)
        except sqlite3.DatabaseError as error:
            raise file.failure(str(path), error) from error

    def intact(self) -> Intact:
        """``with`` it: what cannot be read inside, or is not what was once written, is damage.

        For reads that take nothing of an app's which could be wrong.
        """
        return Intact(self.path)

    def close(self) -> None:
        """Close the connection; SQLite folds the write-ahead log into the file, unless that is another by now."""
        self.closed = True
        if self._file:
            self._file.close()
        else:
            self.connection.close()
        if self._copy:
            self._copy.remove()


class Transaction:
    """A block whose writes happen together. Raises ``StoreError`` when the file refuses them, or is another one."""

    __slots__ = ("_connection", "_database", "_path")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection
        self._path = database.path

    def __enter__(self) -> sqlite3.Connection:
        self._database.check()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._connection.execute("COMMIT")
        except sqlite3.DatabaseError as refused:
            error = refused
        if error is None:
            self._database.committed()
            return
        if self._connection.in_transaction:
            with suppress(sqlite3.DatabaseError):
                self._connection.execute("ROLLBACK")
        reraise_interrupt(error)
        if isinstance(error, ContentError) or (
            isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _OUR_MISTAKES)
        ):
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StoreError:
        return file.failure(self._path, error, writing=True)


class Reading:
    """A block whose reads belong together. Raises ``StoreError`` when the file cannot be read."""

    __slots__ = ("_connection", "_path")

    def __init__(self, database: Database) -> None:
        self._connection = database.connection
        self._path = database.path

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._connection.execute("BEGIN")
        except sqlite3.DatabaseError as error:
            raise file.failure(self._path, error) from error
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._connection.in_transaction:
            with suppress(sqlite3.DatabaseError):
                self._connection.execute("COMMIT")
        reraise_interrupt(error)
        if isinstance(error, ContentError) or (
            isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _OUR_MISTAKES)
        ):
            raise file.failure(self._path, error) from error


class StepLimit:
    """A block whose statements end as "interrupted" when they need too many steps; one for each block."""

    __slots__ = ("_called", "_connection", "_signalled", "_steps", "_wanted")

    def __init__(self, connection: sqlite3.Connection, wanted: Callable[[], bool], steps: int) -> None:
        self._connection = connection
        self._wanted = wanted
        self._steps = steps
        self._called = False
        self._signalled: BaseException | None = None

    def __enter__(self) -> None:
        self._connection.set_progress_handler(self._enough, self._steps)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._connection.set_progress_handler(self._wanted, _STEPS)
        if self._signalled:
            raise self._signalled

    def _enough(self) -> bool:
        """SQLite counts on from one run of a statement to the next, so the first call may come early."""
        try:
            called, self._called = self._called, True
            return called
        except BaseException as error:
            self._signalled = error
            return True


class ContentError(DamagedError):
    """A stored value that is not what was once written; the block that reads it adds which file."""


# What comes of using a value that has another type or shape than ours have.
_UNEXPECTED = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, AssertionError)


class Intact:
    """A block that reads what we wrote. Raises ``DamagedError`` when it is something else."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            _raise_damage(self._path, error)


def _raise_damage(path: str, error: BaseException) -> None:
    """Raise ``DamagedError`` for what comes of reading something else than we wrote; nothing for other exceptions."""
    if isinstance(error, ContentError) or (
        isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _OUR_MISTAKES)
    ):
        raise file.failure(path, error) from error
    if isinstance(error, _UNEXPECTED):
        what = f"a value in it is not what was stored: {type(error).__name__}: {error}"
        raise file.failure(path, ContentError(what)) from error


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def intact(
    method: Callable[Concatenate[Any, Arguments], Result],
) -> Callable[Concatenate[Any, Arguments], Result]:
    """The method of an object with a ``_database``, all of it inside :meth:`Database.intact`."""

    @wraps(method)
    def checked(owner: Any, *arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
        # Each turn comes through here several times: a context manager would be felt.
        try:
            return method(owner, *arguments, **options)
        except Exception as error:
            _raise_damage(owner._database.path, error)
            raise

    return cast("Callable[Concatenate[Any, Arguments], Result]", checked)


def stored_text(value: Any) -> str:
    """A value of a column that holds text. Raises ``DamagedError`` when it is something else."""
    if not isinstance(value, str):
        raise ContentError(f"{value!r} stands where a text was stored")
    return value


def each_row(cursor: sqlite3.Cursor) -> Iterator[Row]:
    """The rows, to ``yield from``: a generator that ends early would call the cursor's own ``close()``.

    That raises where the connection is closed by then, as it is when Ctrl-C ends a command between two rows.
    """
    return iter(cursor.fetchone, None)


def reraise_interrupt(error: BaseException | None) -> None:
    """Raise ``KeyboardInterrupt`` for a statement that Ctrl-C stopped: SQLite tells it as an error of its own."""
    if isinstance(error, sqlite3.OperationalError) and str(error) == "interrupted":
        raise KeyboardInterrupt from None


def _interruptible(ask: Callable[[], None]) -> None:
    """Ask what runs statements; one that Ctrl-C stopped raises ``KeyboardInterrupt``."""
    try:
        ask()
    except sqlite3.OperationalError as error:
        reraise_interrupt(error)
        raise


def _connect(path: str, durable: bool) -> sqlite3.Connection:
    if path != MEMORY:
        _prepare(path)
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        if path != MEMORY:
            file.check_ours(connection, path)
        _configure(connection, durable)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(path: str) -> None:
    if not os.path.isdir(os.path.dirname(path) or "."):
        raise StoreError(f"{path}: the folder does not exist.")
    file.check_kind(path)
    file.check_before_writing(path)
    try:
        # SQLite gives the files beside it the same permissions, and the same owner.
        private_file(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made ({error.strerror}).") from error


def _connect_read_only(path: str) -> sqlite3.Connection | None:
    file.check_kind(path)
    connection = file.read_only(path)
    if connection:
        try:
            file.check_ours(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _configure(connection: sqlite3.Connection, durable: bool) -> None:
    """Set up the connection. Switching a new file to WAL ignores the busy timeout, hence the attempts."""
    for attempt in range(_OPEN_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            if attempt == _OPEN_ATTEMPTS - 1 or "locked" not in str(error):
                raise
            time.sleep(_OPEN_PAUSE)  # noqa: TID251 - before any loop runs
    connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys=OFF")
    # Checkpoints are made by hand, since each is counted.
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute(f"PRAGMA journal_size_limit={LOG_BYTES_KEPT}")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")


def _never() -> bool:
    """Only signals end a statement."""
    return False


def clean(text: str) -> str:
    """Text that SQLite can hold: lone surrogates, which no file encoding has, become U+FFFD."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
