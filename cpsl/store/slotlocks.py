"""Locks for systems whose byte locks belong to processes: a whole file for each, and few files for all sessions.

Sessions that share a file wait for each other across processes; within one process they do not.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress

from cpsl.filelock import beyond_streams
from cpsl.privatefile import hand_over, hand_over_named

SLOTS = 64


class SlotLocks:
    """Locks of single bytes, each kept as the lock of one of the files of a folder.

    Raises ``OSError`` where files cannot be locked.

    :param folder: made when it is first needed.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}
        self._holders: dict[str, int] = {}

    def lock(self, start: int, length: int) -> bool:
        """Lock these bytes; False when another process, or another store of this one, has one of them."""
        names = [_name(byte) for byte in range(start, start + length)]
        for at, name in enumerate(names):
            if not self._lock(name):
                for earlier in names[:at]:
                    self._unlock(earlier)
                return False
        return True

    def unlock(self, start: int, length: int) -> None:
        """Give these bytes back, each of which was locked."""
        for byte in range(start, start + length):
            self._unlock(_name(byte))

    def is_locked_elsewhere(self, byte: int) -> bool:
        """Whether somebody else has the byte, or one of the same file."""
        name = _name(byte)
        if name in self._holders:
            return False
        if self._lock(name):
            self._unlock(name)
            return False
        return True

    def close(self) -> None:
        """Give everything back; in a forked child, leave it to the parent."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()
        self._holders.clear()

    def _lock(self, name: str) -> bool:
        if name not in self._holders:
            try:
                fcntl.flock(self._opened(name), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                    return False
                raise
        self._holders[name] = self._holders.get(name, 0) + 1
        return True

    def _unlock(self, name: str) -> None:
        # After a fork, or once all was given back, there is nothing left of it.
        if name not in self._holders:
            return
        self._holders[name] -= 1
        if not self._holders[name]:
            del self._holders[name]
            fcntl.flock(self._files[name], fcntl.LOCK_UN)

    def _opened(self, name: str) -> int:
        """The file, made if it is missing: whoever has deleted it must not divide us from those who come later."""
        if name in self._files:
            if os.fstat(self._files[name]).st_nlink:
                return self._files[name]
            os.close(self._files.pop(name))
        with suppress(FileExistsError):
            os.mkdir(self._folder, 0o700)
            hand_over_named(self._folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        path = os.path.join(self._folder, name)
        self._files[name] = beyond_streams(os.open(path, flags, 0o600))
        hand_over(self._files[name], path)
        return self._files[name]


def _name(byte: int) -> str:
    """The file of a byte; those of one session, which lie side by side, have different ones."""
    return f"{(byte >> 1) % SLOTS}-{byte & 1}"
