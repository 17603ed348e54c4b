"""The fenced code blocks of a text in Markdown, as markdown-it reads them: of a whole text, and line by line."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# Characters after which a list or quote that is still open is taken for a new one.
_LONGEST_CONTEXT = 5000
_INDENTED = ("", " ", "\t")


class Fence(NamedTuple):
    """A fenced block: its lines from ``first`` up to before ``end``, counted from 0, with the fences themselves.

    ``closed`` says whether it has a closing fence, ``nested`` whether a list or quote is around it. ``markup`` is the
    opening run of backticks or tildes, ``code`` what stands between the fences, without their indentation.
    """

    first: int
    end: int
    closed: bool
    nested: bool
    markup: str
    code: str


class FenceLine(Enum):
    """What a line is to the fences of its text."""

    OUTSIDE = "outside"
    OPENING = "opening"
    INSIDE = "inside"
    CLOSING = "closing"


def fences(text: str) -> list[Fence]:
    """The fenced blocks of a text, in order; one that nobody closes goes to the end of what is around it."""
    return [_fence(token) for token in _parsed(text) if token.type == "fence"]


def code_blocks(text: str) -> list[str]:
    """What stands between the fences of each block, without their indentation; an open block goes to the end."""
    return [fence.code.removesuffix("\n") for fence in fences(text.replace("\r\n", "\n"))]


def dedented(text: str, columns: int) -> str:
    """The text with so many characters of white space less before each line, as far as it has them."""
    if not columns:
        return text
    return "\n".join(line[min(columns, len(line) - len(line.lstrip())) :] for line in text.split("\n"))


class FenceReader:
    """Says of each line of a growing text what it is to its fences, as a parser of the whole text would.

    Only lines that may have to do with a fence are parsed, together with the lines before them that say which lists
    and quotes are open; a text without fences loads no parser.

    :ivar open: the fence that is open after the lines so far.
    """

    def __init__(self) -> None:
        self.open: Fence | None = None
        self._context: list[str] = []
        self._size = 0

    @property
    def opening(self) -> str:
        """The line that has opened the fence which is open now."""
        return self._context[-1]

    def take(self, line: str) -> FenceLine:
        """What the next line is."""
        if self.open:
            return self._take_in(self.open, line)
        if (line[:1] not in _INDENTED and self._is_apart()) or self._size > _LONGEST_CONTEXT:
            self._context, self._size = [], 0
        self._context.append(line)
        self._size += len(line) + 1
        if "```" not in line and "~~~" not in line:
            return FenceLine.OUTSIDE
        tokens = _parsed("\n".join(self._context))
        last = len(self._context) - 1
        found = next((_fence(token) for token in tokens if token.type == "fence" and _lines(token)[0] == last), None)
        start = _last_block(tokens)
        self._keep(self._context[start:])
        self.open = found._replace(first=last - start, end=last - start + 1) if found else None
        return FenceLine.OPENING if found else FenceLine.OUTSIDE

    def _is_apart(self) -> bool:
        """Whether a line that is not indented is in no list or quote from before it."""
        return not self._context or not self._context[-1].strip(" \t")

    def _take_in(self, fence: Fence, line: str) -> FenceLine:
        if fence.markup not in line and (not fence.nested or self._is_indented_enough(fence, line)):
            return FenceLine.INSIDE
        # The code so far does not matter: it is inside, whatever it is.
        lines = [*self._context, line]
        now = next(found for found in fences("\n".join(lines)) if found.first == fence.first)
        if now.end < len(lines):
            self.open = None
            return self.take(line)
        if not now.closed:
            return FenceLine.INSIDE
        self.open = None
        self._keep(lines)
        return FenceLine.CLOSING

    def _is_indented_enough(self, fence: Fence, line: str) -> bool:
        """Whether the line surely belongs to the lists around the fence: it is indented as far as the fence is."""
        around = self.opening[: self.opening.index(fence.markup)]
        return ">" not in around and "\t" not in around and line.startswith(" " * len(around))

    def _keep(self, lines: list[str]) -> None:
        self._context, self._size = lines, sum(len(line) + 1 for line in lines)


@cache
def _parser() -> MarkdownIt:
    """Blocks alone, with the rules of what is rendered: HTML and definitions of references are text there.

    Nor does it put anything in place of other control characters than line feeds: the code is what was written.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only a text that may have fences needs it

    return MarkdownIt().enable("table").disable(["normalize", "html_block", "reference", "inline"])


def _parsed(text: str) -> Sequence[Token]:
    # With its end of line, the last line of code is counted as any other.
    return _parser().parse(text + "\n")


def _fence(token: Token) -> Fence:
    first, end = _lines(token)
    between = token.content.count("\n")
    return Fence(first, end, end - first - 1 > between, token.level > 0, token.markup, token.content)


def _lines(token: Token) -> tuple[int, int]:
    assert token.map is not None
    return token.map[0], token.map[1]


def _last_block(tokens: Sequence[Token]) -> int:
    """Where the last block begins that nothing is around; of a list, its last item: those before it are done."""
    for token in reversed(tokens):
        if token.map and (token.level == 0 or (token.level == 1 and token.type == "list_item_open")):
            return token.map[0]
    return 0
