"""One turn at a time in a session, also across processes: locks that the operating system gives back.

One file per store holds a pair of bytes for each session, far beyond its (empty) content. Whoever runs a turn has a
lock on the second one; whoever is next has one on the first, so that a chat that sends one message after the other
lets others have their turn. The locks belong to the open file and not to the process: two stores in one process
exclude each other as well, and a process that dies, however it dies, holds none.
Systems that have no such locks have :mod:`cpsl.store.slotlocks`.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import os
import struct
import weakref
from binascii import crc32
from functools import lru_cache

from cpsl.filelock import beyond_streams
from cpsl.privatefile import hand_over
from cpsl.store.slotlocks import SlotLocks

_SUFFIX = "-lock"
_SLOTS_SUFFIX = "-locks"
_FLOCK = struct.Struct("hhqqi0q")
# Linux; elsewhere such locks belong to processes, and closing any other descriptor of the file would drop them.
_SET: int | None = getattr(fcntl, "F_OFD_SETLK", None)
_GET: int | None = getattr(fcntl, "F_OFD_GETLK", None)
_TAKEN = (errno.EAGAIN, errno.EACCES)
_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.05

log = logging.getLogger("cpsl")


class TurnLocks:
    """The locks of one store.

    Where files cannot be locked a warning says so once, and turns go on without.

    :param path: the database file; None for a store in memory, which nobody else sees.
    """

    def __init__(self, path: str | None) -> None:
        self._path = None if path is None else path + _SUFFIX
        self._file: int | None = None
        self._held: set[str] = set()
        self._next: set[str] = set()
        self._useless = False
        self._slots = SlotLocks(path + _SLOTS_SUFFIX) if path is not None and _SET is None else None
        if path is not None:
            _all.add(self)

    def take(self, session_id: str) -> bool:
        """Take the session's turn if nobody has it or waits for it; whether it was taken."""
        if session_id in self._held or session_id in self._next:
            return False
        if self._path is not None:
            first = _place_of(session_id)
            if not self._set(fcntl.F_WRLCK, first, 2):
                return False
            # So that somebody else can be the next one.
            self._set(fcntl.F_UNLCK, first, 1, opened=True)
        self._held.add(session_id)
        return True

    async def wait(self, session_id: str) -> None:
        """Take the session's turn, once those in front have had theirs. Cancel it to give up."""
        first, pause, next_one = self._place(session_id), _FIRST_PAUSE, False
        try:
            while not (next_one and self._take_as_next(session_id, first)):
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                if not next_one and session_id not in self._next and self._set(fcntl.F_WRLCK, first, 1):
                    self._next.add(session_id)
                    next_one = True
        finally:
            if next_one:
                self._next.discard(session_id)
                self._set(fcntl.F_UNLCK, first, 1)

    def release(self, session_id: str) -> None:
        """Give the session's turn back; nothing if it is not ours."""
        if session_id in self._held:
            self._set(fcntl.F_UNLCK, self._place(session_id) + 1, 1, opened=True)
            self._held.discard(session_id)

    def held(self, session_id: str) -> bool:
        """Whether a turn of the session runs, here or elsewhere; True where that cannot be known."""
        if session_id in self._held:
            return True
        if self._path is None:
            return False
        if self._slots and not self._useless:
            try:
                return self._slots.is_locked_elsewhere(self._place(session_id) + 1)
            except FileNotFoundError:
                return True
            except OSError as error:
                self._give_up(error)
                return True
        file = self._opened()
        if file is None or _GET is None:
            return True
        asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, self._place(session_id) + 1, 1, 0)
        try:
            answer: bytes = fcntl.fcntl(file, _GET, asked)
        except OSError as error:
            self._give_up(error)
            return True
        return bool(_FLOCK.unpack(answer)[0] != fcntl.F_UNLCK)

    def close(self) -> None:
        """Give everything back."""
        self._held.clear()
        self._close()
        _all.discard(self)

    def forget(self) -> None:
        """In a forked child: the locks are the parent's, and end with it."""
        self._close()
        self._held.clear()
        self._next.clear()

    def _close(self) -> None:
        if self._slots:
            self._slots.close()
        if self._file is not None:
            os.close(self._file)
        self._file = None

    def _take_as_next(self, session_id: str, first: int) -> bool:
        if session_id in self._held or not self._set(fcntl.F_WRLCK, first + 1, 1):
            return False
        self._held.add(session_id)
        return True

    def _set(self, kind: int, start: int, length: int, *, opened: bool = False) -> bool:
        """Lock or unlock these bytes; False when somebody else has one of them.

        :param opened: something is held, so that the file is the right one.
        """
        if self._path is None:
            return True
        if self._slots:
            return self._set_slots(self._slots, kind, start, length)
        file = self._file if opened else self._opened()
        if file is None or _SET is None:
            return True
        try:
            fcntl.fcntl(file, _SET, _packed(kind, start, length))
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            self._give_up(error)
        return True

    def _set_slots(self, slots: SlotLocks, kind: int, start: int, length: int) -> bool:
        if self._useless:
            return True
        try:
            if kind != fcntl.F_UNLCK:
                return slots.lock(start, length)
            slots.unlock(start, length)
        except FileNotFoundError:
            # The whole folder is gone, and so is the store: whoever writes is told.
            pass
        except OSError as error:
            self._give_up(error)
        return True

    def _opened(self) -> int | None:
        """The file, made if it is missing: whoever has deleted it must not divide us from those who come later."""
        if self._useless or self._path is None:
            return None
        if self._file is not None and (self._held or self._next or os.fstat(self._file).st_nlink):
            return self._file
        if self._file is not None:
            os.close(self._file)
            self._file = None
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file = beyond_streams(os.open(self._path, flags, 0o600))
        except FileNotFoundError:
            # The whole folder is gone, and so is the store: whoever writes is told.
            return None
        except OSError as error:
            self._give_up(error)
            return None
        hand_over(self._file, self._path)
        return self._file

    def _place(self, session_id: str) -> int:
        """Where the session's two bytes are; should two ever share them, they have their turns one after the other."""
        if self._path is None:
            return 0
        return _place_of(session_id)

    def _give_up(self, error: OSError) -> None:
        if not self._useless:
            self._useless = True
            log.warning(
                "%s cannot be locked (%s): two chats in one session may overwrite each other's changes.",
                self._path,
                error.strerror,
            )


@lru_cache(64)
def _packed(kind: int, start: int, length: int) -> bytes:
    return _FLOCK.pack(kind, os.SEEK_SET, start, length, 0)


@lru_cache(64)
def _place_of(session_id: str) -> int:
    name = session_id.encode("utf-8", "surrogatepass")
    return (crc32(name) << 29 ^ crc32(name[::-1])) << 1


def _forget_all() -> None:
    for locks in list(_all):
        locks.forget()


_all: weakref.WeakSet[TurnLocks] = weakref.WeakSet()
os.register_at_fork(after_in_child=_forget_all)
