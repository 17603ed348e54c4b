"""How many columns text takes on a screen, and text made to fit into so many: the one rule for all of it.

It is wcwidth's: wide characters take two columns, combining and joined ones none, a whole emoji two.
"""

from __future__ import annotations

LONGEST_LINE = 2000
"""Characters after which a line is shown row by row, though its end has not come."""

# Code points of one emoji of a family, two columns wide: more of a text than this is not looked at.
_MOST_JOINED = 8


def display_width(line: str) -> int:
    """The columns that the line takes on a terminal; a style in it takes none, a tab those up to the next stop."""
    if _is_plain(line):
        return len(line)
    from wcwidth import width

    return width(line)


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """The text in so many columns, spaces behind it or, with ``right``, before it; a wider text as it is."""
    space = " " * (columns - display_width(text))
    return space + text if right else text + space


def cut(line: str, columns: int, mark: str = "…") -> str:
    """The line, or as much of its beginning as fits into so many columns with the mark behind it; never half a letter.

    Empty where there is no room for more than the mark.
    """
    beginning = line[: _MOST_JOINED * (columns + 1)]
    if len(beginning) == len(line) and display_width(line) <= columns:
        return line
    room = columns - display_width(mark)
    if room <= 0:
        return ""
    first = rows(beginning, room)[0]
    return (first if display_width(first) <= room else "") + mark


def rows(line: str, columns: int) -> list[str]:
    """The rows in which a terminal of that width shows the line; the last one may be filled further."""
    if _is_plain(line):
        return [line[start : start + columns] for start in range(0, len(line), columns)] or [""]
    from wcwidth import iter_graphemes

    found, row, used = [], "", 0
    for letter in iter_graphemes(line):
        size = display_width(letter)
        if used + size > columns and row:
            found.append(row)
            row, used = "", 0
        row += letter
        used += size
    return [*found, row]


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


def _is_plain(line: str) -> bool:
    """Whether each character takes one column."""
    return line.isascii() and line.isprintable()
