"""What may stand where a transcript expects a text or a value (transcripts.md).

A text is exact, or an object ``{"match": KIND, "value": …}``; a value is plain JSON in which such an object
may stand at any depth. An object without the key ``match`` is a plain value. ``json`` is a subset: objects by
key, arrays element by element in full (as Jest's ``toMatchObject``), scalars equal and never bool for int.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cpsl.data.query_errors import unknown
from cpsl.model.codec import dumps, is_matcher
from cpsl.textwidth import cut
from cpsl.transcript.comparison.patterns import PATTERN_KINDS, regex_problem
from cpsl.transcript.line_kinds import INPUTS

_LONGEST_SHOWN = 80

KINDS = (*PATTERN_KINDS, "json", "any")

_EMPTY = "an empty expectation expects nothing"
NEVER_COMPARED = frozenset({"type", "turn", "at", "streamed", "stream"})
"""Fields of a line that say nothing about what the app did."""

AUTO_ID = re.compile(r"blk_[0-9a-f]{12}\Z")
"""The ids that blocks get by themselves: new ones at every run."""


def problem(expected: Any) -> str | None:
    """What is wrong with an expected text or matcher object, in one sentence, or None.

    ``""`` is wrong: only ``{"match": "exact", "value": ""}`` expects an empty text.
    """
    if expected == "" and isinstance(expected, str):
        return f'{_EMPTY}; write {{"match":"exact","value":""}} if an empty text is meant'
    return value_problem(expected)


def value_problem(expected: Any) -> str | None:
    """What is wrong with an expected JSON value or a matcher object anywhere in it, or None.

    A plain empty text, object or array is a value like any other.
    """
    if is_matcher(expected):
        return _matcher_problem(expected)
    inside: Any = ()
    if isinstance(expected, dict):
        inside = ((f".{key}", item) for key, item in expected.items())
    elif isinstance(expected, list):
        inside = ((f"[{index}]", item) for index, item in enumerate(expected))
    for place, item in inside:
        if found := value_problem(item):
            # A sentence about a deeper place already begins with it.
            return f"{place}{found}" if found[0] in ".[" else f"{place}: {found}"
    return None


def line_problem(fields: Mapping[str, Any]) -> str | None:
    """What is wrong with the expectations of one transcript line, beginning with the field, or None.

    Texts (``text``, ``detail``, ``message``) are strings or matcher objects; only ``text`` may not be empty,
    as an exception without a message is a complete expectation. Everything else is a value.
    """
    if fields.get("type") in INPUTS:
        return None
    for name, expected in fields.items():
        if name not in NEVER_COMPARED and (found := _field_problem(name, expected)):
            return f"{name}{found}" if found[0] in ".[" else f"{name}: {found}"
    return None


def _field_problem(name: str, expected: Any) -> str | None:
    if name == "set":
        return _set_problem(expected)
    if name == "unset":
        names = isinstance(expected, list) and all(isinstance(key, str) for key in expected)
        return None if names else "has to be a list of keys"
    if name in {"text", "detail", "message"} and not _is_text(expected):
        return f'has to be a text or a {{"match": …}} object for one, not {dumps(expected)}'
    return problem(expected) if name == "text" else value_problem(expected)


def _is_text(expected: Any) -> bool:
    if is_matcher(expected):
        return expected["match"] != "exact" or isinstance(expected.get("value", ""), str)
    return isinstance(expected, str)


def _set_problem(expected: Any) -> str | None:
    if not isinstance(expected, dict):
        return "has to be an object with the changed keys"
    # Checked key by key, as a key of session.data may be called "match".
    for key, item in expected.items():
        if found := value_problem(item):
            return f".{key}{found}" if found[0] in ".[" else f".{key}: {found}"
    return None


def _matcher_problem(expected: dict[str, Any]) -> str | None:
    kind = expected["match"]
    if kind not in KINDS:
        words = unknown("match", kind, KINDS) if isinstance(kind, str) else f"match has to be one of {', '.join(KINDS)}"
        return f'{words}; a plain value with a key "match" is written {{"match":"exact","value":…}}'
    if strange := [key for key in expected if key not in {"match", "value"}]:
        return unknown("key", strange[0], ("match", "value")) + " (a matcher has no others)"
    if kind == "any":
        return "a match of any takes no value" if expected.get("value") is not None else None
    if "value" not in expected:
        return f'a match of {kind} needs a "value"'
    return _value_of_matcher_problem(kind, expected["value"])


def _beginning(text: str) -> str:
    return cut(text, _LONGEST_SHOWN + 1)


def _value_of_matcher_problem(kind: str, value: Any) -> str | None:
    if kind == "exact":
        return None
    if kind in PATTERN_KINDS and not isinstance(value, str):
        return f"the value of {kind} has to be a text, not {dumps(value)}"
    if value in ("", {}, []):
        return f'{_EMPTY}; the value of {kind} is empty, and {{"match":"any"}} says that anything will do'
    if kind == "regex" and (wrong := regex_problem(value)):
        return f"{_beginning(dumps(value))} is not a regular expression: {wrong}"
    return value_problem(value) if kind == "json" else None
