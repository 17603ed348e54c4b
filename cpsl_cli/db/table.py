"""Aligned tables. Rows are read twice, first for the widths, so that memory stays flat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from cpsl.textwidth import cut, display_width, padded
from cpsl_cli.db.output import CommandOutput

Cells = Callable[[], Iterable[list[str]]]

_GAP = "  "
_NARROW = 8
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|")


class TableLayout:
    """The widths of the columns, and which of them hold numbers only."""

    def __init__(self, names: Sequence[str]) -> None:
        self.widths = [display_width(name) for name in names]
        self.numeric = [True] * len(names)
        self.rows = 0

    def measure(self, row: Sequence[str]) -> None:
        """Take a row into account."""
        self.rows += 1
        for index, text in enumerate(row):
            self.widths[index] = max(self.widths[index], display_width(text))
            if self.numeric[index]:
                self.numeric[index] = _NUMBER.fullmatch(text) is not None

    @property
    def total(self) -> int:
        """Columns of the screen that a row takes."""
        return sum(self.widths) + len(_GAP) * max(len(self.widths) - 1, 0)


def draw_table(names: Sequence[str], cells: Cells, output: CommandOutput) -> Iterator[str]:
    """The table as pieces of text; where it is wider than the screen, cut to it or one field per line."""
    shape = TableLayout(names)
    for row in cells():
        shape.measure(row)
    if not shape.rows and output.terminal:
        yield output.look.style("no rows", "2") + "\n"
        return
    room = output.columns
    if room and shape.total > room:
        fitted = None if output.vertical else fit_widths(shape.widths, room - shape.total + sum(shape.widths))
        if fitted is None:
            yield from _vertical(names, cells(), output)
            return
        shape.widths = fitted
    yield from _horizontal(names, cells(), shape, output)


def fit_widths(widths: list[int], room: int) -> list[int] | None:
    """The widths cut to fit in, the widest first; None if columns would become too narrow to read."""
    floor = sum(min(width, _NARROW) for width in widths)
    if floor > room:
        return None
    low, high = _NARROW, max(widths)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(width, middle) for width in widths) <= room:
            low = middle
        else:
            high = middle - 1
    return [min(width, low) for width in widths]


def _horizontal(
    names: Sequence[str], rows: Iterable[list[str]], shape: TableLayout, output: CommandOutput
) -> Iterator[str]:
    if not names:
        return
    rule = output.look.glyph("─", "-")
    yield output.look.style(_line(names, shape, output), "1") + "\n"
    yield output.look.style(_GAP.join(rule * width for width in shape.widths), "2") + "\n"
    for row in rows:
        yield _line(row, shape, output) + "\n"


def _line(row: Sequence[str], shape: TableLayout, output: CommandOutput) -> str:
    parts = zip(row, shape.widths, shape.numeric, strict=True)
    mark = output.look.glyph("…", "~")
    return _GAP.join(padded(cut(text, width, mark), width, right=right) for text, width, right in parts).rstrip()


def _vertical(names: Sequence[str], rows: Iterable[list[str]], output: CommandOutput) -> Iterator[str]:
    widest = max(map(display_width, names))
    rule = output.look.glyph("─", "-")
    for number, row in enumerate(rows, 1):
        yield output.look.style(f"{rule * 2} {number} {rule * 2}", "2") + "\n"
        for name, text in zip(names, row, strict=True):
            if text:
                yield f"{output.look.style(name, '1')}{' ' * (widest - display_width(name))}{_GAP}{text}\n"
