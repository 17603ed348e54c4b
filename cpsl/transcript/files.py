"""The files that a transcript names: attachments, and answers to a question for a file.

A transcript may come from a stranger, so that only files of its own folder are read.
"""

from __future__ import annotations

import os
from pathlib import Path

from cpsl.model.attachment import Attachment
from cpsl.runtime.attachments import attach, digest
from cpsl.transcript.document import Transcript, TranscriptLine
from cpsl.transcript.line_types import RecordedFile, UserLine, read_as
from cpsl.transcript.read import TranscriptError

# A gibibyte is hashed in seconds; what is larger than that nobody keeps beside a transcript.
_MOST_BYTES = 1 << 30


def attachments_of(transcript: Transcript, line: TranscriptLine) -> list[Attachment]:
    """What came with a message, under the names it had then.

    Paths are relative to the transcript's folder. Raises ``TranscriptError`` for a file that is missing, lies
    elsewhere, or is not the one that was recorded.
    """
    return [_attachment(transcript, line, item) for item in read_as(UserLine, line.fields).get("attachments", ())]


def answered_file(transcript: Transcript, folder: Path, line: TranscriptLine, text: str) -> str:
    """Where the file lies that a question was answered with; one that is missing stays missing.

    The transcript's folder is named apart, since the app may have gone elsewhere by now. Raises ``TranscriptError``
    for a file outside of it.
    """
    inside = _inside(folder, text)
    if inside is None and os.path.exists(_place(folder, text)):
        raise _elsewhere(transcript, line, text)
    return str(inside or _place(folder, text))


def _place(folder: Path, text: str) -> Path:
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:  # ~nobody/file
        return folder / text


def _inside(folder: Path, text: str) -> Path | None:
    """The file's place, if it lies in the transcript's folder, links followed."""
    place = _place(folder, text)
    try:
        found = Path(os.path.realpath(place))
        if found.is_symlink():  # its links lead round in a circle
            return None
    except (OSError, ValueError):  # a NUL, or a name that is too long
        return None
    return place if found.is_relative_to(Path(os.path.realpath(folder))) else None


def _elsewhere(transcript: Transcript, line: TranscriptLine, text: str) -> TranscriptError:
    return TranscriptError(
        f"{transcript.path}:{line.number}: {text!r} lies outside of the transcript's folder; copy the file into it."
    )


def _attachment(transcript: Transcript, line: TranscriptLine, item: str | RecordedFile) -> Attachment:
    known: RecordedFile = {"path": item} if isinstance(item, str) else item
    path = _inside(transcript.path.parent, known["path"])
    if path is None:
        raise _elsewhere(transcript, line, known["path"])
    where = f"{transcript.path}:{line.number}"
    try:
        found = attach(path)
        if found.size > _MOST_BYTES:
            raise TranscriptError(f"{where}: {known['path']} is larger than a gibibyte; a replay reads no such file.")
        # What has another size need not be read.
        differs = found.size != (known.get("size") or found.size)
        content = digest(path) if known.get("sha256") and not differs else None
    except OSError as error:
        raise TranscriptError(f"{where}: {error}") from None
    if differs or content != known.get("sha256"):
        raise TranscriptError(f"{where}: {known['path']} is not the file that was recorded: its content differs")
    return Attachment(
        known.get("name", found.name), known.get("content_type", found.content_type), found.url, found.size
    )
