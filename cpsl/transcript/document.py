"""A transcript as it stands in its file: lines, grouped by turn (transcripts.md).

Every line keeps its number and its text, so that a message can name it and an update can leave it alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from cpsl.transcript.line_types import EndLine, HeaderLine, UserLine, read_as


class TranscriptLine(NamedTuple):
    """One line: its number from 1, its text without the newline, and the JSON object it holds."""

    number: int
    text: str
    fields: dict[str, Any]

    @property
    def type(self) -> str:
        """What the line records: ``user``, ``reply``, …"""
        return str(self.fields["type"])


class RecordedTurn(NamedTuple):
    """One turn: its number from 1, what the person said, and every later line of it in the file's order.

    ``lines`` holds what the app is expected to do and the answers it got (``answer``), also what was said
    after the turn's ``end``.
    """

    number: int
    user: TranscriptLine
    lines: tuple[TranscriptLine, ...]

    @property
    def said(self) -> UserLine:
        """What the person said, with its types."""
        return read_as(UserLine, self.user.fields)

    @property
    def ends(self) -> list[EndLine]:
        """How the turn ended, with its types: one line, unless a person has written more, or none."""
        return [read_as(EndLine, line.fields) for line in self.of_type("end")]

    @property
    def complete(self) -> bool:
        """Whether the turn was recorded to its end, so that whatever is not in it did not happen.

        A turn written by hand without an ``end`` line is only compared by the kinds of lines it has, by its
        replies and by errors.
        """
        return any(line.type == "end" for line in self.lines)

    def of_type(self, type_: str) -> list[TranscriptLine]:
        """The lines of that type, in order."""
        return [line for line in self.lines if line.type == type_]


class Transcript(NamedTuple):
    """A whole file. ``header`` is None where it was written by hand without one.

    ``start`` is what the conversations held before the first turn: the lines of turn 0.
    """

    path: Path
    header: TranscriptLine | None
    start: tuple[TranscriptLine, ...]
    turns: tuple[RecordedTurn, ...]
    lines: tuple[TranscriptLine, ...]

    @property
    def head(self) -> HeaderLine:
        """What the header says, with its types; nothing where there is none."""
        return read_as(HeaderLine, self.header.fields if self.header else {})

    @property
    def with_http(self) -> bool:
        """Whether it was recorded together with what the app exchanged with other services."""
        return self.head.get("http", False)
