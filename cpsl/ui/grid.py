"""Rows of values as aligned plain text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cpsl.textwidth import display_width, padded

_GAP = "  "


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


def _is_numeric(values: Sequence[Any]) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(type(value) in (int, float) for value in present)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    columns = zip(cells, widths, right, strict=True)
    return _GAP.join(padded(cell, width, right=to_the_right) for cell, width, to_the_right in columns).rstrip()
