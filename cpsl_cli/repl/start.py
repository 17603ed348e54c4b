"""Opening the chat in the terminal: the parts are made here, and put together."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

from cpsl.errors import CapsuleError
from cpsl.render.safe import visible
from cpsl.runtime.runtime import Runtime
from cpsl_cli.chat.failures import report
from cpsl_cli.chat.lastfailure import LastFailure
from cpsl_cli.chat.prepare import Prepared
from cpsl_cli.chat.seat import Seat
from cpsl_cli.console import decide
from cpsl_cli.errors import worst
from cpsl_cli.repl.asking import Asking
from cpsl_cli.repl.commands import View, terminal_commands
from cpsl_cli.repl.completer import ChatCompleter
from cpsl_cli.repl.display import Display
from cpsl_cli.repl.engine import Engine
from cpsl_cli.repl.greeting import greet, take_leave
from cpsl_cli.repl.keys import bindings
from cpsl_cli.repl.loop import Repl
from cpsl_cli.repl.prompt import Prompt
from cpsl_cli.repl.reload import Reloader
from cpsl_cli.repl.sources import live_completers, live_sources
from cpsl_cli.repl.tty import Terminal
from cpsl_cli.slash.commands import standard_commands
from cpsl_cli.slash.registry import Commands

_CLOSE_SECONDS = 2.0


def talk(prepared: Prepared) -> int:
    """Open the chat and return the exit code."""
    terminal = Terminal()
    engine = Engine()
    late: list[str] = []
    try:
        code = asyncio.run(_chat(prepared, terminal, engine))
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


async def _chat(prepared: Prepared, terminal: Terminal, engine: Engine) -> int:
    look = decide(prepared.config.get("color", prepared.options.color))
    view = View(raw=bool(prepared.config.get("plain", prepared.options.plain)))
    display = Display(terminal, look, view)
    failures, asking = LastFailure(), Asking(asyncio.get_running_loop().call_soon_threadsafe)
    runtime = prepared.runtime(display.events, failures, asker=asking)
    try:
        await engine.run(runtime.start())
    except CapsuleError as error:
        return report(error, full=prepared.options.traceback)
    seat = await engine.run(_seat(prepared, runtime, failures))
    await greet(prepared, seat, display, engine)
    _let_debug(display)
    commands = standard_commands()
    reloader = _reloader(prepared, display, failures, asking)
    revive = partial(prepared.runtime, display.events, failures, asker=asking)
    repl = Repl(
        seat, engine, commands, display.screen, display.drain, asking, revive, prepared.options.show_diff, reloader
    )
    prompt = _prompt(prepared, display, repl, asking, commands, seat)
    code = await repl.run(prompt)
    return worst(code, await take_leave(prepared, seat, display, repl.engine))


def _prompt(prepared: Prepared, display: Display, repl: Repl, asking: Asking, commands: Commands, seat: Seat) -> Prompt:
    loop = asyncio.get_running_loop()
    prompt = Prompt(
        display.terminal.file,
        display.look,
        bindings(repl),
        ChatCompleter(commands, live_sources(seat, commands), live_completers(seat), lambda: asking.kind),
        display.screen.live,
        repl.corner,
        _history(prepared),
        secret=lambda: asking.secret,
        vi=prepared.config.get("keys", prepared.options.keys) == "vi",
    )
    terminal_commands(commands, display.view, lambda: loop.call_soon_threadsafe(prompt.session.app.renderer.clear))
    return prompt


def _let_debug(display: Display) -> None:
    """Let ``breakpoint()`` have the terminal; its module loads with the first one."""
    loop = asyncio.get_running_loop()

    def stop(*arguments: object, **keywords: object) -> None:
        from cpsl_cli.repl.debugger import Debugger

        Debugger(loop, display.terminal, display.screen.lent).stop_at(sys._getframe(1))

    if "PYTHONBREAKPOINT" not in os.environ:
        sys.breakpointhook = stop


def _reloader(prepared: Prepared, display: Display, failures: LastFailure, asking: Asking) -> Reloader | None:
    if not prepared.options.watch:
        return None
    return Reloader(
        prepared.source,
        prepared.loaded,
        lambda loaded: prepared._replace(loaded=loaded).runtime(display.events, failures, asker=asking),
    )


async def _seat(prepared: Prepared, runtime: Runtime, failures: LastFailure) -> Seat:
    seat = prepared.seat(runtime)
    seat.failures = failures
    return seat


def _history(prepared: Prepared) -> Path | None:
    return None if prepared.options.ephemeral else prepared.project.state / "history"
