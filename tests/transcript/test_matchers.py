from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.model.codec import expectation_text
from cpsl.transcript.comparison.json_comparison import compare_json, equal_json
from cpsl.transcript.comparison.matchers import line_problem, problem, value_problem

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text("ab{", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


def match(kind: str, *value: Any) -> dict[str, Any]:
    return {"match": kind, **({"value": value[0]} if value else {})}


def matches(expected: Any, actual: Any) -> bool:
    return not compare_json(expected, actual, {}).mismatches


@pytest.mark.parametrize(
    ("expected", "actual", "does"),
    [
        ("a", "a", True),
        ("a", "A", False),
        ("a", "a ", False),
        (match("exact", "a"), "a", True),
        (match("exact", ""), "", True),
        (match("exact", "{{x}}"), "{{x}}", True),
        (match("exact", "{{x}}"), "other", False),
        (match("exact", 1), True, False),
        (match("contains", "b\nc"), "ab\ncd", True),
        (match("contains", "B"), "abc", False),
        (match("glob", "a*c"), "a\nb\nc", True),
        (match("glob", "a*c"), "xa c", False),
        (match("glob", "a?c"), "a\nc", True),
        (match("glob", "[!b-d]x"), "ax", True),
        (match("glob", "[!b-d]x"), "bx", False),
        (match("glob", "A*"), "abc", False),
        (match("regex", "b+"), "abbc", True),
        (match("regex", "^b+"), "abbc", False),
        (match("regex", "a.b"), "a\nb", False),
        (match("regex", r"^\d+$"), 12, True),
        (match("contains", "milk"), ["milk", "bread"], True),
        (match("any"), "", True),
        (match("any"), None, True),
        ([1, match("any"), 3], [1, {"x": 2}, 3], True),
        ({"match ": "a"}, {"match ": "a"}, True),
    ],
)
def test_a_text_or_value_matches(expected: Any, actual: Any, does: bool) -> None:
    assert matches(expected, actual) is does


@pytest.mark.parametrize(
    ("value", "actual", "does"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, '{"a": 1, "b": 2}', True),
        ({"a": 1}, "not json", False),
        ({"a": 1}, "[" * 100_000, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": {"b": {}}}, {"a": {"b": {"c": 1}}}, True),
        ({"a": None}, {}, False),
        ([{"a": 1}], [{"a": 1, "b": 2}], True),
        ([1], [1, 2], False),
        ([1, 2], [2, 1], False),
        ({"a": {"match": "glob", "value": "x*"}}, {"a": "xyz", "b": 1}, True),
        ({"a": {"match": "exact", "value": {"b": 1}}}, {"a": {"b": 1, "c": 2}}, False),
        ("word", "word", True),
        ("word", '"word"', True),
        (3, "3", True),
        (None, "null", True),
    ],
)
def test_json_is_a_subset(value: Any, actual: Any, does: bool) -> None:
    assert matches(match("json", value), actual) is does


@given(JSON, JSON)
def test_equality_is_that_of_json(one: Any, other: Any) -> None:
    def tagged(value: Any) -> Any:
        if isinstance(value, dict):
            return ("object", {key: tagged(item) for key, item in value.items()})
        if isinstance(value, list):
            return ("array", [tagged(item) for item in value])
        return ("bool" if isinstance(value, bool) else "other", value)

    assert equal_json(one, other) is (tagged(one) == tagged(other))
    assert equal_json(one, json.loads(json.dumps(one)))


def test_not_a_number_is_itself() -> None:
    assert equal_json([float("nan")], [float("nan")])
    assert not equal_json(float("nan"), 1.0)


@given(JSON, st.dictionaries(st.sampled_from("pqr"), JSON, min_size=1))
def test_a_json_subset_ignores_more_keys_at_every_depth(value: Any, more: dict[str, Any]) -> None:
    def with_more(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {**{key: with_more(item) for key, item in inner.items()}, **more}
        return [with_more(item) for item in inner] if isinstance(inner, list) else inner

    assert not compare_json(value, with_more(value), {}, subset=True).mismatches


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (match("contians", "a"), "unknown match 'contians' (did you mean 'contains'?)"),
        (match("contians", "a"), 'a plain value with a key "match" is written {"match":"exact","value":…}'),
        ({"match": 3, "value": "a"}, "match has to be one of exact, contains, glob, regex, json, any"),
        (match("glob"), 'a match of glob needs a "value"'),
        (match("exact"), 'a match of exact needs a "value"'),
        ("", "an empty expectation expects nothing"),
        (match("contains", ""), "an empty expectation expects nothing"),
        (match("glob", ""), "an empty expectation expects nothing"),
        (match("regex", ""), "an empty expectation expects nothing"),
        (match("json", {}), "an empty expectation expects nothing"),
        (match("json", []), "an empty expectation expects nothing"),
        (match("json", ""), "an empty expectation expects nothing"),
        (match("contains", 3), "the value of contains has to be a text, not 3"),
        (match("regex", ["a"]), 'the value of regex has to be a text, not ["a"]'),
        (match("regex", "a(b"), "missing ), unterminated subpattern at position 1"),
        (match("regex", "[[a]"), "Possible nested set at position"),
        (match("regex", "(?P<capture_x>a){{x}}"), "redefinition of group name"),
        ({"match": "any", "vlaue": 1}, "unknown key 'vlaue' (did you mean 'value'?)"),
        (match("any", "x"), "a match of any takes no value"),
        (match("json", {"a": [match("regx", "b")]}), ".a[0]: unknown match 'regx' (did you mean 'regex'?)"),
        ({"a": {"b": match("glob", "")}}, ".a.b: an empty expectation expects nothing"),
    ],
)
def test_a_wrong_expectation_is_named(expected: Any, words: str) -> None:
    found = problem(expected)
    assert found is not None
    assert words in found
    assert "\n" not in found


