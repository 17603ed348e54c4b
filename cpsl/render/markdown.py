"""Markdown for the terminal, incrementally: a part that is finished is rendered once and never again.

Lines of a paragraph are finished one by one, since line breaks are kept as written. Lists, tables, quotes
and code fences are finished as a whole, when they close; until then they are the live tail. The time is
linear in the length of the text. Plain lines never load rich.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_STRUCTURE = re.compile(r"\s*([-*+]|\d{1,9}[.)])\s|\s{0,3}>|\s{4}|\t|.*\||\s{0,3}([-*_]\s*){3,}$")
_INLINE = re.compile(r"[*_`\[\]<>&\\~!#]|https?:")
_ASCII = str.maketrans({"•": "*", "▌": "|", "─": "-", "━": "-", "🌆": "image:"})


class MarkdownReply:
    """A reply in Markdown; gives back finished screen lines, coloured when ``color``.

    :param columns: asked for the width at each part, so that a resize takes effect at the next one.
    """

    def __init__(self, columns: Callable[[], int], *, color: bool, unicode: bool = True) -> None:
        self._columns = columns
        self._color = color
        self._unicode = unicode
        self._line: list[str] = []
        self._block: list[str] = []
        self._fence = ""

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
            return []
        first, *middle, last = text.split("\n")
        lines = ["".join(self._line) + first, *middle]
        self._line = [last] if last else []
        return [row for line in lines for row in self._take(line)]

    def close(self) -> list[str]:
        """The reply is over; returns the rest."""
        rest = self._take("".join(self._line)) if self._line else []
        self._line = []
        return [*rest, *self._flush()]

    def _take(self, line: str) -> list[str]:
        fence = _FENCE.match(line)
        if self._fence:
            return self._in_fence(line, fence)
        if fence:
            return self._open_fence(line, fence)
        if self._block:
            return self._in_block(line)
        return self._fresh(line)

    def _open_fence(self, line: str, fence: re.Match[str]) -> list[str]:
        """A fence inside a list belongs to the list; elsewhere it ends what was open."""
        nested = bool(self._block) and line[:1].isspace()
        done = [] if nested else self._flush()
        self._fence = fence.group(1)
        self._block.append(line)
        return done

    def _in_fence(self, line: str, fence: re.Match[str] | None) -> list[str]:
        self._block.append(line)
        if not fence or not fence.group(1).startswith(self._fence) or line.strip() != fence.group(1):
            return []
        self._fence = ""
        return [] if line[:1].isspace() else self._flush()

    def _in_block(self, line: str) -> list[str]:
        if not line.strip():
            return [*self._flush(), ""]
        self._block.append(line)
        return []

    def _fresh(self, line: str) -> list[str]:
        if not line.strip():
            return [""]
        if _STRUCTURE.match(line) and not _HEADING.match(line):
            self._block.append(line)
            return []
        if not _INLINE.search(line) and len(line) * 2 <= self._columns():
            return [line]
        return self._rendered(line)

    def _flush(self) -> list[str]:
        text, self._block, self._fence = "\n".join(self._block), [], ""
        return self._rendered(text) if text else []

    def _rendered(self, text: str) -> list[str]:
        from rich.cells import cell_len

        if not _INLINE.search(text) and not _STRUCTURE.match(text) and cell_len(text) <= self._columns():
            return [text]
        console = self._console()
        console.print(_document(text))
        output = console.file
        assert isinstance(output, io.StringIO)
        rows = [row.rstrip() for row in output.getvalue().split("\n")]
        while rows and not rows[-1]:
            rows.pop()
        while rows and not rows[0]:
            del rows[0]
        return rows if self._unicode else [row.translate(_ASCII) for row in rows]

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
    """The parsed text with soft line breaks kept: ``"l1\\nl2"`` is two lines (UX C4)."""
    from cpsl.render.markdown_document import Document

    return Document(text)
