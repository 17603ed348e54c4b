from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.transcript.edits import Edits, rewrite_values

TEXTS = st.lists(st.sampled_from(["a", " ", "\n", "\r\n", "\r", "\u2028", "{}"]), max_size=12).map("".join)


@given(TEXTS)
def test_no_change_changes_nothing(text: str) -> None:
    assert Edits(text).result() == text


def test_lines_are_replaced_removed_and_inserted() -> None:
    edits = Edits("a\r\nb\n\nc\r\n")
    assert [edits.line(number) for number in (0, 1, 3, 4, 5)] == [None, "a", "", "c", None]
    edits.replace(1, "A")
    edits.remove(2)
    edits.insert(2, "x")
    edits.insert(2, "y")
    assert edits.result() == "A\r\nx\r\ny\r\n\nc\r\n"


@pytest.mark.parametrize(
    ("text", "after", "result"),
    [("a\nb", 2, "a\nb\nx"), ("a\nb\n", 2, "a\nb\nx\n"), ("a\r\nb", 2, "a\r\nb\r\nx"), ("a", 1, "a\nx")],
)
def test_the_last_line_ends_as_before(text: str, after: int, result: str) -> None:
    edits = Edits(text)
    edits.insert(after, "x")
    assert edits.result() == result


def test_the_last_line_ends_as_before_when_it_is_removed() -> None:
    edits = Edits("a\nb\nc")
    edits.remove(3)
    assert edits.result() == "a\nb"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('a{}",:\\ é\u2028', max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text('a{",', max_size=2), inner, max_size=2),
    max_leaves=5,
)
STYLES = st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " :  ")])


@given(st.dictionaries(st.text('ab",}', max_size=2), st.tuples(VALUES, VALUES, st.booleans())), STYLES, st.booleans())
def test_only_the_values_that_differ_are_written_anew(
    items: dict[str, tuple[Any, Any, bool]], style: tuple[str, str], ascii_only: bool
) -> None:
    def spelled(values: dict[str, str]) -> str:
        inside = style[0].join(f"{json.dumps(name)}{style[1]}{value}" for name, value in values.items())
        return f"  {{ {inside} }} "

    old_spelling = {name: json.dumps(old, ensure_ascii=ascii_only) for name, (old, _, _) in items.items()}
    line = spelled(old_spelling)
    new = {name: other if changes else old for name, (old, other, changes) in items.items()}
    result = rewrite_values(line, new)
    assert json.loads(result) == new
    kept = {name: text for name, text in old_spelling.items() if json.dumps(new[name]) == json.dumps(items[name][0])}
    begin = 0
    for name in items:
        begin = result.index(json.dumps(name) + style[1] + kept.get(name, ""), begin)
    if len(kept) == len(items):
        assert result == line


def test_another_set_of_keys_is_written_anew() -> None:
    assert rewrite_values(' {"a": 1, "b": 2}', {"a": 1}) == ' {"a":1}'
