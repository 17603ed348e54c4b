"""Rows of values as aligned plain text."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

_GAP = "  "
_JOINER = "\u200d"


def grid(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """The headings, a rule and the rows, aligned; numbers to the right, no trailing spaces.

    Every row has as many values as there are headings. Without rows the last line says so.
    """
    cells = [[cell_text(value) for value in row] for row in rows]
    widths = [max(map(display_width, column)) for column in zip(headings, *cells, strict=True)]
    right = [_is_numeric(column) for column in zip(*rows, strict=True)] if rows else [False] * len(widths)
    lines = [_line(line, widths, right) for line in (list(headings), *cells)]
    lines.insert(1, _GAP.join("-" * width for width in widths))
    return "\n".join(lines if rows else [*lines, "(no rows)"])


def cell_text(value: Any) -> str:
    """A value on one line: nothing for None, yes/no for booleans, lists of texts joined by commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)) and not any(isinstance(v, (list, tuple, dict)) for v in value):
        return ", ".join(map(cell_text, value))
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(str(value).splitlines()).replace("\t", " ")


def display_width(text: str) -> int:
    """Columns the text takes on a terminal: wide characters two, joined and combining ones none."""
    joined = (before == _JOINER for before in "\0" + text)
    return sum(0 if is_joined else _char_width(char) for char, is_joined in zip(text, joined, strict=False))


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\U0001f3fb" <= char <= "\U0001f3ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _is_numeric(values: Sequence[Any]) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(type(value) in (int, float) for value in present)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (_pad(cell, width, to_the_right) for cell, width, to_the_right in zip(cells, widths, right, strict=True))
    return _GAP.join(padded).rstrip()


def _pad(text: str, width: int, to_the_right: bool) -> str:
    space = " " * (width - display_width(text))
    return space + text if to_the_right else text + space
