"""A wire record as a line of a transcript, so that it is read back as just what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpsl.model.codec import dumps
from cpsl.transcript.comparison.captures import escape_text, literal_value
from cpsl.transcript.comparison.matchers import AUTO_ID
from cpsl.transcript.document import RecordedTurn
from cpsl.transcript.line_kinds import INPUTS


def transcript_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a recorded line: what would be read as a matcher or a capture is made an exact matcher.

    Inputs stay as they are: nothing in them is expected.
    """
    if record["type"] in INPUTS:
        return dict(record)
    return {name: _field(name, value) for name, value in record.items()}


def new_line(record: Mapping[str, Any], turn: RecordedTurn) -> str:
    """A line for something the app did in this turn, in the style of the turn.

    ``turn`` and ``at`` are those of the user's line, if it has them. A turn written by hand gets only what a
    person would write: no flags, no empty fields, no id that a block got by itself.
    """
    frame = {name: turn.user.fields[name] for name in ("turn", "at") if name in turn.user.fields}
    fields = {name: value for name, value in record.items() if name not in {"type", "turn", "at"}}
    if not turn.complete:
        fields = {name: _brief(name, value) for name, value in fields.items() if _is_essential(name, value)}
    return dumps({"type": record["type"], **frame, **transcript_fields({"type": record["type"], **fields})})


def _field(name: str, value: Any) -> Any:
    if name == "set":
        # Key by key, as a key of session.data may be called "match".
        return {key: literal_value(item) for key, item in value.items()}
    return escape_text(value) if name == "text" and isinstance(value, str) else literal_value(value)


def _is_essential(name: str, value: Any) -> bool:
    if name in {"detail", "unset"}:
        return bool(value)
    return name not in {"streamed", "stream"}


def _brief(name: str, value: Any) -> Any:
    if name == "block" and AUTO_ID.match(str(value.get("id", ""))):
        return {key: item for key, item in value.items() if key != "id"}
    return value
