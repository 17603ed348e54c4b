from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.transcript.comparison.captures import escape_text, fill_captures, literal_value, names
from cpsl.transcript.comparison.json_comparison import compare_json
from cpsl.transcript.comparison.patterns import _expression, match_pattern
from cpsl.transcript.comparison.placeholders import edges, fit_placeholders


@pytest.mark.parametrize(
    ("kind", "text", "actual", "captured"),
    [
        ("exact", "Order {{id}} saved", "Order 712 saved", {"id": "712"}),
        ("exact", "{{all}}", "one line", {"all": "one line"}),
        ("exact", "{{all}}", "two\nlines", {"all": "two\nlines"}),
        ("exact", "{{a}}\n{{b}}", "one\ntwo\nthree", {"a": "one", "b": "two\nthree"}),
        ("exact", "Order {{id}}", "Order ", None),
        ("exact", "{{id}} and {{id}}", "7 and 7", {"id": "7"}),
        ("exact", "{{id}} and {{id}}", "7 and 8", None),
        ("exact", "{{a}}-{{b}}", "x-y-z", {"a": "x", "b": "y-z"}),
        ("exact", "a.b {{x}}", "aXb 1", None),
        ("contains", "Order {{id}}", "Your Order 712.", {"id": "712"}),
        ("contains", "Order {{id}}", "Order A-12.5, now", {"id": "A-12.5"}),
        ("contains", "{{name}}, welcome", "Hello (Ann, welcome", {"name": "Ann"}),
        ("contains", "for {{name}} now", "order for Ann Lee now", {"name": "Ann Lee"}),
        ("contains", "Order {{id}} x", "Order", None),
        ("glob", "*Order {{id}}*", "Your\nOrder 712 is in", {"id": "712"}),
        ("glob", "*{{id}} x*", "a 1\nb 2 x", {"id": "2"}),
        ("glob", "[Oo]rder {{id}}", "order 7", {"id": "7"}),
        ("glob", "* {{id}} ?", "Order 7 x", {"id": "7"}),
        ("regex", r"^Order {{id}} \w+$", "Order 712 saved", {"id": "712"}),
        ("regex", r"Order {{id}}", "my Order 712 is", {"id": "712"}),
        ("regex", r"(?i)order (?:#{{id}}|none)", "Order none", {}),
        ("regex", r"#{{id}}.*#{{id}}", "#7 #7", {"id": "7"}),
    ],
)
def test_a_name_captures_the_shortest_that_fits(
    kind: str, text: str, actual: str, captured: dict[str, str] | None
) -> None:
    assert match_pattern(kind, text, actual, {}) == captured


@pytest.mark.parametrize("kind", ["exact", "contains", "glob", "regex"])
@pytest.mark.parametrize(("value", "fits"), [("a+b", True), ("a+bc", False)])
def test_what_was_captured_has_to_match_itself(kind: str, value: str, fits: bool) -> None:
    assert (match_pattern(kind, "id {{x}};", f"id {value};", {"x": "a+b"}) == {}) is fits


def test_a_user_line_says_what_was_captured() -> None:
    assert fill_captures("cancel {{id}} for {{who}}, {{id}}", {"id": "7"}) == "cancel 7 for {{who}}, 7"
    assert fill_captures("{{ id }} {{1}} {id}", {"id": "7"}) == "{{ id }} {{1}} {id}"


def test_names_are_listed_once() -> None:
    assert names("{{b}} {{a}} {{b}} {{not ok}}") == ("b", "a")


@given(st.text("ab{}x _", max_size=12))
def test_an_escaped_text_matches_itself_and_captures_nothing(text: str) -> None:
    result = compare_json(escape_text(text), text, {})
    assert not result.mismatches
    assert result.captures == {}
    assert compare_json(escape_text(text), text + "a", {}).mismatches


