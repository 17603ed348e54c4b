"""Opening the chat in the terminal, and closing it."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from cpsl.errors import CapsuleError
from cpsl.model.events import UserMessage
from cpsl.render.failure import describe, short_path
from cpsl.render.safe import visible, visible_line
from cpsl.runtime.runtime import Runtime
from cpsl.store.records import UnfinishedTurn
from cpsl_cli.chat.failures import report
from cpsl_cli.chat.lastfailure import LastFailure
from cpsl_cli.chat.prepare import Prepared
from cpsl_cli.chat.seat import Seat
from cpsl_cli.console import Look, decide, width
from cpsl_cli.errors import worst
from cpsl_cli.repl.asking import Asking
from cpsl_cli.repl.commands import View, terminal_commands
from cpsl_cli.repl.completer import ChatCompleter
from cpsl_cli.repl.engine import Engine
from cpsl_cli.repl.keys import bindings
from cpsl_cli.repl.loop import Repl
from cpsl_cli.repl.prompt import Prompt
from cpsl_cli.repl.reload import Reloader
from cpsl_cli.repl.reply import PlainReply, ReplyText
from cpsl_cli.repl.screen import Screen
from cpsl_cli.repl.sources import live_sources
from cpsl_cli.repl.terminal import EventQueue, Painter
from cpsl_cli.repl.tty import Terminal
from cpsl_cli.slash.commands import standard_commands

_CLOSE_SECONDS = 6.0


def talk(prepared: Prepared) -> int:
    """Open the chat and return the exit code."""
    look = decide(prepared.config.get("color", prepared.options.color))
    terminal = Terminal()
    engine = Engine()
    late: list[str] = []
    try:
        code = asyncio.run(_chat(prepared, terminal, engine, look))
    finally:
        ended = engine.close(_CLOSE_SECONDS)
        terminal.release(late.append)
        sys.stderr.write(visible("".join(late)))
        if ended:
            prepared.close()
    if not ended:
        # Some handler still blocks its thread; interpreter shutdown would wait for it.
        os._exit(code)
    return code


async def _chat(prepared: Prepared, terminal: Terminal, engine: Engine, look: Look) -> int:
    loop = asyncio.get_running_loop()
    screen = Screen(terminal.file, look)
    view = View(raw=bool(prepared.config.get("plain", prepared.options.plain)))
    painter = Painter(screen, _reply_maker(view, look))
    show_printed = _show_printed(screen)
    events: EventQueue

    def drain() -> None:
        for event, _ in events.take():
            if not isinstance(event, UserMessage):
                # What the app printed before it replied is in the pipe by now, and belongs above the reply.
                terminal.read_caught(show_printed)
            painter.draw(event)

    def wake() -> None:
        loop.call_soon_threadsafe(drain)

    events = EventQueue(wake)
    failures = LastFailure()
    asking = Asking(loop.call_soon_threadsafe)
    runtime = prepared.runtime(events, failures, asker=asking)
    loop.add_reader(terminal.caught, terminal.read_caught, show_printed)
    try:
        await engine.run(runtime.start())
    except CapsuleError as error:
        return report(error, full=prepared.options.traceback)
    seat = await engine.run(_seat(prepared, runtime, failures))
    await _greet(prepared, seat, screen, engine)
    _debuggable(loop, terminal, screen.lent)
    commands = standard_commands()

    def clear() -> None:
        prompt.session.app.renderer.clear()

    reloader = _reloader(prepared, events, failures, asking)
    terminal_commands(commands, view, lambda: loop.call_soon_threadsafe(clear))
    repl = Repl(seat, engine, commands, screen, drain, asking, reloader)
    prompt = Prompt(
        terminal.file,
        look,
        bindings(repl),
        ChatCompleter(commands, live_sources(seat, commands), lambda: asking.kind),
        screen.live,
        repl.corner,
        _history(prepared),
        secret=lambda: asking.secret,
        vi=prepared.config.get("keys") == "vi",
    )
    code = await repl.run(prompt)
    return worst(code, await _leave(prepared, seat, screen, engine, drain))


def _debuggable(loop: asyncio.AbstractEventLoop, terminal: Terminal, lent: asyncio.Lock) -> None:
    """Let ``breakpoint()`` have the terminal; its module loads with the first one."""

    def stop(*arguments: object, **keywords: object) -> None:
        from cpsl_cli.repl.debugger import Debugger

        Debugger(loop, terminal, lent).stop_at(sys._getframe(1))

    if "PYTHONBREAKPOINT" not in os.environ:
        sys.breakpointhook = stop


def _reloader(prepared: Prepared, events: EventQueue, failures: LastFailure, asking: Asking) -> Reloader | None:
    if not prepared.options.watch:
        return None
    return Reloader(
        prepared.source,
        prepared.loaded,
        lambda loaded: prepared._replace(loaded=loaded).runtime(events, failures, asker=asking),
    )


async def _seat(prepared: Prepared, runtime: Runtime, failures: LastFailure) -> Seat:
    seat = prepared.seat(runtime)
    seat.failures = failures
    return seat


async def _greet(prepared: Prepared, seat: Seat, screen: Screen, engine: Engine) -> None:
    turns, unfinished = await engine.run(_standing(seat))
    where = "in memory" if prepared.options.ephemeral else short_path(prepared.store.path)
    title = screen.look.style(visible_line(prepared.loaded.app.name), "1")
    so_far = f", {turns} turn{'s' if turns > 1 else ''} so far" if turns else ""
    session = f"session {visible_line(seat.talk.key.name)}{so_far}"
    dot = screen.look.glyph(" · ", " - ")
    screen.line(dot.join((title, session, where)))
    screen.line(screen.look.style(f"/help lists the commands{dot}Ctrl-D leaves", "2"))
    home = await engine.run(_home(seat))
    if home:
        screen.line(home)
    for turn in unfinished:
        screen.line(f"turn {turn.number} was left unfinished: {visible_line(turn.text[:60])}")


async def _home(seat: Seat) -> str:
    """The app's own beginning; a failing one is told and does not keep the chat from opening."""
    if not seat.runtime.app.registry.has_pages:
        return ""
    from cpsl.runtime.home import suggestions
    from cpsl_cli.slash.home import home_text

    try:
        return home_text(seat, await suggestions(seat.runtime.app, seat.user, signed_in=seat.person.signed_in))
    except Exception as error:
        return f"home_suggestions failed: {describe(error)}"


