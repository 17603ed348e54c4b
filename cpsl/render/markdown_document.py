"""rich's Markdown as a chat wants it: line breaks kept, headings on the left, links with their address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.syntax import Syntax
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


class Document(Markdown):
    """A piece of Markdown, ready to be printed."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": LeftHeading,
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