def test_only_what_could_be_misread_is_escaped() -> None:
    assert escape_text("plain {x}") == "plain {x}"
    assert escape_text("{{x}}") == {"match": "exact", "value": "{{x}}"}
    assert escape_text("") == {"match": "exact", "value": ""}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", "{{x}}", "any"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["match", "value", "a"]), inner),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_a_literal_value_matches_itself_and_nothing_else(value: Any, other: Any) -> None:
    result = compare_json(literal_value(value), value, {"x": "captured"})
    assert not result.mismatches
    assert result.captures == {"x": "captured"}
    same = not compare_json({"match": "exact", "value": value}, other, {}).mismatches
    assert (not compare_json(literal_value(value), other, {}).mismatches) is same


GLOBS = st.lists(
    st.sampled_from(["a", "b", "*", "?", "[ab]", "[!a]", "[", "]", "-", "[a-c]", "[]]", "[!]a]", "\n", ".", "**"])
).map("".join)


@given(GLOBS, st.text("ab].\n-[", max_size=6))
def test_a_glob_with_a_capture_means_what_it_means_without(glob: str, actual: str) -> None:
    with_capture = glob + "#{{x}}#"
    assert (match_pattern("glob", with_capture, actual + "#1#", {}) == {"x": "1"}) is fnmatchcase(
        actual + "#1#", glob + "#1#"
    )


@given(st.text("a.b\n*", max_size=6), st.text("ab\n.", min_size=1, max_size=4), st.text("a.b\n*", max_size=6))
def test_what_is_captured_stands_in_the_text(before: str, value: str, after: str) -> None:
    captured = match_pattern("exact", f"{before}{{{{x}}}}{after}", before + value + after, {})
    assert captured == {"x": value}


def test_groups_of_an_expression_stand_beside_captures() -> None:
    assert match_pattern("regex", "(?P<x>a)(?P=x){{x}}", "aab", {}) == {"x": "b"}


PATTERNS = st.lists(st.sampled_from([*"ab \n.(-", "{{x}}", "{{y}}", "{{z}}"]), max_size=7).map("".join)


@given(st.sampled_from(["exact", "contains", "glob"]), PATTERNS, st.text("ab \n.(-", max_size=10))
def test_placeholders_take_what_a_regular_expression_of_them_would(kind: str, text: str, actual: str) -> None:
    for reach in edges(kind):
        expression = re.compile(_expression(kind, text, (), reach), re.DOTALL if kind == "glob" else 0)
        match = expression.search(actual) if kind == "contains" else expression.fullmatch(actual)
        fitted = fit_placeholders(kind, text, actual, {}, reach)
        if fitted is None:
            assert match is None
        elif fitted.sure:
            assert match
            assert {f"capture_{name}": value for name, value in fitted.captures.items()} == match.groupdict()


LONG = "word " * 20_000


@pytest.mark.parametrize(
    ("kind", "text", "captured"),
    [
        ("exact", "{{a}} {{b}} {{c}} {{d}} {{e}}!", None),
        ("exact", "{{a}}{{b}}{{c}}{{d}}{{e}}\n", None),
        ("exact", "{{a}} {{b}} ", {"a": "word", "b": LONG[5:-1]}),
        ("contains", "{{a}} word {{b}} word {{c}}!", None),
        ("contains", "{{a}}{{b}}{{c}}{{d}}\t", None),
        ("contains", "{{a}} word {{b}}", {"a": "word", "b": "word"}),
        ("glob", "*{{a}}*{{b}}*{{c}}*{{d}}*!", None),
        ("glob", "*?{{a}}[rd]{{b}}*?{{c}}[w]*!", None),
        ("glob", "*{{a}}*{{b}} ", {"a": "word", "b": "word"}),
        ("exact", "{{a}} {{a}} {{b}} {{b}}!", None),
    ],
)
def test_placeholders_are_matched_at_once_in_a_long_text(kind: str, text: str, captured: dict[str, str] | None) -> None:
    assert match_pattern(kind, text, LONG, {}) == captured
