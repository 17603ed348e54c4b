"""An expected JSON value against an actual one: where they differ, what is captured, what accepting would write.

The three belong together: a part that matches keeps its captures and its wording, and a part that does not
contributes none and is written anew. So a file that was accepted matches when it is compared again.
"""

from __future__ import annotations

import json
import math
from typing import Any, Literal, NamedTuple

from cpsl.model.codec import dumps, is_matcher
from cpsl.transcript.comparison.captures import Captures, literal_value, restore_placeholders
from cpsl.transcript.comparison.patterns import PATTERN_KINDS, match_pattern
from cpsl.transcript.comparison.places import Place

Kind = Literal["changed", "missing", "extra"]


class Mismatch(NamedTuple):
    """One differing place; ``wanted`` is None for something extra, ``got`` for something missing."""

    kind: Kind
    place: Place
    wanted: Any
    got: Any

    def under(self, *outer: str | int) -> Mismatch:
        """The same, seen from further out."""
        return self._replace(place=(*outer, *self.place))


class Checked(NamedTuple):
    """What came of it: the differing places, all captures, and the expectation that would have matched."""

    mismatches: tuple[Mismatch, ...]
    captures: Captures
    accepted: Any


def compare_json(expected: Any, actual: Any, captures: Captures, *, subset: bool = False) -> Checked:
    """Compare; with ``subset`` an actual object may have more keys than are expected."""
    if is_matcher(expected):
        return _matcher(expected, actual, captures)
    if isinstance(expected, str) and isinstance(actual, str):
        return _captured(match_pattern("exact", expected, actual, captures), expected, actual, captures, expected)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _object(expected, actual, captures, subset)
    if isinstance(expected, list) and isinstance(actual, list):
        return _array(expected, actual, captures, subset)
    if equal_json(expected, actual):
        return Checked((), captures, expected)
    return _changed(expected, actual, captures)


def equal_json(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same: 1 is 1.0 as in JSON, but true is not 1; NaN is NaN."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal_json(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal_json, one, other))
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)


def _changed(expected: Any, actual: Any, captures: Captures) -> Checked:
    return Checked((Mismatch("changed", (), expected, actual),), captures, literal_value(actual))


def _captured(new: dict[str, str] | None, expected: Any, actual: Any, captures: Captures, pattern: str) -> Checked:
    if new is None and isinstance(actual, str):
        return Checked(
            (Mismatch("changed", (), expected, actual),), captures, restore_placeholders(actual, pattern, captures)
        )
    if new is None:
        return _changed(expected, actual, captures)
    return Checked((), {**captures, **new} if new else captures, expected)


def _matcher(expected: dict[str, Any], actual: Any, captures: Captures) -> Checked:
    kind: str = expected["match"]
    value: Any = expected.get("value")
    if kind == "any" or (kind == "exact" and equal_json(value, actual)):
        return Checked((), captures, expected)
    if kind == "json":
        return _json(expected, actual, captures)
    if kind in PATTERN_KINDS and kind != "exact":
        # A number or an array is matched as its JSON, so that a pattern can say "some digits".
        text = actual if isinstance(actual, str) else dumps(actual)
        return _captured(match_pattern(kind, value, text, captures), expected, actual, captures, value)
    return _changed(expected, actual, captures)


def _json(expected: dict[str, Any], actual: Any, captures: Captures) -> Checked:
    result = compare_json(expected["value"], actual, captures, subset=True)
    if result.mismatches and isinstance(actual, str):
        try:
            parsed = json.loads(actual)
        except (ValueError, RecursionError):
            return _changed(expected, actual, captures)
        result = compare_json(expected["value"], parsed, captures, subset=True)
    if result.mismatches:
        return Checked(result.mismatches, captures, literal_value(actual))
    return Checked((), result.captures, expected)


def _object(expected: dict[str, Any], actual: dict[str, Any], captures: Captures, subset: bool) -> Checked:
    if "match" in actual and not subset:
        # Accepted key by key, it would be read as a matcher.
        return _changed(expected, actual, captures)
    mismatches: list[Mismatch] = []
    accepted: dict[str, Any] = {}
    for key, wanted in expected.items():
        if key not in actual:
            mismatches.append(Mismatch("missing", (key,), wanted, None))
            continue
        inner = compare_json(wanted, actual[key], captures, subset=subset)
        mismatches += (mismatch.under(key) for mismatch in inner.mismatches)
        captures, accepted[key] = inner.captures, inner.accepted
    for key in () if subset else [key for key in actual if key not in expected]:
        mismatches.append(Mismatch("extra", (key,), None, actual[key]))
        accepted[key] = literal_value(actual[key])
    return Checked(tuple(mismatches), captures, accepted if mismatches else expected)


def _array(expected: list[Any], actual: list[Any], captures: Captures, subset: bool) -> Checked:
    mismatches: list[Mismatch] = []
    accepted: list[Any] = []
    before = captures
    for index, (wanted, got) in enumerate(zip(expected, actual, strict=False)):
        inner = compare_json(wanted, got, captures, subset=subset)
        mismatches += (mismatch.under(index) for mismatch in inner.mismatches)
        captures = inner.captures
        accepted.append(inner.accepted)
    if mismatches and len(expected) != len(actual):
        # Something was put in or taken out in front: element by element, all that follows would differ.
        return _changed(expected, actual, before)
    size = len(accepted)
    mismatches += (Mismatch("missing", (size + at,), item, None) for at, item in enumerate(expected[size:]))
    mismatches += (Mismatch("extra", (size + at,), None, item) for at, item in enumerate(actual[size:]))
    accepted += map(literal_value, actual[size:])
    return Checked(tuple(mismatches), captures, accepted if mismatches else expected)
