"""The sub-commands of ``capsule db``, one line each, and what becomes of their arguments."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import NamedTuple

import typer

from cpsl.wording import nearest
from cpsl_cli.db.db_errors import reports_errors
from cpsl_cli.db.options import VALUED
from cpsl_cli.errors import UsageError


class SubCommand(NamedTuple):
    """A sub-command: its function as ``module:name`` within ``cpsl_cli.db``, one line of meaning, worked examples."""

    function: str
    meaning: str
    examples: tuple[str, ...]


SUBCOMMANDS = {
    "list": SubCommand("overview:list_", "The collections.", ("", "list --format json")),
    "show": SubCommand("records:show_", "All documents of a collection.", ("orders", "show orders --limit 5")),
    "find": SubCommand(
        "records:show_matches",
        "The documents that match.",
        (
            "find orders 'total>10 status=open' --sort -total --limit 5",
            """find orders '{"total": {"$gt": 10}}' --fields id,total""",
            "find orders name~acme --as ann --format csv",
        ),
    ),
    "count": SubCommand("records:show_count", "How many match.", ("count orders", "count orders status=open")),
    "schema": SubCommand("overview:schema", "The fields seen, with their types.", ("schema", "schema orders")),
    "path": SubCommand("overview:path", "The database file.", ("path", 'ls -l "$(capsule db path)"')),
    "sql": SubCommand(
        "sql:sql",
        "Ask in SQL; it can only read.",
        ("sql 'select status, count(*) as n from orders group by status'", "sql 'select * from _capsule_history'"),
    ),
    "sessions": SubCommand("sessions:sessions", "Everybody's sessions.", ("sessions", "sessions --as ann")),
    "history": SubCommand(
        "sessions:history", "What was said in one.", ("history", "history main --transcript > main.jsonl")
    ),
    "state": SubCommand("sessions:state", "session.data of one.", ("state", "state main --as ann")),
    "settings": SubCommand("sessions:settings", "The settings that were set.", ("settings", "settings --as ann")),
    "insert": SubCommand(
        "writes:insert",
        "Insert documents.",
        ("""insert orders '{"total": 12, "status": "open"}'""", "insert orders - < orders.jsonl"),
    ),
    "update": SubCommand(
        "writes:update",
        "Update all documents that match.",
        (
            "update orders status=open status=done --dry-run",
            """update orders 'total>10' '{"$inc": {"total": 1}}' --yes""",
        ),
    ),
    "delete": SubCommand(
        "writes:delete",
        "Delete all documents that match.",
        ("delete orders status=done --dry-run", "delete orders '{}' --yes"),
    ),
    "rename": SubCommand("collections:rename", "Rename a collection.", ("rename leads Leads --dry-run",)),
    "drop": SubCommand("collections:drop", "Forget a collection.", ("drop leads --dry-run", "drop leads --yes")),
    "reset": SubCommand("collections:reset", "Forget everything.", ("reset --dry-run", "reset --yes")),
    "export": SubCommand("transfer:export", "Write everything to a folder.", ("export backup",)),
    "import": SubCommand("transfer:import_", "Read it back.", ("import backup --dry-run", "import backup --yes")),
    "watch": SubCommand("watch:watch", "Show changes as they happen.", ("watch orders", "watch orders --json")),
    "shell": SubCommand("shell:shell", "A shell with completion.", ("shell", "echo 'count orders' | capsule db shell")),
}

_HELP = {"-h", "--help"}


def subcommand_first(arguments: list[str]) -> list[str]:
    """The arguments with their sub-command in front: ``list`` for none, ``show`` for a collection's name.

    Raises ``UsageError`` for a word that is neither, as far as that can be told from its company.
    """
    positions = _word_positions(arguments)
    if not positions:
        return arguments if _HELP & set(arguments) else ["list", *arguments]
    word = arguments[positions[0]]
    if word in SUBCOMMANDS:
        return [word, *arguments[: positions[0]], *arguments[positions[0] + 1 :]]
    if len(positions) > 1:
        near = nearest(word, SUBCOMMANDS, alike=0.6)
        hint = f"Did you mean 'db {near}'?" if near else f"To filter a collection: capsule db find {word} FILTER"
        raise UsageError(f"There is no command 'db {word}'. {hint}")
    return ["show", *arguments]


def group(names: list[str]) -> typer.Typer:
    """The typer group with just these sub-commands, or all: each costs time to set up."""
    app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    app.callback()(_db)
    for name in [name for name in names if name in SUBCOMMANDS] or SUBCOMMANDS:
        sub = SUBCOMMANDS[name]
        app.command(name, short_help=sub.meaning, epilog=epilog(sub))(_function(sub.function))
    return app


def _db() -> None:
    """Look into what an app has stored, and change it. Without a command: the collections; with a name: show it."""


def _function(path: str) -> Callable[..., int]:
    module, _, name = path.partition(":")
    function: Callable[..., int | None] = getattr(importlib.import_module(f"cpsl_cli.db.{module}"), name)
    return reports_errors(function)


def epilog(sub: SubCommand) -> str:
    """A sub-command's examples as the end of its help, each a whole line for a shell."""
    lines = (example if "capsule " in example else f"capsule db {example}".rstrip() for example in sub.examples)
    return "Examples:\n\n\b\n" + "".join(f"  {line}\n" for line in lines)


def _word_positions(arguments: list[str]) -> list[int]:
    """Where the arguments stand that are neither an option nor the value of one."""
    positions, is_value = [], False
    for position, argument in enumerate(arguments):
        if not is_value and not argument.startswith("-"):
            positions.append(position)
        is_value = not is_value and argument in VALUED
    return positions
