"""Markdown for the terminal, incrementally: a part that is finished is rendered once and never again.

Lines of a paragraph are finished one by one, since line breaks are kept as written. Lists, tables, quotes
and code fences are finished as a whole, when they close; until then they are the live tail. One that grows too
long is finished in parts, and so is a line: no call takes long, and little is kept. The time is linear in the
length of the text. Plain lines never load rich.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from cpsl.render.fences import Fence, FenceLine, FenceReader, dedented, fences
from cpsl.textwidth import LONGEST_LINE, display_width, rows, words

if TYPE_CHECKING:
    from rich.console import Console

_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_STRUCTURE = re.compile(r"\s*([-*+]|\d{1,9}[.)])\s|\s{0,3}>|\s{4}|\t|.*\||\s{0,3}([-*_]\s*){3,}$")
_INLINE = re.compile(r"[*_`\[\]<>&\\~!#]|https?:")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
# Characters after which an open list, table, quote or fence is finished in parts.
_LONGEST_BLOCK = 5000
_ASCII = str.maketrans({"•": "*", "▌": "|", "─": "-", "━": "-", "🌆": "image:"})


class MarkdownReply:
    """A reply in Markdown; gives back finished screen lines, coloured when ``color``.

    :param columns: asked for the width at each part, so that a resize takes effect at the next one.
    :param styles: asked before that many characters are drawn as Markdown; once it says no, text is shown as it is
        written.
    """

    def __init__(
        self,
        columns: Callable[[], int],
        *,
        color: bool,
        unicode: bool = True,
        styles: Callable[[int], bool] = lambda characters: True,
    ) -> None:
        self._columns = columns
        self._styles = styles
        self._color = color
        self._unicode = unicode
        self._line: list[str] = []
        self._length = 0
        self._goes_on = False
        self._block: list[str] = []
        self._size = 0
        self._fences = FenceReader()
        self._indent = 0

    @property
    def tail(self) -> str:
        """The open block and the line in progress, as written."""
        if len(self._line) > 1:
            self._line[:] = ["".join(self._line)]
        return "\n".join((*self._block, *self._line)) if self._block else "".join(self._line)

    def feed(self, text: str) -> list[str]:
        """Take a piece; returns the lines that are now finished."""
        if "\n" not in text:
            if text:
                self._line.append(text)
                self._length += len(text)
            return self._long() if self._length > LONGEST_LINE else []
        first, *middle, last = text.split("\n")
        done: list[str] = []
        for piece in (first, *middle):
            self._line.append(piece)
            self._length += len(piece)
            if self._length > LONGEST_LINE:
                done += self._long()
            line, self._line, self._length = "".join(self._line), [], 0
            done += self._take(line)
            self._goes_on = False
        if last:
            self._line, self._length = [last], len(last)
            if self._length > LONGEST_LINE:
                done += self._long()
        return done

    def close(self) -> list[str]:
        """The reply is over; returns the rest."""
        rest = self._take("".join(self._line)) if self._line else []
        self._line, self._length = [], 0
        return [*rest, *self._flush()]

    def _long(self) -> list[str]:
        """A line that has grown too long: its beginning, finished like a line of its own, part by part.

        Where that is plain text the last row stays, and goes on.
        """
        line, done, start = "".join(self._line), [], 0
        while len(line) - start > LONGEST_LINE:
            end = line.rfind(" ", start + 1, start + LONGEST_LINE + 1) + 1 or start + LONGEST_LINE
            part = line[start:end]
            found = self._take(part)
            self._goes_on = True
            if found and not self._block and part.isascii() and found[-1] and part.endswith(found[-1]):
                end -= len(found.pop())
            done += found
            start = end
        self._line, self._length = [line[start:]], len(line) - start
        return done

    def _take(self, line: str) -> list[str]:
        fence = self._fences.open
        kind = self._kind(line)
        if kind is FenceLine.OPENING:
            return self._open_fence(line, ends=fence)
        if fence and kind is not FenceLine.OUTSIDE:
            self._add(line)
            if kind is FenceLine.INSIDE:
                return self._part_of_fence(fence) if self._size > _LONGEST_BLOCK else []
            is_alone = self._block[0].lstrip().startswith(fence.markup)
            return self._flush() if is_alone else []
        # A fence that nobody has closed ends with the list or quote around it.
        done = self._flush() if fence else []
        return done + (self._in_block(line) if self._block else self._fresh(line))

    def _kind(self, line: str) -> FenceLine:
        if not self._goes_on:
            return self._fences.take(line)
        return FenceLine.INSIDE if self._fences.open else FenceLine.OUTSIDE

    def _open_fence(self, line: str, ends: Fence | None) -> list[str]:
        """A fence inside a list belongs to the list; elsewhere it ends what was open, be it another fence."""
        fence = self._fences.open
        done = [] if fence and fence.nested and not ends else self._flush()
        if not self._block:
            # The list that it stands in may have been finished before: it is shown at the margin then.
            self._indent = len(line) - len(line.lstrip())
        self._add(line)
        return done

    def _part_of_fence(self, fence: Fence) -> list[str]:
        """What there is of a fence that has grown too long; the rest is one of its own, at the margin."""
        opening = self._fences.opening
        done = self._flush()
        around = opening.index(fence.markup)
        # Each line of a quote has its mark.
        if ">" not in opening[:around]:
            self._indent, opening = around, " " * around + opening[around:]
        self._add(opening)
        return done

    def _add(self, line: str) -> None:
        self._block.append(line)
        self._size += len(line) + 1

    def _in_block(self, line: str) -> list[str]:
        if not line.strip():
            return [*self._flush(), ""]
        done = self._part_of_block() if self._size > _LONGEST_BLOCK else []
        self._add(line)
        return done

    def _part_of_block(self) -> list[str]:
        """What there is of a list, quote or table that has grown too long; each part of a table has its heading."""
        heading = self._block[:2] if len(self._block) > 1 and _TABLE_RULE.match(self._block[1]) else []
        done = self._flush()
        for line in heading:
            self._add(line)
        return done

    def _fresh(self, line: str) -> list[str]:
        if not line.strip():
            return [""]
        if _STRUCTURE.match(line) and not _HEADING.match(line):
            self._add(line)
            return []
        if not _INLINE.search(line) and len(line) * 2 <= self._columns():
            return [line]
        return self._rendered(line)

    def _flush(self) -> list[str]:
        text, self._block, self._size = "\n".join(self._block), [], 0
        indent, self._indent = self._indent, 0
        return self._rendered(text, indent) if text else []

    def _rendered(self, text: str, indent: int = 0) -> list[str]:
        if not self._styles(0):
            return self._as_written(text)
        if not _INLINE.search(text) and not _STRUCTURE.match(text):
            if text.isascii():
                return words(text, self._columns())
            if display_width(text) <= self._columns():
                return [text]
        # What goes on in the middle of a line begins no fence, whose first line would not be shown.
        if not self._styles(len(text)) or (self._goes_on and fences(text)):
            return self._as_written(text)
        console = self._console()
        console.print(_document(dedented(text, indent)))
        output = console.file
        assert isinstance(output, io.StringIO)
        rows = [row.rstrip() for row in output.getvalue().split("\n")]
        while rows and not rows[-1]:
            rows.pop()
        while rows and not rows[0]:
            del rows[0]
        return rows if self._unicode else [row.translate(_ASCII) for row in rows]

    def _as_written(self, text: str) -> list[str]:
        return [row for line in text.split("\n") for row in rows(line, self._columns())]

    def _console(self) -> Console:
        from rich.console import Console

        return Console(
            file=io.StringIO(),
            width=self._columns(),
            force_terminal=True,
            color_system="standard" if self._color else None,
            highlight=False,
            emoji=False,
            markup=False,
            legacy_windows=False,
        )


def _document(text: str) -> object:
    """The parsed text with soft line breaks kept: ``"l1\\nl2"`` is two lines."""
    from cpsl.render.markdown_document import Document

    return Document(text)
