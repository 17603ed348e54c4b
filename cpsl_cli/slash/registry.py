"""The slash commands there are, how a line becomes a call, and rows of what one has to show (behaviour.md §34)."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from cpsl.model.redaction import redact
from cpsl.render.safe import visible_line
from cpsl.textwidth import display_width, padded
from cpsl.wording import nearest
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.errors import UsageError


class CommandResult(NamedTuple):
    """What a command has to show: ``output`` was asked for, ``status`` confirms.

    ``explained`` are the names and meanings that ``output`` lists, for a screen that is too narrow for it.
    ``say`` is sent to the app as if the person had typed it; ``quit`` ends the chat.
    """

    output: str = ""
    status: str = ""
    say: str = ""
    quit: bool = False
    explained: tuple[tuple[str, str], ...] = ()


# What chat programs call otherwise, or do otherwise.
_INSTEAD = {
    "exit": "did you mean /quit?",
    "q": "did you mean /quit?",
    "reload": "with capsule chat --watch, saved code is taken over at the next message.",
}

Run = Callable[[ChatContext, list[str]], Awaitable[CommandResult]]


class Command(NamedTuple):
    """A slash command: its name, its arguments as usage text, one line of meaning, one example."""

    name: str
    run: Run
    usage: str
    meaning: str
    example: str

    @property
    def synopsis(self) -> str:
        """``/name arguments``."""
        return f"/{self.name} {self.usage}".rstrip()


class Commands:
    """A set of slash commands; each REPL or script has its own.

    :param elsewhere: names that are commands only in a terminal, unless they are registered here as well.
    """

    def __init__(self, elsewhere: frozenset[str] = frozenset()) -> None:
        self._elsewhere = elsewhere
        self._registered: dict[str, Command] = {}
        self._later: list[Callable[[Commands], object]] = []
        self._lock = threading.RLock()

    def later(self, add: Callable[[Commands], object]) -> None:
        """Have ``add`` register its commands when the first one is asked for: few chats ever use any."""
        self._later.append(add)

    @property
    def _commands(self) -> dict[str, Command]:
        # The menu asks on the prompt's thread, a command runs on the app's.
        with self._lock:
            while self._later:
                self._later.pop(0)(self)
        return self._registered

    def command(self, name: str, *, usage: str = "", meaning: str, example: str) -> Callable[[Run], Run]:
        """Register ``async def run(context, arguments) -> CommandResult`` as ``/name``."""

        def register(run: Run) -> Run:
            self._registered[name] = Command(name, run, usage, meaning, example)
            return run

        return register

    def __iter__(self) -> Iterator[Command]:
        return iter(sorted(self._commands.values(), key=lambda command: command.name))

    def get(self, name: str) -> Command | None:
        """The command of that name, or None."""
        return self._commands.get(name)

    def find(self, name: str) -> Command:
        """The command of that name. Raises ``UsageError`` with the nearest name for an unknown one."""
        if name in self._commands:
            return self._commands[name]
        if name in self._elsewhere:
            raise UsageError(f"/{name} works in the terminal only: it needs one whose cursor can be moved.")
        near = nearest(name, self._commands)
        hint = _INSTEAD.get(name) or (f"did you mean /{near}?" if near else "/help lists the commands.")
        raise UsageError(f"unknown command /{name}: {hint} (// sends a line that begins with /)")

    async def run(self, line: str, context: ChatContext) -> CommandResult:
        """Run a line such as ``/state --json``; what it shows has its secrets masked.

        Raises ``UsageError`` for a bad one.
        """
        name, _, rest = line.lstrip("/").partition(" ")
        command = self.find(name.strip())
        try:
            arguments = _words(rest)
        except ValueError as error:
            raise UsageError(f"/{command.name}: {error}".lower()) from error
        answer = await command.run(context, arguments)
        return answer._replace(output=redact(answer.output), status=redact(answer.status))


def _words(text: str) -> list[str]:
    """The words of a line as in a shell, but JSON at its end needs no quotes: here is no shell to keep it from.

    Raises ``ValueError`` for a quote that is never closed.
    """
    import shlex

    before, brace, after = text.partition("{")
    if brace and (not before or before[-1].isspace()):
        # An open quote before it means that the brace is part of a quoted word.
        with suppress(ValueError):
            return [*shlex.split(before), (brace + after).rstrip()]
    return shlex.split(text)


def is_command(text: str) -> bool:
    """Whether a line is a command: ``/x`` is one, ``//x`` is the message ``/x``."""
    return text.startswith("/") and not text.startswith("//")


def message_text(text: str) -> str:
    """The message of a line that is no command."""
    return text[1:] if text.startswith("//") else text


def known_argument(arguments: Sequence[str], known: Iterable[str], what: str) -> str:
    """The first argument, which has to be one of the known names. Raises ``UsageError`` with the nearest one."""
    names = sorted(known)
    if not arguments:
        raise UsageError(f"name a {what}; there are: {', '.join(names) or 'none'}")
    if arguments[0] in names:
        return arguments[0]
    near = nearest(arguments[0], names)
    hint = f"did you mean {near}?" if near else f"there are: {', '.join(names) or 'none'}"
    raise UsageError(f"no {what} {arguments[0]!r}; {hint}")


def flag(arguments: Sequence[str], name: str) -> bool:
    """Whether the only option that a command has was given. Raises ``UsageError`` for anything else."""
    unknown = [argument for argument in arguments if argument != name]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is not understood here; the only option is {name}")
    return name in arguments


def column_lines(rows: Sequence[tuple[str, ...]]) -> str:
    """The rows as lines whose columns stand below one another."""
    shown = [tuple(map(visible_line, row)) for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*shown, strict=True)]
    lines = ("  ".join(map(padded, row, widths)) for row in shown)
    return "\n".join(line.rstrip() for line in lines)
