"""Cutting text into screen rows, wide characters counted as two."""

from __future__ import annotations

from prompt_toolkit.utils import get_cwidth


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
    if width(line) <= columns:
        return line
    return wrap(line, columns - 3)[0] + "..." if columns > 3 else ""


def width(line: str) -> int:
    """The columns that a line takes."""
    return sum(map(get_cwidth, line))
