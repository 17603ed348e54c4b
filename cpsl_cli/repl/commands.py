"""Commands that only make sense on a terminal: how replies are drawn, and the screen itself."""

from __future__ import annotations

from collections.abc import Callable

from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.slash.registry import CommandResult, Commands


class ReplyView:
    """How replies are drawn; ``raw`` shows them as they are, without Markdown."""

    def __init__(self, raw: bool) -> None:
        self.raw = raw


def terminal_commands(commands: Commands, view: ReplyView, clear: Callable[[], object]) -> None:
    """Add the commands of the terminal. ``clear`` empties the screen; it is called on the runtime's thread."""

    @commands.command("raw", meaning="replies as they are, or as Markdown again", example="/raw")
    async def raw(context: ChatContext, arguments: list[str]) -> CommandResult:
        view.raw = not view.raw
        return CommandResult(status="replies as they are" if view.raw else "replies as Markdown")

    @commands.command("clear", meaning="empty the screen", example="/clear")
    async def clear_(context: ChatContext, arguments: list[str]) -> CommandResult:
        clear()
        return CommandResult()
