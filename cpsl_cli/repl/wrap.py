"""Cutting text into screen rows, wide characters counted as two."""

from __future__ import annotations

from prompt_toolkit.utils import get_cwidth


def last_rows(text: str, columns: int, rows: int) -> list[str]:
    """The last ``rows`` screen rows that the text takes in that many columns."""
    if rows <= 0:
        return []
    # Each character takes at least one column, joined ones aside: no need to look at more text than this.
    relevant = text[-4 * columns * (rows + 1) :]
    found = [row for line in relevant.split("\n") for row in wrap(line.expandtabs(8), columns)]
    return found[-rows:]


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
