"""The sub-commands of ``capsule db``, one line each, and what becomes of their arguments."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import NamedTuple

import typer

from cpsl.wording import nearest
from cpsl_cli.db.db_errors import answered
from cpsl_cli.db.options import VALUED
from cpsl_cli.errors import UsageError


class Sub(NamedTuple):
    """A sub-command: the function, one line of meaning, and worked examples."""

    place: str
    meaning: str
    examples: tuple[str, ...]


# One line per sub-command: "module:function" in cpsl_cli.db.
SUBCOMMANDS = {
    "list": Sub("overview:list_", "The collections.", ("", "list --format json")),
    "show": Sub("records:show_", "All documents of a collection.", ("orders", "show orders --limit 5")),
    "find": Sub(
        "records:show_matches",
        "The documents that match.",
        (
            "find orders 'total>10 status=open' --sort -total --limit 5",
            """find orders '{"total": {"$gt": 10}}' --fields id,total""",
            "find orders name~acme --as ann --format csv",
        ),
    ),
    "count": Sub("records:show_count", "How many match.", ("count orders", "count orders status=open")),
    "schema": Sub("overview:schema", "The fields seen, with their types.", ("schema", "schema orders")),
    "path": Sub("overview:path", "The database file.", ("path", 'ls -l "$(capsule db path)"')),
    "sql": Sub(
        "sql:sql",
        "Ask in SQL; it can only read.",
        ("sql 'select status, count(*) as n from orders group by status'", "sql 'select * from _capsule_history'"),
    ),
    "sessions": Sub("sessions:sessions", "Everybody's sessions.", ("sessions", "sessions --as ann")),
    "history": Sub("sessions:history", "What was said in one.", ("history", "history main --transcript > main.jsonl")),
    "state": Sub("sessions:state", "session.data of one.", ("state", "state main --as ann")),
    "settings": Sub("sessions:settings", "The settings that were set.", ("settings", "settings --as ann")),
    "insert": Sub(
        "writes:insert",
        "Insert documents.",
        ("""insert orders '{"total": 12, "status": "open"}'""", "insert orders - < orders.jsonl"),
    ),
    "update": Sub(
        "writes:update",
        "Update all documents that match.",
        (
            "update orders status=open status=done --dry-run",
            """update orders 'total>10' '{"$inc": {"total": 1}}' --yes""",
        ),
    ),
    "delete": Sub(
        "writes:delete",
        "Delete all documents that match.",
        ("delete orders status=done --dry-run", "delete orders '{}' --yes"),
    ),
    "rename": Sub("collections:rename", "Rename a collection.", ("rename leads Leads --dry-run",)),
    "drop": Sub("collections:drop", "Forget a collection.", ("drop leads --dry-run", "drop leads --yes")),
    "reset": Sub("collections:reset", "Forget everything.", ("reset --dry-run", "reset --yes")),
    "export": Sub("transfer:export", "Write everything to a folder.", ("export backup",)),
    "import": Sub("transfer:import_", "Read it back.", ("import backup --dry-run", "import backup --yes")),
    "watch": Sub("watch:watch", "Show changes as they happen.", ("watch orders", "watch orders --json")),
    "shell": Sub("shell:shell", "A shell with completion.", ("shell", "echo 'count orders' | capsule db shell")),
}

_HELP = {"-h", "--help"}


def arranged(arguments: list[str]) -> list[str]:
    """The arguments with their sub-command in front: ``list`` for none, ``show`` for a collection's name.

    Raises ``UsageError`` for a word that is neither, as far as that can be told from its company.
    """
    places = _words(arguments)
    if not places:
        return arguments if _HELP & set(arguments) else ["list", *arguments]
    word = arguments[places[0]]
    if word in SUBCOMMANDS:
        return [word, *arguments[: places[0]], *arguments[places[0] + 1 :]]
    if len(places) > 1:
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
        app.command(name, short_help=sub.meaning, epilog=epilog(sub))(_function(sub.place))
    return app


def _db() -> None:
    """Look into what an app has stored, and change it. Without a command: the collections; with a name: show it."""


def _function(place: str) -> Callable[..., int]:
    module, _, name = place.partition(":")
    function: Callable[..., int | None] = getattr(importlib.import_module(f"cpsl_cli.db.{module}"), name)
    return answered(function)


def epilog(sub: Sub) -> str:
    """A sub-command's examples as the end of its help, each a whole line for a shell."""
    lines = (example if "capsule " in example else f"capsule db {example}".rstrip() for example in sub.examples)
    return "Examples:\n\n\b\n" + "".join(f"  {line}\n" for line in lines)


def _words(arguments: list[str]) -> list[int]:
    """Where the arguments stand that are neither an option nor the value of one."""
    places, is_value = [], False
    for place, argument in enumerate(arguments):
        if not is_value and not argument.startswith("-"):
            places.append(place)
        is_value = not is_value and argument in VALUED
    return places
