"""Whether the open file is still the one we opened: another one, copied over it, keeps its name and its inode.

With a write-ahead log only checkpoints write to the file itself. Each of ours first counts itself in the file
(``_capsule_checkpoints``), and so does the last thing a connection does, so a copy of before has a lower number. A
file that looks changed is read anew through SQLite, without its cache: however many processes write and make
checkpoints meanwhile, a read sees one state that was committed, and there neither that number nor the ids of turns
ever go back. So what is refused here does not depend on time.
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from contextlib import suppress
from itertools import count
from typing import Literal, NamedTuple

from cpsl.errors import StoreError
from cpsl.filelock import beyond_streams
from cpsl.privatefile import private_file
from cpsl.store import file

# As much as SQLite lets a log grow by itself.
_CHECKPOINT_FRAMES = 1000
# Large writes fold the log themselves; a few pages more or less do not matter.
_COMMITS_A_LOOK = 8
# What a log that begins again is cut to. Well above the usual, since writing over is faster than making a file longer.
LOG_BYTES_KEPT = 2 * _CHECKPOINT_FRAMES * (4096 + 24)
# A file larger than this is not read as a whole because another program made a checkpoint.
_WHOLE = 20_000_000
_MARK = """SELECT store, number,
    max(coalesce((SELECT max(id) FROM _capsule_turns), 0), (SELECT highest_deleted FROM _capsule_turn_ids))
    FROM _capsule_checkpoints"""
# What a check says of pages, as opposed to what it says of rows that a constraint does not allow.
_BROKEN = re.compile(r"\*\*\* in database|\bpage \d|\bTree \d|Freelist", re.IGNORECASE)
# The index of the log begins with twice the same 48 bytes, unless somebody is writing it, and how many of the log's
# frames are folded. See "WAL-Index File Format" in SQLite's documentation.
_INDEX_HEAD = 48
_INDEX_BYTES = 2 * _INDEX_HEAD + 4
_LOG_HEAD, _FRAME_HEAD = 32, 24
_COPIED_AT_ONCE = 1 << 20

_indexes: dict[tuple[int, int], int] = {}
_kept_open: list[sqlite3.Connection] = []


class Mark(NamedTuple):
    """Which store it is and how far: how often it was counted up, and the highest id that a turn has had."""

    store: str
    checkpoints: int
    turns: int

    def follows(self, earlier: Mark) -> bool:
        """Whether it can have become of the earlier one."""
        return self.store == earlier.store and self.checkpoints >= earlier.checkpoints and self.turns >= earlier.turns


class OpenFile:
    """The file of one connection that writes, with the log and its index beside it.

    :param path: by which name it was opened.
    """

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        # SQLite follows links before it names what it puts beside a file.
        real = os.path.realpath(path)
        self._log_path, self._index_path = real + "-wal", real + "-shm"
        opened = os.stat(path)
        self._inode = _inode(opened)
        self._state = _state(opened)
        self._index_inode: tuple[int, int] | None = None
        self._log: int | None = None
        self._log_inode: tuple[int, int] | None = None
        if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            # The first read of a new file makes them.
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            self._index_inode = _inode_of(self._index_path)
            # Nothing locks the log, so unlike the other two files it can be opened, and closed, beside SQLite.
            with suppress(OSError):
                self._log = beyond_streams(os.open(self._log_path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW))
                self._log_inode = _inode(os.fstat(self._log))
        self._frames_folded = 0
        self._commits = 0
        self._mark: Mark | None = None
        self._last_turn = 0
        self._has_counted = False
        self._refused: str | None = None
        self._is_emptied = False
        self._is_closed = False

    def note(self) -> None:
        """Note which store it is. Before that, and where that cannot be read, only names and inodes are compared."""
        if self._log is None:
            return
        try:
            self._mark = _read_mark(self._connection)
        except sqlite3.DatabaseError as error:
            if str(error) == "interrupted":
                raise

    def turn_begun(self, turn_id: int) -> None:
        """Note that a turn of that id is stored."""
        self._last_turn = turn_id

    def check(self) -> None:
        """Raise ``StoreError`` unless what is written would be found again under the file's name."""
        try:
            now = os.stat(self._path)
        except OSError:
            raise StoreError(_vanished(self._path, "it was deleted or moved away")) from None
        if _inode(now) != self._inode:
            raise StoreError(_vanished(self._path, "another file was put in its place"))
        if self._refused:
            raise StoreError(self._refused)
        if self._log is None:
            return
        if _state(now) != self._state:
            self._examine(now)
        self._check_beside(self._log_path, self._log_inode)

    def check_index(self) -> None:
        """As :meth:`check`, of the index of the log: without it, others would begin one of their own."""
        if self._log is not None:
            self._check_beside(self._index_path, self._index_inode)

    def checkpoint_due(self) -> Literal["PASSIVE", "RESTART"] | None:
        """The checkpoint that it is time for; asked at each commit, and looked at in one of several.

        A passive one lets others write meanwhile, and the log begins again only where nobody did. With several
        processes that write all the time, that is never: past twice its usual length they wait for a moment.
        """
        self._commits += 1
        if self._log is None or self._commits % _COMMITS_A_LOOK:
            return None
        index = self._index()
        if index is None:
            return None
        if index.frames < self._frames_folded:
            # It has begun again.
            self._frames_folded = 0
        if index.frames - self._frames_folded < _CHECKPOINT_FRAMES:
            return None
        return "PASSIVE" if index.frames < 2 * _CHECKPOINT_FRAMES else "RESTART"

    def count(self) -> None:
        """Count the store up: from then on every older copy is told from it. Raises ``sqlite3.DatabaseError``."""
        if self._mark is None:
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.execute("UPDATE _capsule_checkpoints SET number = number + 1")
            mark = _read_mark(self._connection)
            self._connection.execute("COMMIT")
            # What SQLite itself has put in the place of everything (".restore") is no other file.
            self._mark, self._last_turn, self._has_counted = mark, 0, True
        except BaseException:
            if self._connection.in_transaction:
                with suppress(sqlite3.DatabaseError):
                    self._connection.execute("ROLLBACK")
            raise

    def folded(self) -> None:
        """A checkpoint was made, or could not be: the next is due when the log has grown as much again."""
        index = self._index()
        if index is not None:
            self._frames_folded = index.frames

    def close(self) -> None:
        """Close the connection. SQLite folds the log into the file then, unless that is another by now."""
        if self._is_closed:
            return
        self._is_closed = True
        counted = False
        with suppress(StoreError):
            self.check()
            counted = True
        if self._log is None:
            self._connection.close()
            return
        if counted and self._connection.total_changes:
            with suppress(sqlite3.DatabaseError):
                self._connection.execute("PRAGMA busy_timeout=100")
                self.count()
        if self._is_of_others():
            _keep_open(self._connection)
        else:
            self._connection.close()
        os.close(self._log)
        self._log = None
        _close_deleted_indexes()

    def _examine(self, now: os.stat_result) -> None:
        """Look whether what is in the file now can have become of what was there. Raises ``StoreError``."""
        expected = self._mark
        if expected is None or self._connection.in_transaction:
            return
        expected = expected._replace(turns=max(expected.turns, self._last_turn))
        try:
            # The pages it has read say nothing of a file that was written past SQLite.
            self._connection.execute("PRAGMA shrink_memory")
            found = _read_mark(self._connection)
            genuine = found is not None and found.follows(expected)
            is_counted = self._has_counted or (found is not None and found.checkpoints > expected.checkpoints)
            if genuine and not is_counted and now.st_size <= _WHOLE:
                genuine = self._is_whole()
        except sqlite3.DatabaseError as error:
            if str(error) == "interrupted":
                raise
            if not file.is_damage(error) and not self._is_log_another():
                # Nothing is known, for instance because the disk cannot be read: another time.
                return
            genuine, found = False, None
        if genuine:
            self._mark, self._state, self._has_counted = found, _state(now), False
            return
        self._refused = (
            f"{self._path}: another file was copied over it, or something else than SQLite changed it, while it was "
            "open, so nothing was written. Start again to go on with what is there."
        )
        with suppress(OSError):
            self._is_emptied = self._emptied()
        raise StoreError(self._refused)

    def _is_whole(self) -> bool:
        said = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        return not (said and _BROKEN.search(str(said[0])))

    def _check_beside(self, path: str, opened: tuple[int, int] | None) -> None:
        now = _inode_of(path)
        if now != opened and opened is not None:
            what = "another file was put in the place of" if now else "somebody deleted or moved"
            raise StoreError(
                f"{self._path}: {what} {os.path.basename(path)}, which belongs to it, while it was open, so nothing "
                "was written. Start again to go on with what is there."
            )

    def _is_of_others(self) -> bool:
        """Whether closing would write to, or delete, what is not ours."""
        if self._refused and not self._is_emptied:
            return True
        beside = ((self._log_path, self._log_inode), (self._index_path, self._index_inode))
        return any(_inode_of(path) not in (None, opened) for path, opened in beside)

    def _emptied(self) -> bool:
        """Empty the log if it is ours, and say so; what is in it only is set aside. Raises ``OSError``.

        Whoever opens the copy next would take it for the copy's, and closing would fold it into that.
        """
        index = self._index()
        if self._log is None or index is None or not index.is_of(self._log):
            return False
        if index.folded < index.frames:
            numbers = (f".{number}" if number > 1 else "" for number in count(1))
            names = (f"{self._log_path}-former{number}" for number in numbers)
            aside = next(name for name in names if not os.path.lexists(name))
            private_file(aside)
            with open(aside, "wb") as copy, open(self._log, "rb", closefd=False) as log:
                log.seek(0)
                copy.writelines(iter(lambda: log.read(_COPIED_AT_ONCE), b""))
        os.ftruncate(self._log, 0)
        return True

    def _is_log_another(self) -> bool:
        """Whether the content of the log is not what its index is of."""
        index = self._index()
        if self._log is None or index is None or not index.frames or index.is_of(self._log):
            return False
        # Unless it began again meanwhile: its index is written before that, and after what is added.
        return index == self._index()

    def _index(self) -> LogIndex | None:
        """What the index says of the log; None where it says nothing, or is being written."""
        if self._index_inode is None:
            return None
        try:
            return _read_index(self._index_path, self._index_inode)
        except OSError:
            return None


