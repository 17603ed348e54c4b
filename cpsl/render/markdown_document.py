"""rich's Markdown as a chat wants it: line breaks kept, headings on the left, links with their address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, ListItem, Markdown, MarkdownElement, TableElement
from rich.segment import Segment
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text


class LeftHeading(Heading):
    """A heading in bold at the left edge, whatever its level."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text: Text = self.text
        text.justify = "left"
        text.stylize("bold underline" if self.tag == "h1" else "bold")
        yield text


class IndentedCode(CodeBlock):
    """Code without a frame or empty lines around it, two columns in."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        yield Syntax(code, self.lexer_name, theme=self.theme, word_wrap=True, padding=(0, 2))


class DottedItem(ListItem):
    """A list item whose number keeps its dot: ``1. first``."""

    def render_number(self, console: Console, options: ConsoleOptions, number: int, last_number: int) -> RenderResult:
        width = len(str(last_number)) + 2
        style = console.get_style("markdown.item.number", default="none")
        lines = console.render_lines(self.elements, options.update(width=options.max_width - width), style=self.style)
        for count, line in enumerate(lines):
            yield Segment(" " * width if count else f"{number}. ".rjust(width), style)
            yield from line
            yield Segment("\n")


class WholeTable(TableElement):
    """A table in which a word that is longer than its column goes on in the next line; rich cuts it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            assert isinstance(table, Table)
            for column in table.columns:
                column.overflow = "fold"
            yield table


class Document(Markdown):
    """A piece of Markdown, ready to be printed."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": LeftHeading,
        "list_item_open": DottedItem,
        "table_open": WholeTable,
        "fence": IndentedCode,
        "code_block": IndentedCode,
    }

    def __init__(self, text: str) -> None:
        super().__init__(text, code_theme="ansi_dark", hyperlinks=False)
        _keep_breaks(self.parsed)


def _keep_breaks(tokens: Iterable[Any]) -> None:
    for token in tokens:
        assert isinstance(token, Token)
        if token.type == "softbreak":
            token.type = "hardbreak"
        _keep_breaks(token.children or ())
