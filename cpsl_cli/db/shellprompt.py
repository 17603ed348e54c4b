"""The shell's input line: history in ``.capsule/``, completion from the store as it is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import typer
from prompt_toolkit import PromptSession
from prompt_toolkit.output import Output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle

from cpsl.store.store import Store
from cpsl_cli.console import STDOUT, Look
from cpsl_cli.db.subcommands import SUBCOMMANDS, group
from cpsl_cli.query_completion import ShellCompleter, Words, known_fields
from cpsl_cli.repl.prompt import Monochrome, kept_history, screen_size

HISTORY = "db-history"
_MENU_ROWS = 4


class StoreWords(Words):
    """What the database offers to complete."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._group: Any = None

    def commands(self) -> Mapping[str, str]:
        """Sub-commands with their meaning."""
        return {name: sub.meaning for name, sub in SUBCOMMANDS.items() if name != "shell"}

    def options(self, command: str) -> Sequence[str]:
        """The long options of a sub-command."""
        if self._group is None:
            self._group = typer.main.get_command(group([]))
        found = self._group.commands.get(command)
        return [name for each in (found.params if found else ()) for name in each.opts if name.startswith("--")]

    def collections(self) -> Sequence[str]:
        """The names of the collections; none once the file is gone, which must not be made anew."""
        if not self._path.exists():
            return ()
        with closing(Store(self._path)) as store:
            return store.declarations.names()

    def fields(self, collection: str) -> Sequence[str]:
        """The fields seen in the newest documents, and the declared columns."""
        return () if not self._path.exists() else known_fields(self._path, collection)

    def sessions(self) -> Sequence[str]:
        """The names of the sessions."""
        if not self._path.exists():
            return ()
        with closing(Store(self._path)) as store:
            return list(dict.fromkeys(record.name for record in store.conversations.all()))


def make_prompt(path: Path, look: Look) -> PromptSession[str]:
    """The input line of a shell on that database."""
    return PromptSession(
        history=kept_history(path.parent / HISTORY),
        completer=ShellCompleter(StoreWords(path)),
        complete_while_typing=False,
        complete_style=CompleteStyle.COLUMN,
        reserve_space_for_menu=_MENU_ROWS,
        output=_output(look),
    )


def _output(look: Look) -> Output:
    # Asking the terminal for the cursor position costs a round trip, and nothing of ours needs it.
    make = Vt100_Output if look.color else Monochrome
    return make(sys.stdout, partial(screen_size, STDOUT), os.environ.get("TERM"), enable_cpr=False)
