"""Transcripts out of text, so that these tests need no reader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cpsl.model.codec import dumps
from cpsl.transcript.comparison.compare import compare
from cpsl.transcript.comparison.difference import Comparison
from cpsl.transcript.document import RecordedTurn, Transcript, TranscriptLine

Record = dict[str, Any]


def transcript(source: str, path: Path = Path("t.jsonl")) -> Transcript:
    """The lines of a file, grouped by turn: by their number, else by the user's line before them."""
    numbered = enumerate(source.removeprefix("\ufeff").split("\n"), 1)
    lines = [TranscriptLine(number, text.rstrip("\r"), json.loads(text)) for number, text in numbered if text.strip()]
    header = next((line for line in lines if line.type == "header"), None)
    users = [line for line in lines if line.type == "user"]
    groups: dict[int, list[TranscriptLine]] = {number: [] for number, _ in enumerate(users, 1)}
    current = 0
    for line in lines:
        current += line.type == "user"
        if line.type not in {"user", "header"}:
            groups[line.fields.get("turn", current)].append(line)
    turns = tuple(RecordedTurn(number, user, tuple(groups[number])) for number, user in enumerate(users, 1))
    return Transcript(path, header, (), turns, tuple(lines))


def turn(*records: Record) -> RecordedTurn:
    """A turn with these lines after a user's line."""
    user = TranscriptLine(1, "", {"type": "user", "text": "hi"})
    return RecordedTurn(
        1, user, tuple(TranscriptLine(at, dumps(fields), fields) for at, fields in enumerate(records, 2))
    )


def recorded(*records: Record) -> RecordedTurn:
    """A turn that was recorded to its good end."""
    return turn(*records, end())


def compared(expected: RecordedTurn, *actual: Record, captures: Mapping[str, str] | None = None) -> Comparison:
    """A turn compared with these records."""
    return compare(expected, list(actual), captures or {})


def comparisons(source: str, actual: list[list[Record]]) -> dict[int, Comparison]:
    """Each turn compared with its records, with what was captured before it."""
    captures: Any = {}
    found = {}
    for recorded_turn, records in zip(transcript(source).turns, actual, strict=True):
        found[recorded_turn.number] = compare(recorded_turn, records, captures)
        captures = found[recorded_turn.number].captures
    return found


def reply(text: Any, **more: Any) -> Record:
    """A reply, as a line or as a record."""
    return {"type": "reply", "text": text, **more}


def end(status: str = "ok") -> Record:
    """The end of a turn."""
    return {"type": "end", "status": status}


def data(unset: list[str] | None = None, **values: Any) -> Record:
    """A commit."""
    return {"type": "data", "set": values, "unset": unset or []}


def block(block_id: str | None = None, **payload: Any) -> Record:
    """A card; without an id as somebody writes it by hand."""
    return {"type": "block", "block": {**({"id": block_id} if block_id else {}), "type": "card", "payload": payload}}


def error(name: str = "ValueError", message: str = "no") -> Record:
    """A handler raised."""
    return {"type": "error", "error": name, "message": message}
