"""Files that are written in one piece: nobody ever finds half of one, whatever ends whoever writes it."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from cpsl.filelock import beyond_streams, is_same, locks, opened_device, unlock
from cpsl.privatefile import hand_over

# Bytes; file systems hold 255.
_LONGEST_NAME = 240


@contextmanager
def replacing(path: Path, *, mode: int = 0o600, durable: bool = False) -> Iterator[FileIO]:
    """A file to write beside the one that is meant, in whose place it is put at the end of the block.

    It has always the same name there: what a killed process has left is taken up, and two that write the same wait
    for each other. Permissions are kept, a new file has ``mode`` less the umask (0600 whatever the umask says), and a
    symbolic link stays one. ``durable``: the content is on the disk before the name is. Raises ``OSError``; after any
    error the former file stays as it was, and nothing lies beside it.
    """
    target = Path(os.path.realpath(path))
    aside = _aside(target)
    with _owned(aside) as file:
        try:
            yield file
            if durable:
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, aside)
            elif mode != 0o600:
                os.fchmod(file.fileno(), mode & ~_umask())
            aside.replace(target)
        except BaseException:
            with suppress(OSError):
                aside.unlink()
            raise
        # Who goes on writing has it open elsewhere, and the lock was about the other name.
        unlock(file.fileno())


def write_whole(path: Path, text: str, *, mode: int = 0o600, durable: bool = False) -> None:
    """Replace the file's content by the text, as UTF-8; as :func:`replacing`.

    What is no regular file (``/dev/stderr``) is written to.
    """
    if is_special(path):
        with open(path, "w", encoding="utf-8", newline="\n", opener=opened_device) as device:
            device.write(text)
        return
    with replacing(path, mode=mode, durable=durable) as file:
        write_all(file, text.encode("utf-8"))


def write_new(path: Path, text: str) -> None:
    """Make the file with that text unless there is one of that name. Raises ``OSError``; then there is none."""
    if not os.path.lexists(path):
        write_whole(path, text)


def check_writable(path: Path) -> None:
    """Raises ``OSError`` where :func:`write_whole` would not get as far as its content."""
    if not is_special(path):
        aside = _aside(Path(os.path.realpath(path)))
        with _owned(aside):
            aside.unlink()


def is_special(path: Path) -> bool:
    """Whether there is something that is no regular file; where ``/dev/stdout`` leads to, nothing has that name."""
    return path.exists() and not path.is_file()


def write_all(file: BinaryIO | FileIO, content: bytes) -> None:
    """Write all of it to an unbuffered file, in as many pieces as it takes. Raises ``OSError``."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]


def _aside(target: Path) -> Path:
    # Two long names may have one beside them in common: their writers wait for each other.
    name = os.fsencode(target.name)[:_LONGEST_NAME].decode("utf-8", "ignore")
    return target.with_name(f".{name.removeprefix('.')}.new")


def _owned(path: Path) -> FileIO:
    """The file, emptied and for its owner only, which nobody else writes meanwhile. Raises ``OSError``."""
    while True:
        is_ours, descriptor = _opened(path)
        file = FileIO(descriptor, "wb")
        try:
            locks(descriptor, wait=True)
            if is_same(descriptor, path):
                if is_ours or _is_left_of_ours(descriptor, path):
                    os.fchmod(descriptor, 0o600)  # whatever the umask says
                    hand_over(descriptor, path)
                    file.truncate(0)
                    return file
                path.unlink()
        except BaseException:
            file.close()
            raise
        file.close()


def _opened(path: Path) -> tuple[bool, int]:
    """Whether the file was made just now, and its descriptor. Raises ``OSError`` for what is no regular file."""
    # A pipe that nobody reads is not waited for.
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    while True:
        with suppress(FileExistsError):
            return True, beyond_streams(os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            descriptor = beyond_streams(os.open(path, flags))
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                raise
        else:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return False, descriptor
            os.close(descriptor)
        raise OSError(errno.EEXIST, f"{path.name} beside it is no regular file; remove that", str(path))


def _is_left_of_ours(descriptor: int, path: Path) -> bool:
    """Whether it is nobody else's: neither another user's, who could read it, nor a file of another name as well."""
    status, me = os.fstat(descriptor), os.geteuid()
    # What root makes in a folder of somebody else is theirs.
    owners = {me, os.stat(path.parent).st_uid} if me == 0 else {me}
    return status.st_nlink == 1 and status.st_uid in owners


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
