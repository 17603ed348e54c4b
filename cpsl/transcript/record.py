"""Recording a conversation to a file, turn by turn (DESIGN.md §5)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from cpsl.model.codec import LineEncoder, has_record
from cpsl.model.events import Chunk, Event, TurnEnded, UserMessage
from cpsl.model.identity import SessionKey
from cpsl.transcript.outfile import OutFile


class Recorder:
    """Appends each finished turn to the file in one write, which replaces what it held at the first.

    Attachments are copied to a folder beside it, named like the file with ``.files``. Raises ``RecordError``.
    """

    def __init__(self, path: Path, encoder: LineEncoder) -> None:
        self._file = OutFile(path, "--record")
        self._path = path
        self._encoder = encoder
        self._header: list[str] = []
        self._turns: dict[int, list[str]] = {}

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
        self._file.close()

    def _write(self, lines: list[str]) -> None:
        self._file.write(lines if self._file.begun else [*self._header, *lines])

    def _copied(self, item: dict[str, Any]) -> dict[str, Any]:
        source = Path(item["path"])
        if not source.is_file():
            return item
        folder = self._path.with_name(self._path.name + ".files")
        folder.mkdir(exist_ok=True)
        copy = folder / f"{item['sha256'][:12]}-{source.name}"
        shutil.copyfile(source, copy)
        return {**item, "path": f"{folder.name}/{copy.name}"}