async def _standing(seat: Seat) -> tuple[int, list[UnfinishedTurn]]:
    conversations, session_id = seat.runtime.world.store.conversations, seat.talk.key.id
    return conversations.turns(session_id), conversations.close_unfinished(session_id)


async def _leave(prepared: Prepared, seat: Seat, screen: Screen, engine: Engine, drain: Callable[[], None]) -> int:
    code = 0
    try:
        await engine.run(seat.runtime.close())
    except CapsuleError as error:
        code = report(error)
    drain()
    if not prepared.options.ephemeral:
        screen.line(screen.look.style(f"resume with: {resume_command(prepared, seat)}", "2"))
    screen.flush()
    return code


def resume_command(prepared: Prepared, seat: Seat) -> str:
    """The exact command that opens this conversation again."""
    words = ["capsule", "chat"]
    words += [prepared.options.app] if prepared.options.app else []
    words += ["--as", seat.user.id] if seat.user.id != prepared.config.get("user") else []
    return visible_line(shlex.join([*words, "--session", seat.talk.key.name]))


def _reply_maker(view: View, look: Look) -> Callable[[], ReplyText]:
    def reply() -> ReplyText:
        if view.raw:
            return PlainReply()
        from cpsl.render.markdown import MarkdownReply

        return MarkdownReply(lambda: width(0), color=look.color, unicode=look.unicode)

    return reply


def _show_printed(screen: Screen) -> Callable[[str], None]:
    """What the app prints, dimmed, as whole lines above the prompt."""
    return lambda text: screen.line(screen.look.style(visible(text.rstrip("\n")), "2"))


def _history(prepared: Prepared) -> Path | None:
    return None if prepared.options.ephemeral else prepared.project.state / "history"
