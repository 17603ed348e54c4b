"""What a sub-command of ``capsule db`` refuses, and how each of them ends: an exit code, and one sentence."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cpsl.errors import CapsuleError
from cpsl.render.safe import visible_line
from cpsl.store.file import failure
from cpsl.wording import nearest
from cpsl_cli.errors import DONE, FAILED
from cpsl_cli.streams import fill_missing, say


class QueryError(CapsuleError):
    """A collection, session, filter, document or file that cannot be used."""


@contextmanager
def refusing(what: str = "") -> Iterator[None]:
    """Inside, a ``ValueError`` or ``TypeError`` about what a person typed is a refusal; ``what`` goes before it."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise QueryError(what + str(error)) from None


class OutputClosed(Exception):
    """Nobody reads any more (``| head``): the command ends quietly."""


class UnknownCollection(QueryError):
    """There is no collection of that name; the nearest of ``names`` is proposed, else all of them."""

    def __init__(self, name: str, names: list[str]) -> None:
        self.name = name
        self.near = nearest(name, names)
        if self.near:
            hint = f"Did you mean {self.near}?"
        elif names:
            hint = f"There are: {', '.join(names)}."
        else:
            hint = "There are none yet; the app makes them when it runs."
        super().__init__(f"there is no collection {name!r}. {hint}")


def reports_errors(command: Callable[..., int | None]) -> Callable[..., int]:
    """The sub-command with its errors told on stderr; returns the exit code."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> int:
        fill_missing()
        try:
            return command(*arguments, **options) or DONE
        except OutputClosed:
            return DONE
        except sqlite3.DatabaseError as error:
            say(f"capsule: {visible_line(str(failure('the database', error)))}\n")
            return FAILED
        except CapsuleError as error:
            say(f"capsule: {visible_line(str(error))}\n")
            return error.exit_code

    return run
