"""A chat that a script holds: its channel, its items, and what is told at its beginning and end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

from cpsl.channels.diagnostics import Diagnostics
from cpsl.channels.jsonl import JsonLines
from cpsl.channels.plain import PlainText
from cpsl.errors import CapsuleError
from cpsl.runtime.ports import Channel
from cpsl.runtime.runtime import Runtime
from cpsl.textwidth import cut
from cpsl_cli.chat.chat_context import ChatContext, LastFailure
from cpsl_cli.chat.guard import ENDINGS, Guard
from cpsl_cli.chat.loop import run_to_end
from cpsl_cli.chat.prepare import PreparedChat, prepare
from cpsl_cli.console import decide
from cpsl_cli.errors import DONE, UsageError, report, worst
from cpsl_cli.options.chat_options import ChatOptions
from cpsl_cli.pipe import script
from cpsl_cli.pipe.runner import Runner
from cpsl_cli.slash.standard import standard_commands
from cpsl_cli.streams import Product, Streams, say, write_raw


def play(options: ChatOptions, streams: Streams) -> int:
    """Play what ``-m``, ``--input`` or stdin say; returns the exit code. Raises as ``prepare`` does."""
    prepared = prepare(options)
    loop = asyncio.new_event_loop()
    guard = Guard(loop, prepared.options.timeout, on_end=prepared.discard)
    guard.install(ENDINGS)
    try:
        with streams.product.when_closed(partial(guard.stop, "interrupted")):
            code = run_to_end(loop, _script(prepared, streams, guard), guard.forsake)
    finally:
        prepared.close()
    return guard.leave(code)


async def _script(prepared: PreparedChat, streams: Streams, guard: Guard) -> int:
    options, product = prepared.options, streams.product
    if not options.reads_stdin:
        await _check_input(prepared.folder, str(options.input_file))
    quiet = Diagnostics(_beside(product), notices=not options.json_output)
    failures = LastFailure()
    lines = script.Script(_items(prepared, streams))
    runtime = prepared.runtime(_channel(prepared, streams), quiet, failures, asker=lines)
    if not await _booted(runtime, guard):
        return guard.ended
    context = prepared.context(runtime, failures)
    _open(prepared, context)
    runner = Runner(
        context,
        standard_commands(),
        guard,
        product,
        json_output=options.json_output,
        fail_fast=options.fail_fast,
        show_diff=options.show_diff,
        base=Path() if options.reads_stdin else Path(str(options.input_file)).parent,
    )
    playing = asyncio.ensure_future(runner.play(lines))
    with guard.when_idle(playing.cancel):
        code = await playing
    if not options.scripted and not guard.ended:
        code = DONE  # a person saw what failed; leaving is a normal end
    try:
        await runtime.close()
    except CapsuleError as error:
        failed = report(error)
        code = guard.ended or worst(code, failed)
    if not options.scripted:
        _leave(prepared, context)
    return guard.ended or code


async def _booted(runtime: Runtime, guard: Guard) -> bool:
    """Start the app; False if a signal came first."""
    starting = asyncio.ensure_future(runtime.start())
    try:
        with guard.when_idle(starting.cancel):
            await starting
    except asyncio.CancelledError:
        if not guard.ended:
            raise
    return not guard.ended


def _channel(prepared: PreparedChat, streams: Streams) -> Channel:
    if prepared.options.json_output:
        return JsonLines(streams.product.write_json, prepared.encoder(), chunks=prepared.options.chunks)
    return PlainText(streams.product.write)


def _beside(product: Product) -> Callable[[str], None]:
    """Writes to stderr what does not belong to the replies, for as long as somebody reads those."""

    def write(text: str) -> None:
        product.break_line()
        if not product.closed:
            say(text)

    return write


def _items(prepared: PreparedChat, streams: Streams) -> AsyncIterator[script.Item]:
    options = prepared.options
    if options.messages:
        return script.from_messages(options.messages)
    if options.input_file is None:
        if options.scripted:
            return script.from_lines(streams.script, _quietly)
        return _asked(streams)
    if options.reads_stdin:
        return script.from_input(streams.script, "<stdin>")
    return script.from_input(os.open(prepared.folder / options.input_file, os.O_RDONLY), options.input_file)


def _quietly() -> None:
    """A script is not asked."""


async def _asked(streams: Streams) -> AsyncIterator[script.Item]:
    """A terminal that cannot move its cursor: a plain prompt, no redraw."""
    async for item in script.from_lines(streams.script, lambda: streams.product.prompt("> ")):
        yield item
    # Ctrl-D leaves the cursor behind the prompt.
    streams.product.write("\n")


async def _check_input(folder: Path, name: str) -> None:
    path = folder / name
    if not path.exists() or path.is_dir():
        raise UsageError(f"{name}: {'is a folder' if path.is_dir() else 'there is no such file'}.")
    if path.is_file():
        await script.check_input(path, name)


def _open(prepared: PreparedChat, context: ChatContext) -> None:
    """What there is to know before the first message."""
    conversations, session_id = prepared.store.conversations, context.talk.key.id
    if prepared.unanswered:
        say(prepared.unanswered + "\n")
    if not prepared.options.scripted:
        from cpsl_cli.chat.banner import banner_lines

        look = decide(prepared.options.color)
        for line in banner_lines(prepared, context, look, conversations.turns(session_id)):
            write_raw(line + "\n")
    for turn in conversations.close_unfinished(session_id):
        say(f"turn {turn.number} was left unfinished when the program ended: {cut(turn.text, 60, '')!r}\n")


def _leave(prepared: PreparedChat, context: ChatContext) -> None:
    from cpsl_cli.chat.banner import resume_hint

    hint = resume_hint(prepared, context)
    if hint:
        say(hint + "\n")
