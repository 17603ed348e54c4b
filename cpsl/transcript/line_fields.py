"""What the fields of a transcript's lines hold, checked (docs/transcripts.md).

``docs/transcript.schema.json`` says the same for other programs; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_args

from cpsl.clock import parse_iso
from cpsl.model.attachment import name_problem
from cpsl.model.codec import is_matcher
from cpsl.model.events import LineKind, TurnStatus, ValueType
from cpsl.transcript.line_kinds import HEADER, LINE_KINDS
from cpsl.transcript.turn_zero import TABLES

Check = Callable[[Any], str | None]

# A year from where datetime ends: what an app adds to the time, or takes from it, is a time as well.
_FIRST, _LAST = parse_iso("0002-01-01"), parse_iso("9999-01-01")


class LineField(NamedTuple):
    """A field of a line: what is wrong with a value, or None; and whether the line needs it."""

    check: Check
    needed: bool = False


def _is(what: str, *types: type) -> Check:
    def check(value: Any) -> str | None:
        fits = isinstance(value, types) and not (isinstance(value, bool) and bool not in types)
        return None if fits else f"must be {what}"

    return check


def _at(value: Any) -> str | None:
    try:
        seconds = parse_iso(value)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return "must be a time as 2026-01-31T09:05:00.000Z"
    return None if _FIRST <= seconds < _LAST else "must be a time in the years 2 to 9998"


def _count(value: Any) -> str | None:
    return None if type(value) is int and value >= 0 else "must be a whole number from 0"


def _text_or_matcher(value: Any) -> str | None:
    return None if isinstance(value, str) or is_matcher(value) else 'must be a text or {"match": …, "value": …}'


def _filled_object(value: Any) -> str | None:
    return None if isinstance(value, dict) and value else "must be a JSON object that holds something"


def _one_of(*known: str) -> Check:
    def check(value: Any) -> str | None:
        return None if isinstance(value, str) and value in known else f"must be one of {', '.join(known)}"

    return check


def _objects(value: Any) -> str | None:
    fits = isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return None if fits else "must be a list of JSON objects"


def _person(value: Any) -> str | None:
    fits = isinstance(value, dict) and isinstance(value.get("id"), str) and value["id"]
    rest = [value.get("email"), value.get("org_id")] if fits else []
    return None if fits and all(item is None or isinstance(item, str) for item in rest) else 'must be {"id": …}'


def _files(value: Any) -> str | None:
    items: list[Any] = [None]
    if isinstance(value, list):
        items = [{"path": item} if isinstance(item, str) else item for item in value]
    if not all(isinstance(item, dict) and isinstance(item.get("path"), str) and item["path"] for item in items):
        return 'must be a list of paths, or of {"name", "path", …}'
    return next(filter(None, map(_file, items)), None)


def _file(item: dict[str, Any]) -> str | None:
    if "name" in item and (wrong := name_problem(item["name"])):
        return wrong
    if not isinstance(item.get("content_type", ""), str):
        return "the content_type of a file must be a text"
    if not isinstance(item.get("sha256"), (str, type(None))):
        return "the sha256 of a file must be a text or null"
    return "the size of a file must be a whole number from 0" if "size" in item and _count(item["size"]) else None


def _services(value: Any) -> str | None:
    lists = list(value.values()) if isinstance(value, dict) else [None]
    fits = all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in lists)
    return None if fits else 'must be {"service": ["field", …]}'


def _names(value: Any) -> str | None:
    fits = isinstance(value, list) and all(isinstance(name, str) for name in value)
    return None if fits else "must be a list of names"


def _anything(value: Any) -> str | None:
    return None


_text = _is("a text", str)

CHECKS: dict[ValueType, Check] = {
    "anything": _anything,
    "count": _count,
    "expected text": _text_or_matcher,
    "files": _files,
    "filled object": _filled_object,
    "flag": _is("true or false", bool),
    "names": _names,
    "object": _is("a JSON object", dict),
    "objects": _objects,
    "person": _person,
    "services": _services,
    "status": _one_of(*get_args(TurnStatus)),
    "table": _one_of(*TABLES),
    "text": _text,
    "text or null": _is("a text or null", str, type(None)),
    "time": _at,
}
"""What is wrong with a value of that type, or None."""


def _fields(kind: LineKind) -> Iterator[tuple[str, LineField]]:
    for name, value in kind.needed.items():
        yield name, LineField(CHECKS[value], needed=True)
    for name, value in kind.optional.items():
        yield name, LineField(CHECKS[value])


_EVERY = {"type": LineField(_text, needed=True), "turn": LineField(_count), "at": LineField(_at)}

HEADER_FIELDS: dict[str, LineField] = dict(_fields(HEADER))
"""The fields of the header."""

LINE_FIELDS: dict[str, dict[str, LineField]] = {
    name: {**_EVERY, **dict(_fields(kind))} for name, kind in LINE_KINDS.items()
}
"""The fields of each other type of line."""
