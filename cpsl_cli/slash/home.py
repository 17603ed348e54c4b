"""``/home``: what the app suggests, and choosing from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpsl.render.safe import visible_line
from cpsl.wording import number_of_choice
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.errors import UsageError
from cpsl_cli.slash.data import the_apps_code
from cpsl_cli.slash.registry import CommandResult, Commands

if TYPE_CHECKING:
    from cpsl.runtime.home import SuggestionLine


def home_commands(commands: Commands) -> None:
    """Add the commands of this file."""

    @commands.command("home", usage="[NUMBER]", meaning="what the app suggests; with a number, say it", example="/home")
    async def home(context: ChatContext, arguments: list[str]) -> CommandResult:
        from cpsl.runtime.home import suggestions

        with the_apps_code("home_suggestions failed: "):
            found = await suggestions(context.runtime.app, context.user, signed_in=context.person.signed_in)
        if not arguments:
            return CommandResult(home_text(context, found) or "the app suggests nothing")
        chosen = _chosen(found, arguments[0])
        if chosen.target != "prompt":
            return CommandResult(status=f"{chosen.label} opens the {chosen.target} {chosen.value!r}")
        return CommandResult(say=chosen.value)


def home_text(context: ChatContext, found: list[SuggestionLine]) -> str:
    """Title, subtitle and numbered suggestions; ``""`` if the app declares none of them."""
    home = context.runtime.app.registry.pages.home
    lines = [visible_line(text) for text in (home.title, home.subtitle) if text]
    for number, item in enumerate(found, 1):
        more = f"  {visible_line(item.description)}" if item.description else ""
        lines.append(f"  {number}  {visible_line(item.label)}{more}")
    return "\n".join(lines)


def _chosen(found: list[SuggestionLine], text: str) -> SuggestionLine:
    number = number_of_choice(text, len(found))
    if number is None:
        raise UsageError(f"/home takes a number from 1 to {len(found)}, not {text!r}")
    return found[number - 1]
