"""Opening the chat in the terminal: the parts are made here, and put together."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial

from cpsl.errors import CapsuleError
from cpsl.runtime.runtime import Runtime
from cpsl_cli.chat.chat_context import ChatContext, LastFailure
from cpsl_cli.chat.guard import ENDINGS
from cpsl_cli.chat.prepare import PreparedChat
from cpsl_cli.console import decide
from cpsl_cli.errors import worst
from cpsl_cli.repl.asking import Asking
from cpsl_cli.repl.chat_loop import Repl
from cpsl_cli.repl.completer import ChatCompleter
from cpsl_cli.repl.display import Display
from cpsl_cli.repl.engine import Engine
from cpsl_cli.repl.greeting import greet, take_leave
from cpsl_cli.repl.keyboard import Keyboard, NoEcho
from cpsl_cli.repl.keys import bindings
from cpsl_cli.repl.prompt import Prompt
from cpsl_cli.repl.prompt_text import PromptText
from cpsl_cli.repl.question import QuestionLines
from cpsl_cli.repl.reload import Reloader
from cpsl_cli.repl.sources import live_completers, live_sources
from cpsl_cli.repl.terminal_commands import ReplyView, terminal_commands
from cpsl_cli.repl.tty import Terminal
from cpsl_cli.slash.registry import Commands
from cpsl_cli.slash.standard import standard_commands
from cpsl_cli.streams import say

_CLOSE_SECONDS = 2.0
_PATIENCE_SECONDS = 1.0
_SIGNALLED = 128
_BY_SIGNAL = {_SIGNALLED + number: number for number in ENDINGS}


def talk(prepared: PreparedChat) -> int:
    """Open the chat and return the exit code."""
    terminal = Terminal()
    engine = Engine()
    try:
        Keyboard(terminal).take_typed_ahead()
        with NoEcho(terminal.keys.fileno()):
            code = asyncio.run(_chat(prepared, terminal, engine))
    finally:
        ended = engine.close(_CLOSE_SECONDS)
        left = terminal.release(flush=ended).decode("utf-8", "replace")
        if ended:
            say(left)
            prepared.close()
    if not ended:
        # Some handler still blocks its thread; interpreter shutdown would wait for it.
        prepared.discard()
        os._exit(code)
    if code in _BY_SIGNAL:
        # Whoever waits for this process is to see what ended it.
        signal.signal(_BY_SIGNAL[code], signal.SIG_DFL)
        signal.raise_signal(_BY_SIGNAL[code])
    return code


async def _chat(prepared: PreparedChat, terminal: Terminal, engine: Engine) -> int:
    look = decide(prepared.options.color)
    view = ReplyView(raw=bool(prepared.options.plain))
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[ChatContext] = loop.create_future()
    display = Display(terminal, look, view, lambda: opened.result().talk.key if opened.done() else None)
    failures = LastFailure()
    asking = Asking(lambda change: loop.call_soon_threadsafe(display.when_drawn, display.events.mark(), change))
    runtime = prepared.runtime(display.events, failures, asker=asking)
    _let_debug(display)
    pump = asyncio.ensure_future(display.screen.pump())
    try:
        await _boot(runtime, engine, display)
    except CapsuleError as error:
        return display.report(error, full=prepared.options.traceback)
    context = await engine.run(_context(prepared, runtime, failures))
    opened.set_result(context)
    await greet(prepared, context, display, engine)
    commands = standard_commands()
    repl = Repl(
        context,
        engine,
        commands,
        display,
        asking,
        partial(_prompt, prepared, context, display, asking, commands),
        partial(prepared.runtime, display.events, failures, asker=asking),
        _reloader(prepared, display, failures, asking),
        show_diff=prepared.options.show_diff,
        timeout=prepared.options.timeout,
    )
    code = await repl.run()
    left = await take_leave(prepared, context, display, repl.engine)
    pump.cancel()
    display.end()
    return _SIGNALLED + repl.signal if repl.signal else worst(code, left)


async def _boot(runtime: Runtime, engine: Engine, display: Display) -> None:
    """Start the app; whoever waits for it long is told what for."""
    booting = asyncio.ensure_future(engine.run(runtime.start()))
    if not (await asyncio.wait({booting}, timeout=_PATIENCE_SECONDS))[0]:
        display.tell("the app is starting; Ctrl-C gives up")
    await booting


def _prompt(
    prepared: PreparedChat, context: ChatContext, display: Display, asking: Asking, commands: Commands, repl: Repl
) -> Prompt:
    """The prompt, and the commands that need one."""
    loop = asyncio.get_running_loop()
    question = QuestionLines(asking, display.screen, display.painter, display.labels)
    prompt = Prompt(
        display.terminal,
        display.look,
        bindings(repl),
        ChatCompleter(commands, live_sources(context, commands), live_completers(context), lambda: asking.kind),
        PromptText(context, display.screen, asking, question, repl.queued),
        asking,
        None if prepared.options.ephemeral else prepared.project.state / "history",
        vi=bool(prepared.options.vi),
    )
    terminal_commands(
        commands,
        display.view,
        lambda: loop.call_soon_threadsafe(prompt.clear),
        lambda sequence: loop.call_soon_threadsafe(display.terminal.send, sequence),
    )
    return prompt


def _let_debug(display: Display) -> None:
    """Let ``breakpoint()`` have the terminal; its module loads with the first one."""
    loop = asyncio.get_running_loop()

    def stop(*arguments: object, **keywords: object) -> None:
        from cpsl_cli.repl.debugger import Debugger

        Debugger(loop, display).stop_at(sys._getframe(1))

    if "PYTHONBREAKPOINT" not in os.environ:
        sys.breakpointhook = stop


def _reloader(prepared: PreparedChat, display: Display, failures: LastFailure, asking: Asking) -> Reloader | None:
    if not prepared.options.watch:
        return None
    return Reloader(
        prepared.source,
        prepared.loaded,
        lambda loaded: prepared._replace(loaded=loaded).runtime(display.events, failures, asker=asking),
    )


async def _context(prepared: PreparedChat, runtime: Runtime, failures: LastFailure) -> ChatContext:
    """On the runtime's thread."""
    return prepared.context(runtime, failures)
