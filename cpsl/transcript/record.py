"""Recording a conversation to a file, turn by turn (DESIGN.md §5)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, BinaryIO

from cpsl.errors import CapsuleError
from cpsl.model.codec import LineEncoder, has_record
from cpsl.model.events import Chunk, Event, TurnEnded, UserMessage
from cpsl.model.identity import SessionKey


class RecordError(CapsuleError):
    """The transcript cannot be written."""

    exit_code = 2


class Recorder:
    """Appends each finished turn to the file in one write, so a killed process leaves whole lines.

    The file is replaced when the first turn ends: a conversation that says nothing loses no recording.
    Attachments are copied to a folder beside it, named like the file with ``.files``.
    """

    def __init__(self, path: Path, encoder: LineEncoder) -> None:
        self._path = path
        self._encoder = encoder
        self._header: list[str] = []
        self._turns: dict[int, list[str]] = {}
        self._file: BinaryIO | None = None
        _check(path)

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Take one event; at a turn's end, write the turn."""
        if isinstance(event, Chunk) or not has_record(event):
            return
        if isinstance(event, UserMessage) and event.attachments:
            event = event._replace(attachments=tuple(self._copied(item) for item in event.attachments))
        *header, line = self._encoder.lines(event, key)
        self._header += header
        self._take(event, line)

    def _take(self, event: Event, line: str) -> None:
        if isinstance(event, UserMessage):
            self._turns[event.turn] = []
        if event.turn not in self._turns:
            self._write([line])  # said after the end of its turn
            return
        self._turns[event.turn].append(line)
        if isinstance(event, TurnEnded):
            self._write(self._turns.pop(event.turn))

    def close(self) -> None:
        """Write what turns have said that never ended, and close the file."""
        for turn in sorted(self._turns):
            self._write(self._turns[turn])
        self._turns.clear()
        if self._file:
            self._file.close()

    def _write(self, lines: list[str]) -> None:
        if self._file is None:
            self._file = self._path.open("wb", buffering=0)
            lines = [*self._header, *lines]
        self._file.write("".join(line + "\n" for line in lines).encode())

    def _copied(self, item: dict[str, Any]) -> dict[str, Any]:
        source = Path(item["path"])
        if not source.is_file():
            return item
        folder = self._path.with_name(self._path.name + ".files")
        folder.mkdir(exist_ok=True)
        copy = folder / f"{item['sha256'][:12]}-{source.name}"
        shutil.copyfile(source, copy)
        return {**item, "path": f"{folder.name}/{copy.name}"}


def _check(path: Path) -> None:
    if path.is_dir():
        raise RecordError(f"{path}: is a folder; --record needs a file.")
    if not path.resolve().parent.is_dir():
        raise RecordError(f"{path}: its folder does not exist; make it first.")
