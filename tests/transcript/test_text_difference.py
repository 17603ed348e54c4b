from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.transcript.comparison import text_difference
from cpsl.transcript.comparison.text_difference import Span, mark_differences

TEXTS = st.lists(st.sampled_from(["a", "bc", " ", "  ", "\n", "\r\n", ",", "é", "\t", "\x85", "a_1", "\u2028"])).map(
    "".join
)


def shown(spans: list[Span]) -> str:
    return "".join(f"[{span.text}]" if span.changed else span.text for span in spans)


@given(TEXTS, TEXTS)
def test_nothing_is_lost_and_what_is_unchanged_is_the_same_on_both_sides(expected: str, actual: str) -> None:
    left, right = mark_differences(expected, actual)
    assert "".join(span.text for span in left) == expected
    assert "".join(span.text for span in right) == actual
    same = ["".join(span.text for span in side if not span.changed) for side in (left, right)]
    assert same[0] == same[1]
    assert any(span.changed for span in left + right) is (expected != actual)
    assert all(one.changed is not other.changed for one, other in pairwise(left))


@pytest.mark.parametrize(
    ("expected", "actual", "left", "right"),
    [
        ("Total: 5 EUR", "Total: 6 EUR", "Total: [5] EUR", "Total: [6] EUR"),
        ("Saved milk.", "Saved milk!", "Saved milk[.]", "Saved milk[!]"),
        ("a b", "a  b", "a[ ]b", "a[  ]b"),
        ("one\ntwo x\nthree", "one\ntwo y\nthree", "one\ntwo [x]\nthree", "one\ntwo [y]\nthree"),
        ("one\nthree", "one\ntwo\nthree", "one\nthree", "one\n[two\n]three"),
        ("the cat", "a dog", "[the cat]", "[a dog]"),
        ("naïve", "naive", "[naïve]", "[naive]"),
        ("", "x", "", "[x]"),
        ("a\n", "a", "a[\n]", "a"),
    ],
)
def test_the_changed_words_are_marked(expected: str, actual: str, left: str, right: str) -> None:
    assert tuple(map(shown, mark_differences(expected, actual))) == (left, right)


@pytest.fixture
def matched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs of pieces each search for what two texts share had to choose from: what it costs at the least."""
    pairs: list[int] = []

    class CountingMatcher(SequenceMatcher[str]):
        def __init__(self, junk: Any, one: Sequence[str], other: Sequence[str], autojunk: bool) -> None:
            pairs.append(len(one) * len(other))
            super().__init__(junk, one, other, autojunk)

    monkeypatch.setattr(text_difference, "SequenceMatcher", CountingMatcher)
    return pairs


def test_a_huge_text_is_marked_by_lines(matched: list[int]) -> None:
    lines = [f"line {number} of many\n" for number in range(20_000)]
    changed = [*lines[:9_000], "line 9000 is another\n", *lines[9_001:]]
    left, right = mark_differences("".join(lines), "".join(changed))
    assert [span.text for span in left if span.changed] == ["line 9000 of many\n"]
    assert [span.text for span in right if span.changed] == ["line 9000 is another\n"]
    assert matched == [1]


@pytest.mark.parametrize("size", [990, text_difference._MOST_TOKENS // 2 - 10, text_difference._MOST_TOKENS])
def test_two_huge_repetitive_texts_are_marked_with_little_work(size: int, matched: list[int]) -> None:
    left, right = mark_differences("a b c " * (size // 6), "b a d. " * (size // 7))
    assert any(span.changed for span in left)
    assert any(span.changed for span in right)
    assert sum(matched) <= 1_000_000
