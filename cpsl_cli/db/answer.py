"""How every sub-command of ``capsule db`` ends: an exit code, and one sentence for what it refused."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable

from cpsl.errors import CapsuleError
from cpsl.render.safe import visible_line
from cpsl.store.file import failure
from cpsl_cli.db.output import OutputClosed
from cpsl_cli.errors import DONE, FAILED
from cpsl_cli.streams import fill_missing, say


def answered(command: Callable[..., int | None]) -> Callable[..., int]:
    """The command with its errors told on stderr; returns the exit code."""

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
