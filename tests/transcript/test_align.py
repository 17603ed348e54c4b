from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.transcript.comparison import align
from cpsl.transcript.comparison.align import GAP, AlignedPair, align_items

ITEMS = st.lists(st.sampled_from(["a1", "a2", "a3", "b1", "b2", "*"]), max_size=9)


def cost_of(one: str, other: str) -> int | None:
    """``*`` matches everything; the letter is the type."""
    if one in {"*", other}:
        return 0
    return 5 if one[0] == other[0] else None


def pairs(expected: list[str], actual: list[str]) -> list[AlignedPair]:
    return align_items(len(expected), len(actual), lambda i, j: cost_of(expected[i], actual[j]))


def price(steps: list[AlignedPair], expected: list[str], actual: list[str]) -> int:
    total = 0
    for i, j in steps:
        cost = GAP if i is None or j is None else cost_of(expected[i], actual[j])
        assert cost is not None
        total += cost
    return total


def cheapest(expected: list[str], actual: list[str]) -> int:
    """By trying every way."""

    @lru_cache(None)
    def rest(i: int, j: int) -> int:
        if i == len(expected) or j == len(actual):
            return GAP * (len(expected) - i + len(actual) - j)
        pair = cost_of(expected[i], actual[j])
        ways = [GAP + rest(i + 1, j), GAP + rest(i, j + 1)]
        return min(ways if pair is None else [*ways, pair + rest(i + 1, j + 1)])

    return rest(0, 0)


@given(ITEMS, ITEMS)
def test_an_alignment_is_the_cheapest(expected: list[str], actual: list[str]) -> None:
    steps = pairs(expected, actual)
    assert price(steps, expected, actual) == cheapest(expected, actual)


@pytest.mark.parametrize("window", [2, 3, 128])
@given(expected=ITEMS, actual=ITEMS)
def test_everything_is_in_it_once_and_in_order(window: int, expected: list[str], actual: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(align, "_WINDOW", window)
        steps = pairs(expected, actual)
    assert [step.expected for step in steps if step.expected is not None] == list(range(len(expected)))
    assert [step.actual for step in steps if step.actual is not None] == list(range(len(actual)))
    assert AlignedPair(None, None) not in steps
    price(steps, expected, actual)


def test_what_matches_throughout_is_paired_whatever_its_length() -> None:
    items = ["a1"] * 5000
    assert pairs(items, items) == [AlignedPair(index, index) for index in range(5000)]
