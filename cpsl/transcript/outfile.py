"""A file of lines that a chat writes beside the conversation: a transcript, a trace."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from cpsl.errors import CapsuleError
from cpsl.filelock import locks, opened_device
from cpsl.privatefile import hand_over
from cpsl.wholefile import write_all

log = logging.getLogger("cpsl")


class RecordError(CapsuleError):
    """The file cannot be written."""

    exit_code = 2


class OutFile:
    """Lines in one write each time, unbuffered: a killed process leaves whole ones.

    What the file held is replaced at the first write, so that a chat in which nothing happens loses nothing, and a
    file that somebody else has written meanwhile is not replaced at all. It is locked as long as it is open, which
    tells a second chat. Where writing fails (a full disk), the file ends after the write before, with a warning, and
    the chat goes on. A new file is for its owner only.

    The file is meant from the working folder of now, wherever the app goes later.

    :ivar place: where the file lies; ``path`` is how it was named.
    :param option: the option that named the file, for the sentence of a ``RecordError``, which is raised for
        a folder, for a file in no folder, for one that may not be written, and for one that is being written.
    """

    def __init__(self, path: Path, option: str) -> None:
        if path.is_dir():
            raise RecordError(f"{path}: is a folder; {option} needs a file.")
        if not Path(os.path.realpath(path)).parent.is_dir():
            raise RecordError(f"{path}: its folder does not exist; make it first.")
        if not os.access(path if path.exists() else Path(os.path.realpath(path)).parent, os.W_OK):
            raise RecordError(f"{path}: may not be written; {option} needs a file that may.")
        self.path = path
        self.place = Path(os.path.abspath(path))
        self._present = _present(self.place)
        self._locked = self._open(os.O_WRONLY) if self._present else None
        self._file: BinaryIO | None = None
        self._size = 0
        self._failure: RecordError | None = None

    @property
    def begun(self) -> bool:
        """Whether anything has been written."""
        return self._file is not None

    def write(self, lines: Iterable[str]) -> None:
        """Append the lines: all of them or, once writing has failed, none."""
        if self._failure:
            return
        content = "".join(line + "\n" for line in lines).encode()
        try:
            if self._file is None:
                self._file = self._opened()
            self._append(self._file, content)
        except OSError as error:
            self._failed(RecordError(f"{self.path}: cannot be written any further ({error.strerror})."))
        except RecordError as error:
            self._failed(error)

    def _failed(self, failure: RecordError) -> None:
        self._failure = failure
        log.warning("%s", failure)

    def _opened(self) -> BinaryIO:
        """The file, emptied, if it still is what it was when this began. Raises ``RecordError`` if not."""
        descriptor, self._locked = self._locked, None
        if descriptor is None:
            descriptor = self._open(os.O_WRONLY | os.O_CREAT)
        file = os.fdopen(descriptor, "wb", buffering=0)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            # One that was made just now is empty; nobody else may have written to it, nor put another in its place.
            present = self._present or (os.fstat(descriptor).st_ino, 0)
            if (_present(self.place) or present)[: len(present)] != present:
                file.close()
                raise RecordError(f"{self.path}: written by somebody else since this chat began; it was left so.")
            file.truncate(0)
        return file

    def _open(self, flags: int) -> int:
        descriptor = opened_device(self.place, flags)
        if self._present is None:
            hand_over(descriptor, self.place)
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and not locks(descriptor):
            os.close(descriptor)
            raise RecordError(f"{self.path}: another chat is writing it; name another file.")
        return descriptor

    def _append(self, file: BinaryIO, content: bytes) -> None:
        try:
            write_all(file, content)
        except OSError:
            with suppress(OSError):
                file.truncate(self._size)
            raise
        self._size += len(content)

    def close(self) -> None:
        """Close the file. Raises ``RecordError`` where not everything could be written."""
        if self._file:
            self._file.close()
        if self._locked is not None:
            os.close(self._locked)
            self._locked = None
        if self._failure:
            raise self._failure


def _present(path: Path) -> tuple[int, ...] | None:
    """A regular file's inode, size and time of its last change; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_ino, status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
