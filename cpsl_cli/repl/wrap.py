"""Text in the rows of a screen: the last ones of much, or broken between words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cpsl.textwidth import display_width, padded, rows

_WORD = re.compile(r"( *)([^ ]+)")
_GAP = "  "
# A column of meanings that is narrower is hard to read.
_READABLE = 30


def last_rows(text: str, columns: int, most: int) -> list[str]:
    """The last screen rows that the text takes in that many columns, at most so many."""
    if most <= 0:
        return []
    # Each character takes at least one column, joined ones aside: no need to look at more text than this.
    relevant = text[-4 * columns * (most + 1) :]
    return all_rows(relevant, columns)[-most:]


def all_rows(text: str, columns: int) -> list[str]:
    """The screen rows that the text takes in that many columns."""
    return [row for line in text.split("\n") for row in rows(line.expandtabs(8), columns)]


def wrap_words(line: str, columns: int, indent: str = "") -> str:
    """One line, styled or not, broken between words where it is too long; the rows after its first are indented.

    A word that is longer than a row stays whole, for the terminal to break.
    """
    if display_width(line) <= columns:
        return line
    full: list[str] = []
    row, used = "", 0
    for gap, word in _WORD.findall(line):
        size = display_width(word)
        if row.strip() and used + len(gap) + size > columns:
            full.append(row)
            row, used = indent + word, len(indent) + size
        else:
            row, used = row + gap + word, used + len(gap) + size
    return "\n".join([*full, row])


def explanation_lines(terms: Sequence[tuple[str, str]], columns: int) -> str:
    """Names and meanings side by side, or below one another where there is little room; broken between words."""
    left = max(display_width(name) for name, _ in terms) + len(_GAP)
    if columns - left >= _READABLE or columns >= left + max(display_width(meaning) for _, meaning in terms):
        return "\n".join(_beside(name, meaning, left, columns) for name, meaning in terms)
    return "\n".join(
        wrap_words(name, columns, _GAP) + "\n" + wrap_words(2 * _GAP + meaning, columns, 2 * _GAP)
        for name, meaning in terms
    )


def _beside(name: str, meaning: str, left: int, columns: int) -> str:
    """The name, and its meaning in rows that begin at column ``left``."""
    first, *others = wrap_words(meaning, columns - left).split("\n")
    return "\n".join([padded(name, left) + first, *(" " * left + row for row in others)])
