"""The files that a transcript names: attachments, and answers to a question for a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cpsl.model.attachment import Attachment
from cpsl.runtime.attachments import attach, digest
from cpsl.transcript.document import Line, Transcript
from cpsl.transcript.read import TranscriptError


def attachments_of(transcript: Transcript, line: Line) -> list[Attachment]:
    """What came with a message, under the names it had then.

    Paths are relative to the transcript's folder. Raises ``TranscriptError`` for a file that is missing, or
    is not the one that was recorded.
    """
    return [_attachment(transcript, line, item) for item in line.fields.get("attachments", ())]


def path_of(transcript: Transcript, text: str) -> str:
    """Where a file lies that the transcript names."""
    return str(transcript.path.parent / Path(text).expanduser())


def _attachment(transcript: Transcript, line: Line, item: str | dict[str, Any]) -> Attachment:
    known: dict[str, Any] = {"path": item} if isinstance(item, str) else item
    where = f"{transcript.path}:{line.number}"
    path = path_of(transcript, known["path"])
    try:
        found = attach(path)
        content = digest(Path(path)) if known.get("sha256") else None
    except OSError as error:
        raise TranscriptError(f"{where}: {error}") from None
    if content != known.get("sha256"):
        raise TranscriptError(f"{where}: {known['path']} is not the file that was recorded: its content differs")
    return Attachment(
        known.get("name", found.name), known.get("content_type", found.content_type), found.url, found.size
    )
