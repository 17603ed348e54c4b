"""What a transcript's lines say to a reader, whichever way it is then drawn: ``--show`` and ``--md``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cpsl.clock import minute, parse_iso
from cpsl.model.codec import is_matcher
from cpsl.render.event_views import SILENT, Fields, LineView, line_views
from cpsl.transcript.document import RecordedTurn, Transcript
from cpsl.transcript.opening import Cast


def _task(fields: Fields) -> str:
    return " ".join(str(fields[name]) for name in ("name", "status") if name in fields)


LINE_VIEWS: dict[str, LineView] = {
    **line_views(),
    # No event is one, but a transcript of the hosted service may hold it.
    "task": LineView(_task, show="remark", markdown=SILENT, continued=SILENT),
}
"""How lines are drawn, by their type; the others are never read."""


class ReadableLine(NamedTuple):
    """One thing to read, its text as it is (control characters too).

    ``kind`` is the type of its line; ``note`` says what a text that is no plain one has to do: a matcher's
    kind, the files of a message, or who speaks if not the person of the header.
    """

    kind: str
    text: str
    note: str = ""


def turns_of(transcript: Transcript, until: int | None = None) -> Iterator[list[Fields]]:
    """The records of each turn, turn 0 first if there is one, up to the turn ``until``."""
    if transcript.start:
        yield [line.fields for line in transcript.start]
    for turn in transcript.turns:
        if until is None or turn.number <= until:
            yield records_of(turn)


def records_of(turn: RecordedTurn) -> list[Fields]:
    """The records of one turn, what the person said first."""
    return [turn.user.fields, *(line.fields for line in turn.lines)]


def read_aloud(records: Iterable[Fields], home: str) -> Iterator[ReadableLine]:
    """What there is to read in a turn; ``home`` is the id of the person whose name need not be said."""
    for fields in records:
        view = LINE_VIEWS.get(fields["type"])
        text = view.reading(fields) if view else ""
        if text or fields["type"] in ("user", "reply"):
            yield ReadableLine(fields["type"], text, _note(fields, home))


def home_of(transcript: Transcript) -> str:
    """The id of the person whom the header names."""
    return Cast(transcript).home.user.id


def minute_of(records: Iterable[Fields]) -> str:
    """When a turn began, to the minute in UTC: ``2030-01-31 09:05``; ``""`` where the file does not say."""
    at = next((fields.get("at") for fields in records), None)
    return minute(parse_iso(at)) if at else ""


def _note(fields: Fields, home: str) -> str:
    """Who says it, if not that person; or what kind of matcher a reply is expected to fit."""
    if fields["type"] == "user":
        name = str(fields.get("as", home))
        return "" if name == home else name
    if fields["type"] == "reply" and is_matcher(fields["text"]) and fields["text"]["match"] != "exact":
        return str(fields["text"]["match"])
    return ""