@pytest.mark.parametrize(
    "expected",
    ["a", match("exact", ""), match("any"), match("any", None), match("json", None), match("json", 0), {"mat": 1}, 5],
)
def test_a_good_expectation_has_no_problem(expected: Any) -> None:
    assert problem(expected) is None


def test_an_empty_value_is_a_value() -> None:
    assert value_problem({"cart": [], "name": "", "more": {}}) is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"type": "reply", "text": ""}, "text: an empty expectation"),
        ({"type": "reply", "text": 5}, "text: has to be a text"),
        ({"type": "reply", "text": {"a": 1}}, "text: has to be a text"),
        ({"type": "reply", "text": match("exact", 5)}, "text: has to be a text"),
        ({"type": "error", "error": "E", "message": 1}, "message: has to be a text"),
        ({"type": "data", "set": {"cart": {"total": match("regx", "a")}}}, "set.cart.total: unknown match 'regx'"),
        ({"type": "data", "set": []}, "set: has to be an object"),
        ({"type": "data", "unset": "cart"}, "unset: has to be a list of keys"),
        ({"type": "block", "block": {"payload": [match("glob")]}}, "block.payload[0]: a match of glob needs"),
    ],
)
def test_a_line_names_the_field_of_a_wrong_expectation(fields: dict[str, Any], words: str) -> None:
    assert str(line_problem(fields)).startswith(words)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "user", "turn": 1, "text": ""},
        {"type": "answer", "value": {"match": "tennis"}},
        {"type": "error", "error": "ValueError", "message": ""},
        {"type": "notify", "text": "t", "detail": ""},
        {"type": "data", "set": {"match": "Ajax", "name": ""}, "unset": ["a"]},
        {"type": "end", "turn": 1, "at": "…", "status": "ok"},
    ],
)
def test_a_good_line_has_no_problem(fields: dict[str, Any]) -> None:
    assert line_problem(fields) is None


@pytest.mark.parametrize(
    ("expected", "text"),
    [("a", "a"), (match("glob", "a*"), "a*"), (match("any"), "(any)"), (match("json", {"a": 1}), '{"a":1}'), (3, "3")],
)
def test_an_expectation_is_shown_as_its_pattern(expected: Any, text: str) -> None:
    assert expectation_text(expected) == text
