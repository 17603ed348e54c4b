"""``shell``: the sub-commands without ``capsule db`` before them, with completion and history."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import typer

from cpsl.errors import CapsuleError
from cpsl.render.failure import short_path
from cpsl.render.safe import visible_line
from cpsl_cli.config import setting_here
from cpsl_cli.console import STDOUT, Look, decide, is_dumb, terminal_size
from cpsl_cli.db.db_errors import OutputClosed, QueryError
from cpsl_cli.db.formats import RecordView
from cpsl_cli.db.locate import locate
from cpsl_cli.db.options import App, Color
from cpsl_cli.db.output import CommandOutput, set_output
from cpsl_cli.db.pager import PagedSink
from cpsl_cli.db.shell_line import LEAVE, command_words
from cpsl_cli.errors import DONE, INTERRUPTED, USAGE, UsageError, worst
from cpsl_cli.streams import say

Run = Callable[[list[str]], int]

HELP = """\
The commands of capsule db, without these two words before them: find orders total>10 --limit 5
JSON needs no quotes around it: find orders {"total": {"$gt": 10}}
select …    SQL, read-only          \\d [NAME]   fields with types and how often present
\\l          the collections         \\q          leaves, as Ctrl-D does
"""


def shell(context: typer.Context, app: App = None, color: Color = None) -> int:
    """A shell for all these commands; without a terminal each line of stdin is one command."""
    RecordView(None, color).check()
    path = locate(app)
    if os.isatty(0) and os.isatty(STDOUT) and not is_dumb():
        return _interactive(path, decide(setting_here("color", color)), context.obj)
    return _lines(path, context.obj)


def _lines(path: Path, run: Run) -> int:
    code = DONE
    for line in sys.stdin:
        if line.strip() in LEAVE:
            break
        code = worst(code, run_line(line, path, run))
    return code


def _interactive(path: Path, look: Look, run: Run) -> int:
    from cpsl_cli.db.shellprompt import make_prompt

    prompt = make_prompt(path, look)
    say(f"{visible_line(short_path(str(path)))}: help says what can be typed here, \\q or Ctrl-D leaves\n")
    while True:
        try:
            line = prompt.prompt(_mark(path, look))
        except KeyboardInterrupt:
            continue
        except EOFError:
            return DONE
        if line.strip() in LEAVE:
            return DONE
        _run_on_screen(line, path, look, run)


def _mark(path: Path, look: Look) -> str:
    return f"{path.stem}{look.glyph('❯', '>')} "


def _run_on_screen(line: str, path: Path, look: Look, run: Run) -> None:
    """Run a command with its result on the screen, or in the pager if it is taller."""
    columns, rows = terminal_size(STDOUT)
    sink = PagedSink(rows)
    set_output(CommandOutput(sink, look, terminal=True, columns=columns, vertical=True))
    try:
        code = run_line(line, path, run)
        if code == INTERRUPTED:
            say("\n")
    finally:
        set_output(None)
        with suppress(OutputClosed, KeyboardInterrupt):
            sink.end()


def run_line(line: str, path: Path, run: Run) -> int:
    """Run one line of the shell and return the exit code its command would have had.

    :param run: runs the words of a command line, as ``capsule`` itself does.
    """
    try:
        words = command_words(line)
        if not words:
            return DONE
        if words[0] in ("help", "\\?", "?"):
            say(HELP)
            return DONE
        return run(["db", *_within(words, path)])
    except (CapsuleError, UsageError) as error:
        say(f"capsule: {visible_line(str(error))}\n")
        return getattr(error, "exit_code", USAGE)


def _within(words: list[str], path: Path) -> list[str]:
    """The words, meant for the shell's own database."""
    from cpsl_cli.db.subcommands import SUBCOMMANDS, subcommand_first

    if words[0] == "shell":
        raise QueryError("this is the shell.")
    words = subcommand_first(words)
    # In front of a lone -- that ends the options.
    return [words[0], "--app", path.stem, *words[1:]] if words[0] in SUBCOMMANDS else words
