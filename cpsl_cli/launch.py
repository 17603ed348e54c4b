"""Opening a chat, after its options are read: in the terminal, or through the pipe."""

from __future__ import annotations

from pathlib import Path

from cpsl.errors import CapsuleError
from cpsl_cli.chat.prepare import prepare
from cpsl_cli.console import is_dumb
from cpsl_cli.destination import check_streams
from cpsl_cli.errors import report
from cpsl_cli.options.chat_options import ChatOptions
from cpsl_cli.streams import Streams, take_over


def start_chat(options: ChatOptions) -> int:
    """Chat, and return the exit code. Raises ``UsageError`` for bad options."""
    options.check()
    files = (("--record", options.record), ("--trace", options.trace))
    written = [(option, Path(file)) for option, file in files if file]
    read = [] if options.reads_stdin else [("--input", Path(str(options.input_file)))]
    if written or read:
        check_streams(read=read, written=written)
    return _opened(options, None)


def go_on(options: ChatOptions, streams: Streams) -> int:
    """Chat as :func:`start_chat` does, for a command that has already taken over the streams."""
    options.check()
    return _opened(options, streams)


def _opened(options: ChatOptions, streams: Streams | None) -> int:
    try:
        if options.scripted or is_dumb():
            from cpsl_cli.pipe.scripted_chat import play

            return play(options, streams or take_over())
        if streams:
            streams.give_back()
        from cpsl_cli.repl.assembly import talk

        return talk(prepare(options))
    except CapsuleError as error:
        return report(error, full=options.traceback)
