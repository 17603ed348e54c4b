"""A file of lines that a chat writes beside the conversation: a transcript, a trace."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from cpsl.errors import CapsuleError

log = logging.getLogger("cpsl")


class RecordError(CapsuleError):
    """The file cannot be written."""

    exit_code = 2


class OutFile:
    """Lines in one write each time, unbuffered: a killed process leaves whole ones.

    What the file held is replaced at the first write, so that a chat in which nothing happens loses nothing. Where
    writing fails (a full disk), the file ends after the write before, with a warning, and the chat goes on.

    :param option: the option that named the file, for the sentence of a ``RecordError``, which is raised for
        a folder, for a file in no folder, and for one that may not be written.
    """

    def __init__(self, path: Path, option: str) -> None:
        if path.is_dir():
            raise RecordError(f"{path}: is a folder; {option} needs a file.")
        if not path.resolve().parent.is_dir():
            raise RecordError(f"{path}: its folder does not exist; make it first.")
        if not os.access(path if path.exists() else path.resolve().parent, os.W_OK):
            raise RecordError(f"{path}: may not be written; {option} needs a file that may.")
        self.path = path
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
                self._file = self.path.open("wb", buffering=0)
            self._append(self._file, content)
        except OSError as error:
            self._failure = RecordError(f"{self.path}: cannot be written any further ({error.strerror}).")
            log.warning("%s", self._failure)

    def _append(self, file: BinaryIO, content: bytes) -> None:
        left = memoryview(content)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError:
            with suppress(OSError):
                file.truncate(self._size)
            raise
        self._size += len(content)

    def close(self) -> None:
        """Close the file. Raises ``RecordError`` where not everything could be written."""
        if self._file:
            self._file.close()
        if self._failure:
            raise self._failure
