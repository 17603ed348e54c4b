"""``docs/transcript.schema.json`` says of each type of line what ``cpsl/transcript/line_kinds.py`` says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from cpsl.model.codec import FORMAT, VERSION
from cpsl.model.events import LineKind, TurnStatus, ValueType
from cpsl.transcript.line_fields import CHECKS
from cpsl.transcript.line_kinds import HEADER, LINE_KINDS
from cpsl.transcript.turn_zero import TABLES

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "transcript.schema.json").read_text(encoding="utf-8"))
KINDS = {"header": HEADER, **LINE_KINDS}

_TEXT_OR_NULL = {"$ref": "#/$defs/textOrNull"}
_SIMPLE: dict[ValueType, Any] = {
    "anything": {},
    "count": {"type": "integer", "minimum": 0},
    "flag": {"type": "boolean"},
    "names": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object"},
    "objects": {"type": "array", "items": {"type": "object"}},
    "services": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    "status": {"enum": list(get_args(TurnStatus))},
    "table": {"enum": list(TABLES)},
    "text": {"type": "string"},
    "text or null": _TEXT_OR_NULL,
    "time": {"$ref": "#/$defs/at"},
}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Without a description, and a count written out."""
    plain = {name: value for name, value in schema.items() if name != "description"}
    return dict(SCHEMA["$defs"]["seed"]) if plain == {"$ref": "#/$defs/seed"} else plain


def agrees(value: ValueType, name: str, schema: Any) -> bool:
    if value == "expected text":
        # Only the text of a line may not be empty: an exception without a message is a complete expectation.
        return bool(schema == {"$ref": f"#/$defs/{'expectedText' if name == 'text' else 'maybeEmptyText'}"})
    if value == "filled object":
        return bool(schema["type"] == "object" and schema["minProperties"] == 1)
    if value == "person":
        persons = {"id": {"type": "string", "minLength": 1}, "email": _TEXT_OR_NULL, "org_id": _TEXT_OR_NULL}
        return bool(schema == {"type": "object", "required": ["id"], "properties": persons})
    if value == "files":
        path, file = schema["items"]["oneOf"]
        return bool(path == {"type": "string", "minLength": 1} and file["properties"]["path"] == path)
    return bool(resolved(schema) == _SIMPLE[value])


def fields(kind: LineKind) -> dict[str, ValueType]:
    return {**kind.needed, **kind.optional}


def test_it_lists_every_type_of_line_and_no_other() -> None:
    assert {entry["$ref"] for entry in SCHEMA["oneOf"]} == {f"#/$defs/{name}" for name in KINDS}


@pytest.mark.parametrize("name", KINDS)
def test_a_type_has_the_fields_that_the_reader_knows(name: str) -> None:
    kind, schema = KINDS[name], SCHEMA["$defs"][name]
    frame: dict[str, Any] = {"type": {"const": name}, "turn": {"$ref": "#/$defs/turn"}, "at": {"$ref": "#/$defs/at"}}
    needed = {"type", *kind.needed}
    if name == "header":
        frame = {"type": {"const": name}, "format": {"const": FORMAT}, "version": {"const": VERSION}}
    if name in ("collection", "values"):
        # They tell what was stored before.
        frame["turn"], needed = {"const": 0}, {*needed, "turn"}
    own = {field: value for field, value in fields(kind).items() if field not in frame}
    properties = schema["properties"]
    assert properties.keys() == {*frame, *own}
    assert {field: properties[field] for field in frame} == frame
    assert [field for field, value in own.items() if not agrees(value, field, properties[field])] == []
    assert set(schema["required"]) == needed
    assert schema["additionalProperties"] is False


def test_every_type_of_value_has_its_check_and_its_part_here() -> None:
    known = set(get_args(ValueType))
    assert CHECKS.keys() == known
    assert _SIMPLE.keys() | {"expected text", "filled object", "person", "files"} == known
