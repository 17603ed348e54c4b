"""The Python types of lines say what ``cpsl/transcript/line_kinds.py`` says of them."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest

from cpsl.model.events import TurnStatus, ValueType
from cpsl.model.question import QuestionKind
from cpsl.transcript import line_types
from cpsl.transcript.line_kinds import HEADER, LINE_KINDS
from cpsl.transcript.line_types import Expected, RecordedFile, RecordedPerson

KINDS = {"header": HEADER, **LINE_KINDS}
HINTS = {
    get_args(hints["type"])[0]: hints
    for named in vars(line_types).values()
    if hasattr(named, "__total__") and "type" in (hints := get_type_hints(named))
}

OBJECT = dict[str, Any]
TYPES: dict[ValueType, object] = {
    "anything": Any,
    "count": int,
    "expected text": Expected,
    "files": list[str | RecordedFile],
    "filled object": OBJECT,
    "flag": bool,
    "names": list[str],
    "object": OBJECT,
    "objects": list[OBJECT],
    "person": RecordedPerson,
    "services": dict[str, list[str]],
    "status": TurnStatus,
    "text": str,
    "text or null": str | None,
    "time": str,
}


@pytest.mark.parametrize("name", HINTS)
def test_a_line_has_the_fields_and_types_that_the_reader_checks(name: str) -> None:
    kind, hints = KINDS[name], HINTS[name]
    frame = {"type"} if name == "header" else {"type", "turn", "at"}
    fields = {**kind.needed, **kind.optional}
    assert hints.keys() == {*frame, *fields}
    wanted = {field: TYPES.get(value) for field, value in fields.items() if field not in ("type", "turn")}
    if name == "prompt":
        # Any text is read; a question that is none of the known ones has no answer.
        wanted["kind"] = QuestionKind
    if name == "values":
        wanted["table"] = hints["table"]
    assert {field: hints[field] for field in wanted} == wanted


def test_the_lines_that_are_read_by_name_are_here() -> None:
    assert HINTS.keys() >= {"header", "user", "reply", "prompt", "answer", "setting", "data", "end"}
