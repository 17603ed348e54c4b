"""Recording a conversation to a file, turn by turn (transcripts.md)."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path
from typing import Any

from cpsl.model.codec import LineEncoder, dumps, has_record
from cpsl.model.events import Answered, Asked, Chunk, Event, TurnEnded, UserMessage
from cpsl.model.identity import SessionKey
from cpsl.model.redaction import redacted
from cpsl.privatefile import hand_over_named
from cpsl.runtime.attachments import digest
from cpsl.transcript.outfile import OutFile
from cpsl.transcript.recorded_lines import transcript_fields
from cpsl.wholefile import replacing, write_all, write_new

ATTACHMENTS = "attachments"
GIT_ATTRIBUTES = "* -text\n"
_DIGITS = 12
_PIECE = 1 << 20

log = logging.getLogger("cpsl")

Connected = Callable[[str], dict[str, list[str]]]
Before = Callable[[SessionKey], list[dict[str, Any]]]


class Recorder:
    """Appends each finished turn to the file in one write.

    Files that people send are copied to ``attachments/`` beside it, by their content.

    :param start: the records of what was stored at all (turn 0).
    :param before: the records of what a conversation held before its first turn here (turn 0).
    :param connected: the fields of the services that a person has connected, by the person's id; never secrets.
    """

    def __init__(
        self,
        file: OutFile,
        encoder: LineEncoder,
        before: Before = lambda key: [],
        start: Sequence[dict[str, Any]] = (),
        connected: Connected = lambda user_id: {},
    ) -> None:
        self._file = file
        self._encoder = encoder
        self._before = before
        self._start = start
        self._connected = connected
        self._met: dict[str, dict[str, list[str]]] = {}
        self._known: set[str] = set()
        self._head: list[str] = []
        self._turns: dict[int, list[str]] = {}
        self._asked: dict[int, deque[str]] = {}

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Take one event; at a turn's end, write the turn."""
        if isinstance(event, Chunk) or not has_record(event):
            return
        lines = self._encoder.begin(event.at, key)
        if lines:
            lines += map(dumps, map(redacted, self._start))
        if isinstance(event, UserMessage):
            lines += self._earlier(event, key)
        self._head += lines
        event = self._with_files(event)
        fields = self._encoder.record(event, key)
        if isinstance(event, UserMessage):
            fields = self._introduced(fields, key)
        self._take(event, dumps(transcript_fields(fields)))

    @property
    def running(self) -> frozenset[int]:
        """The numbers of the turns that have begun and not ended."""
        return frozenset(self._turns)

    def close(self) -> None:
        """Write what turns have said that never ended, and close the file. Raises ``RecordError`` as that does."""
        for turn in sorted(self._turns):
            self._write(self._turns[turn])
        self._turns.clear()
        self._file.close()

    def _earlier(self, event: UserMessage, key: SessionKey) -> list[str]:
        if key.id in self._known:
            return []
        self._known.add(key.id)
        return [dumps(self._encoder.addressed(redacted(record), key)) for record in self._before(key)]

    def _introduced(self, fields: dict[str, Any], key: SessionKey) -> dict[str, Any]:
        """What a person has connected stands in their first line, and again where it is more."""
        services, known = self._connected(key.user.id), self._met.get(key.user.id, {})
        self._met[key.user.id] = services
        return {**fields, "connected": services} if services != known else fields

    def _take(self, event: Event, line: str) -> None:
        if isinstance(event, UserMessage):
            self._turns[event.turn] = []
        if event.turn not in self._turns:
            self._write([line])  # said after the end of its turn
            return
        self._turns[event.turn].append(line)
        if isinstance(event, TurnEnded):
            self._write(self._turns.pop(event.turn))

    def _write(self, lines: list[str]) -> None:
        lines, self._head = [*self._head, *lines], []
        self._file.write(lines)

    def _with_files(self, event: Event) -> Event:
        if isinstance(event, UserMessage) and event.attachments:
            return event._replace(attachments=tuple(self._kept(item) for item in event.attachments))
        if isinstance(event, Asked):
            self._asked.setdefault(event.turn, deque()).append(event.kind)
        elif isinstance(event, Answered) and self._answered_kind(event.turn) == "file" and event.value:
            return event._replace(value=self._copy(str(event.value)))
        return event

    def _answered_kind(self, turn: int) -> str | None:
        """The kind of the turn's question that has waited longest, which is the one that is answered."""
        kinds = self._asked.get(turn)
        return kinds.popleft() if kinds else None

    def _kept(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "path": self._copy(item["path"])}

    def _copy(self, path: str) -> str:
        """Where the transcript finds the file: its copy, or where it lies if it cannot be copied, which is said."""
        try:
            return copy_attachment(Path(path), self._file.place.parent)
        except OSError as error:
            why = error.strerror or str(error)
            log.warning("%s: cannot be copied beside the recording (%s); a replay needs it where it is.", path, why)
            return path


def copy_attachment(source: Path, folder: Path) -> str:
    """Copy a file into ``attachments/`` of a transcript's folder; returns its path from there.

    A ``.gitattributes`` there keeps git from changing the ends of their lines, and with them their content.
    So the transcript finds it again, whatever becomes of the original. A file that is not there is named as it is.
    A copy that is there is used if its content is the same, and replaced if not. Raises ``OSError`` when there can
    be no whole copy; then there is none.
    """
    try:
        source = source.expanduser()
    except RuntimeError:
        return str(source)
    if not source.is_file():
        return str(source)
    content = digest(source)
    place = f"{ATTACHMENTS}/{content[:_DIGITS]}/{source.name}"
    copy = folder / place
    copy.parent.mkdir(0o700, parents=True, exist_ok=True)
    for made in (folder / ATTACHMENTS, copy.parent):
        hand_over_named(made)
    if not _holds(copy, source, content):
        with replacing(copy) as file:
            _fill(file, source, content)
    write_new(folder / ATTACHMENTS / ".gitattributes", GIT_ATTRIBUTES)
    return place


def _holds(copy: Path, source: Path, content: str) -> bool:
    return copy.is_file() and copy.stat().st_size == source.stat().st_size and digest(copy) == content


def _fill(file: FileIO, source: Path, content: str) -> None:
    taken = hashlib.sha256()
    with source.open("rb") as original:
        while piece := original.read(_PIECE):
            taken.update(piece)
            write_all(file, piece)
    if taken.hexdigest() != content:
        raise OSError(0, "it changes while it is copied")
