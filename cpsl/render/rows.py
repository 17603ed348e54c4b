"""Long lines as screen rows, for text that is too much to be laid out well."""

from __future__ import annotations

LONGEST_LINE = 2000
"""Characters after which a line is shown row by row, though its end has not come."""


def words(line: str, columns: int) -> list[str]:
    """The line of ASCII letters in rows, broken between words where that is possible."""
    if len(line) <= columns:
        return [line]
    line = line.rstrip(" ")
    found, start = [], 0
    while len(line) - start > columns:
        # The space may stand just behind the last column.
        space = line.rfind(" ", start + 1, start + columns + 1)
        end = space if space > 0 else start + columns
        found.append(line[start:end].rstrip(" "))
        start = end + 1 if space > 0 else end
    return [*found, line[start:]]


def rows(line: str, columns: int) -> list[str]:
    """The rows in which a terminal of that width shows the line; the last one may be filled further."""
    if line.isascii():
        return [line[start : start + columns] for start in range(0, len(line), columns)] or [""]
    from rich.cells import cell_len  # noqa: PLC0415 - loads with the first long line that needs it

    # Where the columns of a row end depends on every character before: pieces that fit, one after the other.
    found, start = [], 0
    while start < len(line):
        end = start + columns
        while cell_len(line[start:end]) > columns and end > start + 1:
            end -= max((cell_len(line[start:end]) - columns) // 2, 1)
        found.append(line[start:end])
        start = end
    return found or [""]
