"""The lines whose fields are read by name, with their Python types, for :func:`read_as`.

What a line needs (``line_kinds.py``) is there once the file has been read; ``get`` asks for everything else. Where an
app's doing is expected, a matcher may stand in place of the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict, TypeVar, cast

from cpsl.model.events import TurnStatus
from cpsl.model.question import QuestionKind

Matcher = dict[str, Any]
Expected = str | Matcher

_Line = TypeVar("_Line")


def read_as(kind: type[_Line], fields: Mapping[str, Any]) -> _Line:
    """The fields of a line or of a wire record, which is known to be of that type."""
    return cast(_Line, fields)


class RecordedPerson(TypedDict, total=False):
    """Whom the header names; ``id`` is there."""

    id: str
    email: str | None
    org_id: str | None


class RecordedFile(TypedDict, total=False):
    """A file that came with a message; ``path`` is there."""

    path: str
    name: str
    content_type: str
    size: int
    sha256: str | None


class HeaderLine(TypedDict, total=False):
    """The first line: which app, which conversation."""

    type: Literal["header"]
    format: str
    version: int
    app: str
    name: str
    session: str
    user: RecordedPerson
    channel: str
    at: str
    seed: int
    http: bool


class TimedLine(TypedDict, total=False):
    """What every line but the header may hold."""

    turn: int
    at: str


# A class cannot have a field that is called "as".
WhoseLine = TypedDict(
    "WhoseLine",
    {"turn": int, "at": str, "session": str, "as": str, "email": "str | None", "org_id": "str | None"},
    total=False,
)
"""A line that may say whose conversation it belongs to."""


class UserLine(WhoseLine, total=False):
    """What a person says."""

    type: Literal["user"]
    text: str
    attachments: list[str | RecordedFile]
    connected: dict[str, list[str]]


class ReplyLine(WhoseLine, total=False):
    """What the app answers; in turn 0 a plain text."""

    type: Literal["reply"]
    text: Expected
    streamed: bool


class PromptLine(TimedLine, total=False):
    """A question of the app."""

    type: Literal["prompt"]
    kind: QuestionKind
    message: Expected


class AnswerLine(TimedLine, total=False):
    """Its answer."""

    type: Literal["answer"]
    value: Any


class SettingLine(WhoseLine, total=False):
    """What a person has chosen."""

    type: Literal["setting"]
    name: str
    value: Any


class DataLine(WhoseLine, total=False):
    """What a commit changed in ``session.data``; its values may be matchers."""

    type: Literal["data"]
    set: dict[str, Any]
    unset: list[str]


class EndLine(TimedLine, total=False):
    """How the turn ended."""

    type: Literal["end"]
    status: TurnStatus


class CollectionLine(TimedLine, total=False):
    """A collection that was stored before."""

    type: Literal["collection"]
    declaration: dict[str, Any]
    documents: list[dict[str, Any]]


class ValuesLine(TimedLine, total=False):
    """Settings, keys or columns that were stored before."""

    type: Literal["values"]
    table: Literal["settings", "kv", "columns"]
    rows: list[dict[str, Any]]