class LogIndex(NamedTuple):
    """What the index of a log says of it: its frames, how many are folded, bytes of a page, and its two salts."""

    frames: int
    folded: int
    page: int
    salts: bytes

    def is_of(self, log: int) -> bool:
        """Whether the log of that descriptor is what the index is of: it is written before its index says so."""
        head, size = os.pread(log, _LOG_HEAD, 0), os.fstat(log).st_size
        if not size:
            return not self.frames
        return head[16:24] == self.salts and size >= _LOG_HEAD + self.frames * (self.page + _FRAME_HEAD)


def _read_index(path: str, opened: tuple[int, int]) -> LogIndex | None:
    """Raises ``OSError``. Closing the index would drop the locks that SQLite has on it, so it stays open meanwhile."""
    if opened not in _indexes:
        _close_deleted_indexes()
        descriptor = beyond_streams(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW))
        _indexes[_inode(os.fstat(descriptor))] = descriptor
    if opened not in _indexes:
        return None
    head = os.pread(_indexes[opened], _INDEX_BYTES, 0)
    if len(head) < _INDEX_BYTES or head[:_INDEX_HEAD] != head[_INDEX_HEAD : 2 * _INDEX_HEAD]:
        return None
    frames, folded = (int.from_bytes(head[at : at + 4], sys.byteorder) for at in (16, 2 * _INDEX_HEAD))
    page = int.from_bytes(head[14:16], sys.byteorder)
    return LogIndex(frames, folded, 65536 if page == 1 else page, head[32:40])


