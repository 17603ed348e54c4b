"""Which expected line belongs to which actual record: one too many must not make the rest differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

GAP = 4
"""What leaving one item without a partner costs; a pair that costs twice as much would never be made."""

# A long disordered middle is aligned piece by piece, so that the cost stays linear in its length.
_WINDOW = 128


class AlignedPair(NamedTuple):
    """The indices of a pair; None where the other has no partner."""

    expected: int | None
    actual: int | None


Cost = Callable[[int, int], int | None]
"""What pairing two items costs: 0 for a match, more for a change, None where they cannot be a pair."""


def align_items(expected: int, actual: int, cost: Cost) -> list[AlignedPair]:
    """Pair so many expected with so many actual items at the least cost, both in their order.

    Of equally good ways the one that pairs early is taken, and what is missing stands before what is extra.
    """
    start = 0
    while start < min(expected, actual) and cost(start, start) == 0:
        start += 1
    tail = 0
    while tail < min(expected, actual) - start and cost(expected - 1 - tail, actual - 1 - tail) == 0:
        tail += 1
    steps = [AlignedPair(index, index) for index in range(start)]
    steps += _middle(start, expected - tail, start, actual - tail, cost)
    steps += [AlignedPair(expected - left, actual - left) for left in range(tail, 0, -1)]
    return steps


def _middle(i: int, expected: int, j: int, actual: int, cost: Cost) -> list[AlignedPair]:
    steps: list[AlignedPair] = []
    while i < expected and j < actual:
        window = _window(range(i, min(i + _WINDOW, expected)), range(j, min(j + _WINDOW, actual)), cost)
        if i + _WINDOW < expected or j + _WINDOW < actual:
            window = window[: len(window) // 2]
        steps += window
        i += sum(step.expected is not None for step in window)
        j += sum(step.actual is not None for step in window)
    steps += [AlignedPair(left, None) for left in range(i, expected)]
    steps += [AlignedPair(None, left) for left in range(j, actual)]
    return steps


def _window(expected: range, actual: range, cost: Cost) -> list[AlignedPair]:
    """The least cost of every pair of remainders, from the end, then one walk through them from the start."""
    rows, columns = len(expected), len(actual)
    best = [[GAP * (rows + columns - row - column) for column in range(columns + 1)] for row in range(rows + 1)]
    pairs: list[list[int | None]] = [[cost(i, j) for j in actual] for i in expected]
    for row in range(rows - 1, -1, -1):
        here, below, costs = best[row], best[row + 1], pairs[row]
        for column in range(columns - 1, -1, -1):
            least = min(below[column], here[column + 1]) + GAP
            pair = costs[column]
            if pair is not None and pair + below[column + 1] < least:
                least = pair + below[column + 1]
            here[column] = least
    steps = []
    row = column = 0
    while row < rows or column < columns:
        pair = pairs[row][column] if row < rows and column < columns else None
        if pair is not None and best[row][column] == pair + best[row + 1][column + 1]:
            steps.append(AlignedPair(expected[row], actual[column]))
            row, column = row + 1, column + 1
        elif row < rows and best[row][column] == best[row + 1][column] + GAP:
            steps.append(AlignedPair(expected[row], None))
            row += 1
        else:
            steps.append(AlignedPair(None, actual[column]))
            column += 1
    return steps
