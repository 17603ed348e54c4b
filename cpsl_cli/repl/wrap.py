"""Cutting text into screen rows, wide characters counted as two."""

from __future__ import annotations

import re
from collections.abc import Sequence

from prompt_toolkit.utils import get_cwidth

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_WORD = re.compile(r"( *)([^ ]+)")
_GAP = "  "
# A column of meanings that is narrower is hard to read.
_READABLE = 30


def last_rows(text: str, columns: int, rows: int) -> list[str]:
    """The last ``rows`` screen rows that the text takes in that many columns."""
    if rows <= 0:
        return []
    # Each character takes at least one column, joined ones aside: no need to look at more text than this.
    relevant = text[-4 * columns * (rows + 1) :]
    return all_rows(relevant, columns)[-rows:]


def all_rows(text: str, columns: int) -> list[str]:
    """The screen rows that the text takes in that many columns."""
    return [row for line in text.split("\n") for row in wrap(line.expandtabs(8), columns)]


def wrap(line: str, columns: int) -> list[str]:
    """One line as rows of at most that many columns; an empty line is one empty row."""
    rows, row, used = [], "", 0
    for character in line:
        size = get_cwidth(character)
        if used + size > columns and row:
            rows.append(row)
            row, used = "", 0
        row += character
        used += size
    return [*rows, row]


def beginning(line: str, columns: int) -> str:
    """The line, or as much of its beginning as fits, with three dots for the rest."""
    # Each character takes at least one column, joined ones aside: no need to look at more text than this.
    line = line[: 8 * columns + 8]
    if line_width(line) <= columns:
        return line
    return wrap(line, columns - 3)[0] + "..." if columns > 3 else ""


def wrap_words(line: str, columns: int, indent: str = "") -> str:
    """One line, styled or not, broken between words where it is too long; the rows after its first are indented.

    A word that is longer than a row stays whole, for the terminal to break.
    """
    if line_width(_STYLE.sub("", line)) <= columns:
        return line
    rows: list[str] = []
    row, used = "", 0
    for gap, word in _WORD.findall(line):
        size = line_width(_STYLE.sub("", word))
        if row.strip() and used + len(gap) + size > columns:
            rows.append(row)
            row, used = indent + word, len(indent) + size
        else:
            row, used = row + gap + word, used + len(gap) + size
    return "\n".join([*rows, row])


def explained(terms: Sequence[tuple[str, str]], columns: int) -> str:
    """Names and meanings side by side, or below one another where there is little room; broken between words."""
    left = max(line_width(name) for name, _ in terms) + len(_GAP)
    if columns - left >= _READABLE or columns >= left + max(line_width(meaning) for _, meaning in terms):
        return "\n".join(_beside(name, meaning, left, columns) for name, meaning in terms)
    return "\n".join(
        wrap_words(name, columns, _GAP) + "\n" + wrap_words(2 * _GAP + meaning, columns, 2 * _GAP)
        for name, meaning in terms
    )


def _beside(name: str, meaning: str, left: int, columns: int) -> str:
    """The name, and its meaning in rows that begin at column ``left``."""
    rows = wrap_words(meaning, columns - left).split("\n")
    first = name + " " * (left - line_width(name)) + rows[0]
    return "\n".join([first, *(" " * left + row for row in rows[1:])])


def line_width(line: str) -> int:
    """The columns that a line takes."""
    return sum(map(get_cwidth, line))
