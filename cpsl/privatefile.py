"""Files and folders that only their owner can read, and whose they are."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_FILE = 0o600
_FOLDER = 0o700
_ROOT = 0


def private_file(path: str | Path) -> None:
    """Make an empty file that only its owner can read, whatever the umask says, unless there is one.

    Raises ``OSError``.
    """
    try:
        # Only a file that was not there: closing a descriptor of an open database drops SQLite's locks on it.
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE)
    except FileExistsError:
        return
    try:
        os.fchmod(file, _FILE)
        hand_over(file, path)
    finally:
        os.close(file)


def private_folder(path: Path) -> None:
    """Make a folder that only its owner can look into, whatever the umask says, unless there is one.

    Raises ``OSError``.
    """
    try:
        path.mkdir(_FOLDER)
    except FileExistsError:
        if not path.is_dir():
            raise
        return
    path.chmod(_FOLDER)
    hand_over_named(path)


def hand_over(descriptor: int, path: str | Path) -> None:
    """What root makes in a folder of somebody else becomes theirs; for a file or folder that was made just now.

    In a container the folder of the host often belongs to an ordinary user, who could not even read it otherwise.
    Not in a folder that everybody may write to: its owner is not the one it was made for.
    """
    if os.geteuid() != _ROOT:
        return
    with suppress(OSError):
        folder = os.stat(os.path.dirname(os.path.realpath(path)))
        if folder.st_uid != _ROOT and not folder.st_mode & stat.S_IWOTH and os.fstat(descriptor).st_uid == _ROOT:
            os.fchown(descriptor, folder.st_uid, folder.st_gid)


def hand_over_named(path: str | Path) -> None:
    """As :func:`hand_over`, for what is not open."""
    if os.geteuid() != _ROOT:
        return
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            hand_over(descriptor, path)
        finally:
            os.close(descriptor)
