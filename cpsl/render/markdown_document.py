"""rich's Markdown as a chat wants it: nothing of a text left out, line breaks kept, headings on the left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, ListItem, Markdown, MarkdownElement, TableElement
from rich.segment import Segment
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

# rich leaves out HTML, and with it what a reply says in tags of its own, and definitions of references, which are
# of no use to text that is rendered part by part.
_UNUSED = ["html_block", "html_inline", "reference"]
_PARSER = MarkdownIt().enable(["strikethrough", "table"]).disable(_UNUSED)


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
        super().__init__("", code_theme="ansi_dark", hyperlinks=False)
        self.parsed = _PARSER.parse(text)
        _adapt(self.parsed)


def _adapt(tokens: Iterable[Any]) -> None:
    """Keep line breaks, and make words of images: rich would put them before their paragraph, without address."""
    for token in tokens:
        assert isinstance(token, Token)
        if token.type == "softbreak":
            token.type = "hardbreak"
        elif token.type == "image":
            token.type, token.tag, token.content, token.children = "text", "", _image_words(token), []
        _adapt(token.children or ())


def _image_words(token: Token) -> str:
    source = str(token.attrs.get("src", ""))
    address = source.partition(",")[0] if source.startswith("data:") else source
    return " ".join(filter(None, ("🌆", token.content, f"({address})")))
