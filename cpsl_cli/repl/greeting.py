"""The first lines of a chat, and its last one."""

from __future__ import annotations

from cpsl.errors import CapsuleError
from cpsl.render.failure import describe
from cpsl.render.safe import visible_line
from cpsl.store.stored_values import UnfinishedTurn
from cpsl.textwidth import cut
from cpsl_cli.chat.banner import banner_lines, resume_hint
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.chat.prepare import PreparedChat
from cpsl_cli.errors import DONE
from cpsl_cli.repl.display import Display
from cpsl_cli.repl.engine import Engine
from cpsl_cli.repl.wrap import wrap_words


async def greet(prepared: PreparedChat, context: ChatContext, display: Display, engine: Engine) -> None:
    """Say which app, session and store this is, what the app suggests, and what was left unfinished."""
    turns, unfinished = await engine.run(_standing(context))
    for line in banner_lines(prepared, context, display.look, turns):
        display.screen.line(wrap_words(line, display.columns))
    if prepared.unanswered:
        display.tell(wrap_words(prepared.unanswered, display.columns))
    home, suggests = await engine.run(_home(context))
    if home:
        for line in home.split("\n"):
            display.screen.line(wrap_words(line, display.columns, " " * 5 if line.startswith(" ") else ""))
    if suggests:
        display.tell("/home NUMBER says one of them")
    for turn in unfinished:
        display.screen.line(f"turn {turn.number} was left unfinished: {visible_line(cut(turn.text, 60, ''))}")


async def take_leave(prepared: PreparedChat, context: ChatContext, display: Display, engine: Engine) -> int:
    """Run the app's leaving hooks, unless a handler blocks them, and say how to come back. Returns the exit code."""
    code = DONE
    try:
        if not engine.blocked:
            await engine.run(context.runtime.close())
    except CapsuleError as error:
        code = display.report(error)
    display.settle()
    hint = resume_hint(prepared, context)
    if hint:
        display.tell(hint)
    display.screen.flush()
    return code


async def _standing(context: ChatContext) -> tuple[int, list[UnfinishedTurn]]:
    conversations, session_id = context.runtime.world.store.conversations, context.talk.key.id
    return conversations.turns(session_id), conversations.close_unfinished(session_id)


async def _home(context: ChatContext) -> tuple[str, bool]:
    """The app's own beginning, and whether it suggests anything to say.

    A failing one is told and does not keep the chat from opening.
    """
    if not context.runtime.app.registry.has_pages:
        return "", False
    from cpsl.runtime.home import suggestions
    from cpsl_cli.slash.home import home_text

    try:
        found = await suggestions(context.runtime.app, context.user, signed_in=context.person.signed_in)
    except Exception as error:
        return f"home_suggestions failed: {describe(error)}", False
    return home_text(context, found), bool(found)