def _close_deleted_indexes() -> None:
    """The last connection to a store deletes its index; until then some connection of this process may lock it."""
    for inode, descriptor in list(_indexes.items()):
        # An app may have closed it, and have another file under its number.
        with suppress(OSError):
            opened = os.fstat(descriptor)
            if _inode(opened) == inode and not opened.st_nlink and _indexes.pop(inode, None) is not None:
                os.close(descriptor)


def _read_mark(connection: sqlite3.Connection) -> Mark | None:
    row = connection.execute(_MARK).fetchone()
    return None if row is None else Mark(str(row[0]), int(row[1]), int(row[2]))


def _keep_open(connection: sqlite3.Connection) -> None:
    """Leave the connection to the end of the process: closing it would write its log into what is now there."""
    import ctypes  # noqa: PLC0415 - hardly ever needed

    _kept_open.append(connection)
    # Not even the interpreter's end closes it.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


def _inode(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _inode_of(path: str) -> tuple[int, int] | None:
    try:
        return _inode(os.stat(path))
    except OSError:
        return None


def _state(status: os.stat_result) -> tuple[int, int]:
    """What every write to the file changes; nobody can set the second."""
    return status.st_size, status.st_ctime_ns


def _vanished(path: str, what: str) -> str:
    return (
        f"{path}: {what} while it was open, so nothing was written. "
        "Put it back, or start again to go on with what is there."
    )
