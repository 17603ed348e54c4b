"""The command line: which commands there are, and what becomes of an error."""

from __future__ import annotations

import errno
import importlib
from typing import Any, NamedTuple

import typer

from cpsl.textwidth import cut
from cpsl.wording import nearest
from cpsl_cli.errors import DONE, FAILED, INTERRUPTED, USAGE, UsageError, report_unwritable_stdout

# typer 0.28 brings its own click and does not export the base of its errors.
_ClickError: type[Exception] = typer.BadParameter.__mro__[2]


class _Entry(NamedTuple):
    group: str
    meaning: str
    nested: bool = False


# One line per command: the module cpsl_cli.commands.NAME has a function of that name. A nested one has
# `subcommand_first(arguments)`, which puts its sub-command first, and `group(names)`, a typer app of those.
COMMANDS = {
    "chat": _Entry("Talk", "Chat with an app, in the terminal or through a pipe."),
    "replay": _Entry("Talk", "Replay recorded conversations and show what differs."),
    "inspect": _Entry("Look", "Show everything an app declares, and where it is stored."),
    "db": _Entry("Look", "Look into what an app has stored, and change it.", nested=True),
    "data": _Entry("Look", "Call a data handler of an app and print its JSON."),
}
_SHOWN = 60
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE)
HOSTED = ("deploy", "login", "channel")

_EPILOG = """\
Examples:

\b
  capsule chat app.py
  printf 'hi\\n' | capsule chat app.py
  capsule inspect app.py
"""


def run(arguments: list[str]) -> int:
    """Run one command and return the exit code. Errors are one sentence on stderr."""
    try:
        return _invoke(arguments or ["--help"]) or (FAILED if _is_output_lost() else DONE)
    except UsageError as error:
        return _refuse(str(error), USAGE)
    except _ClickError as error:
        return _refuse(_click_message(error), getattr(error, "exit_code", USAGE))
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except OSError as error:
        from cpsl.runtime.loader import working_folder

        if not working_folder().is_absolute():
            return _refuse("the folder you are in is no longer there: change to one that is.", USAGE)
        if error.errno in _UNWRITABLE and error.filename is None:
            return report_unwritable_stdout(error)
        # Only a name that somebody has typed can be that long; it is refused wherever it is first looked for.
        if error.errno != errno.ENAMETOOLONG:
            raise
        return _refuse(f"{cut(str(error.filename), _SHOWN)}: this name is too long for a file.", USAGE)


def _is_output_lost() -> bool:
    from cpsl_cli.streams import output_lost

    return output_lost()


def _invoke(arguments: list[str]) -> int:
    first = next((word for word in arguments if not word.startswith("-")), "")
    if first in HOSTED:
        raise UsageError(
            f"'capsule {first}' belongs to the hosted platform; capsule-local runs apps on this machine only."
        )
    if first and first == arguments[0] and first not in COMMANDS:
        if first.endswith(".py") or ".py:" in first:
            raise UsageError(f"There is no command '{first}'. To talk to an app: capsule chat {first}")
        near = nearest(first, COMMANDS)
        hint = f" Did you mean '{near}'?" if near else " See capsule --help."
        raise UsageError(f"There is no command '{first}'.{hint}")
    if first in COMMANDS and COMMANDS[first].nested and first == arguments[0]:
        arguments = [first, *_module(first).subcommand_first(arguments[1:])]
    app = _build([first] if first in COMMANDS else list(COMMANDS), arguments)
    try:
        # What a command gets as `context.obj`: the shell of capsule db runs its lines with it.
        result = app(args=arguments, prog_name="capsule", standalone_mode=False, obj=run)
    except SystemExit as ended:
        # Click calls it a failure when nobody reads help to its end.
        if isinstance(ended.__context__, BrokenPipeError) and {"--help", "-h"} & set(arguments):
            return DONE
        raise
    return result if isinstance(result, int) else 0


def _build(names: list[str], arguments: list[str]) -> typer.Typer:
    """The typer app with just the commands that this call can need: each costs time to set up."""
    app = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=_EPILOG,
    )
    app.callback()(_root)
    for name in names:
        _add(app, name, arguments)
    return app


def _add(app: typer.Typer, name: str, arguments: list[str]) -> None:
    meaning, nested = COMMANDS[name].meaning, COMMANDS[name].nested
    if nested and name not in arguments[:1]:
        app.command(name, help=meaning)(_listed_only)
        return
    module = _module(name)
    examples = getattr(module, "EXAMPLES", None)
    if nested:
        app.add_typer(module.group(arguments[1:2]), name=name, help=meaning, epilog=examples)
    else:
        app.command(name, help=meaning, epilog=examples)(getattr(module, name))


def _module(name: str) -> Any:
    return importlib.import_module(f"cpsl_cli.commands.{name}")


def _listed_only() -> None:
    """Stands for a nested command in the list of all: setting up what it holds costs time."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from cpsl._version import __version__

        typer.echo(f"capsule {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False, "--version", "-V", help="Show the version and exit.", is_eager=True, callback=_show_version
    ),
) -> None:
    """Run Capsule chat apps on this machine: in the terminal, through a pipe, offline."""


def _refuse(message: str, code: int) -> int:
    from cpsl_cli.streams import say

    say(f"capsule: {message}\n")
    return code


def _click_message(error: BaseException) -> str:
    message = getattr(error, "format_message", lambda: str(error))()
    return str(message)
