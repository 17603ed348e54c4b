"""Commands that only make sense on a terminal: how replies are drawn, and the screen itself."""

from __future__ import annotations

from collections.abc import Callable

from cpsl_cli.chat.seat import Seat
from cpsl_cli.slash.registry import Answer, Commands


class View:
    """How replies are drawn; ``raw`` shows them as they are, without Markdown."""

    def __init__(self, raw: bool) -> None:
        self.raw = raw


def terminal_commands(commands: Commands, view: View, clear: Callable[[], object]) -> None:
    """Add the commands of the terminal. ``clear`` empties the screen; it is called on the runtime's thread."""

    @commands.command("raw", meaning="replies as they are, or as Markdown again", example="/raw")
    async def raw(seat: Seat, arguments: list[str]) -> Answer:
        view.raw = not view.raw
        return Answer(status="replies as they are" if view.raw else "replies as Markdown")

    @commands.command("clear", meaning="empty the screen", example="/clear")
    async def clear_(seat: Seat, arguments: list[str]) -> Answer:
        clear()
        return Answer()
