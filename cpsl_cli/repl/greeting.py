"""The first lines of a chat, and its last one."""

from __future__ import annotations

from cpsl.errors import CapsuleError
from cpsl.render.failure import describe
from cpsl.render.safe import visible_line
from cpsl.store.records import UnfinishedTurn
from cpsl_cli.chat.prepare import Prepared
from cpsl_cli.chat.seat import Seat
from cpsl_cli.chat.standing import NOBODY_ANSWERS, header, resume_hint
from cpsl_cli.errors import DONE
from cpsl_cli.repl.display import Display
from cpsl_cli.repl.engine import Engine
from cpsl_cli.repl.wrap import words


async def greet(prepared: Prepared, seat: Seat, display: Display, engine: Engine) -> None:
    """Say which app, session and store this is, what the app suggests, and what was left unfinished."""
    turns, unfinished = await engine.run(_standing(seat))
    for line in header(prepared, seat, display.look, turns):
        display.screen.line(words(line, display.columns))
    registry = seat.runtime.app.registry
    if not registry.message and not registry.chats:
        display.tell(words(NOBODY_ANSWERS, display.columns))
    home, suggests = await engine.run(_home(seat))
    if home:
        for line in home.split("\n"):
            display.screen.line(words(line, display.columns, " " * 5 if line.startswith(" ") else ""))
    if suggests:
        display.tell("/home NUMBER says one of them")
    for turn in unfinished:
        display.screen.line(f"turn {turn.number} was left unfinished: {visible_line(turn.text[:60])}")


async def take_leave(prepared: Prepared, seat: Seat, display: Display, engine: Engine) -> int:
    """Run the app's leaving hooks, unless a handler blocks them, and say how to come back. Returns the exit code."""
    code = DONE
    try:
        if not engine.blocked:
            await engine.run(seat.runtime.close())
    except CapsuleError as error:
        code = display.report(error)
    display.settle()
    hint = resume_hint(prepared, seat)
    if hint:
        display.tell(hint)
    display.screen.flush()
    return code


async def _standing(seat: Seat) -> tuple[int, list[UnfinishedTurn]]:
    conversations, session_id = seat.runtime.world.store.conversations, seat.talk.key.id
    return conversations.turns(session_id), conversations.close_unfinished(session_id)


async def _home(seat: Seat) -> tuple[str, bool]:
    """The app's own beginning, and whether it suggests anything to say.

    A failing one is told and does not keep the chat from opening.
    """
    if not seat.runtime.app.registry.has_pages:
        return "", False
    from cpsl.runtime.home import suggestions
    from cpsl_cli.slash.home import home_text

    try:
        found = await suggestions(seat.runtime.app, seat.user, signed_in=seat.person.signed_in)
    except Exception as error:
        return f"home_suggestions failed: {describe(error)}", False
    return home_text(seat, found), bool(found)
