"""Locks on files and folders that the system keeps: they end with the process that holds them, however it ends."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

_STDERR = 2


def locks(descriptor: int, *, wait: bool = False) -> bool:
    """Lock what the descriptor has open, until it is closed; False where somebody else holds the lock.

    A file system that knows no locks counts as locked by us. With ``wait`` it waits for the other's end.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def unlock(descriptor: int) -> None:
    """Give the lock up although what the descriptor has open stays open."""
    with suppress(OSError):  # no lock where the file system knows none
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock of a file; not where there is no such file, or it may not be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return not locks(descriptor)
    finally:
        os.close(descriptor)


def is_same(descriptor: int, path: Path) -> bool:
    """Whether the path still names what the descriptor has open."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except OSError:
        return False


def beyond_streams(descriptor: int) -> int:
    """The same open file under a number above 2.

    Where an app has closed its standard streams, a file of ours would become what it prints to.
    """
    if descriptor > _STDERR:
        return descriptor
    higher = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _STDERR + 1)
    os.close(descriptor)
    return higher


def opened_device(path: str | Path, flags: int) -> int:
    """Open what is no regular file; a pipe that nobody reads is an error and not waited for. Raises ``OSError``."""
    try:
        descriptor = beyond_streams(os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o600))
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(error.errno, "nobody reads it", str(path)) from None
        raise
    os.set_blocking(descriptor, True)
    return descriptor
