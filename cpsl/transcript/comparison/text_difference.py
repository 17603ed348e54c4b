"""Which words of a changed text are others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

_TOKEN = re.compile(r"\w+|\n|[^\S\n]+|[^\w\s]")

# Beyond the first only lines are compared; a run whose sides have more pairs than the second is marked as it is,
# as finding what they share costs their product and more.
_MOST_TOKENS = 20_000
_MOST_PAIRS = 1_000_000


class Span(NamedTuple):
    """A piece of a text, and whether the other side has another one there."""

    text: str
    changed: bool


Pieces = Sequence[str]
_Run = tuple[bool, Pieces, Pieces]
_Marks = list[tuple[str, bool]]


def mark_differences(expected: str, actual: str) -> tuple[list[Span], list[Span]]:
    """Both texts cut into spans: joined they are the texts, and what is unchanged is the same on both sides.

    Lines are compared first, then the words of those that differ. Very long texts are marked by lines only.
    """
    left: _Marks = []
    right: _Marks = []
    words = len(_TOKEN.findall(expected)) + len(_TOKEN.findall(actual)) <= _MOST_TOKENS
    for run in _runs(expected.splitlines(keepends=True), actual.splitlines(keepends=True), _is_blank):
        for same, one, other in [run] if run[0] or not words else _words(*run[1:]):
            left += ((piece, not same) for piece in one)
            right += ((piece, not same) for piece in other)
    return _spans(left), _spans(right)


def _words(one: Pieces, other: Pieces) -> list[_Run]:
    """Runs of words in differing lines: line by line where there are as many, else in all together."""
    pairs = zip(one, other, strict=True) if len(one) == len(other) else [("".join(one), "".join(other))]
    return [run for line, another in pairs for run in _runs(_TOKEN.findall(line), _TOKEN.findall(another), str.isspace)]


def _runs(one: Pieces, other: Pieces, junk: Callable[[str], bool]) -> list[_Run]:
    """Runs of equal and of differing pieces; ``junk`` says which cannot hold a run together by themselves.

    Equal ends are taken off first: they mostly are long, and a junk piece there is equal too.
    """
    shortest = min(len(one), len(other))
    start = next((at for at in range(shortest) if one[at] != other[at]), shortest)
    rest = shortest - start
    tail = next((at for at in range(rest) if one[-1 - at] != other[-1 - at]), rest)
    ones, others = one[start : len(one) - tail], other[start : len(other) - tail]
    middle: list[_Run] = [(False, ones, others)]
    if len(ones) * len(others) <= _MOST_PAIRS:
        matcher = SequenceMatcher(junk, ones, others, autojunk=False)
        middle = [(tag == "equal", ones[a:b], others[c:d]) for tag, a, b, c, d in matcher.get_opcodes()]
    return [(True, one[:start], other[:start]), *middle, (True, one[len(one) - tail :], other[len(other) - tail :])]


def _is_blank(line: str) -> bool:
    return not line.strip()


def _spans(marks: _Marks) -> list[Span]:
    """Neighbours with the same mark as one span."""
    return [
        Span("".join(text for text, _ in group), changed) for changed, group in groupby(marks, lambda mark: mark[1])
    ]
