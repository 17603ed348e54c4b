"""``/home``: what the app suggests, and choosing from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpsl.render.safe import visible_line
from cpsl_cli.chat.seat import Seat
from cpsl_cli.errors import UsageError
from cpsl_cli.slash.appcode import the_apps_code
from cpsl_cli.slash.registry import Answer, Commands

if TYPE_CHECKING:
    from cpsl.runtime.home import Suggestion


def home_commands(commands: Commands) -> None:
    """Add the commands of this file."""

    @commands.command("home", usage="[NUMBER]", meaning="what the app suggests; with a number, say it", example="/home")
    async def home(seat: Seat, arguments: list[str]) -> Answer:
        from cpsl.runtime.home import suggestions

        with the_apps_code("home_suggestions failed: "):
            found = await suggestions(seat.runtime.app, seat.user, signed_in=seat.person.signed_in)
        if not arguments:
            return Answer(home_text(seat, found) or "the app suggests nothing")
        chosen = _chosen(found, arguments[0])
        if chosen.target != "prompt":
            return Answer(status=f"{chosen.label} opens the {chosen.target} {chosen.value!r}")
        return Answer(say=chosen.value)


def home_text(seat: Seat, found: list[Suggestion]) -> str:
    """Title, subtitle and numbered suggestions; ``""`` if the app declares none of them."""
    home = seat.runtime.app.registry.pages.home
    lines = [visible_line(text) for text in (home.title, home.subtitle) if text]
    for number, item in enumerate(found, 1):
        more = f"  {visible_line(item.description)}" if item.description else ""
        lines.append(f"  {number}  {visible_line(item.label)}{more}")
    return "\n".join(lines)


def _chosen(found: list[Suggestion], text: str) -> Suggestion:
    if not text.isdigit() or not 1 <= int(text) <= len(found):
        raise UsageError(f"/home takes a number from 1 to {len(found)}, not {text!r}")
    return found[int(text) - 1]
