"""Commands that call the app: what its code raises is the command's failure, not a bug of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from cpsl.model.codec import dumps
from cpsl.render.failure import describe
from cpsl_cli.errors import CommandFailed


@contextmanager
def the_apps_code(before: str = "") -> Iterator[None]:
    """Whatever is raised within, even ``SystemExit``, becomes a ``CommandFailed`` that tells the user's lines."""
    try:
        yield
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise CommandFailed(before + _told(error)) from error


def _told(error: BaseException) -> str:
    from cpsl.runtime.data_handlers import DataFailure

    if isinstance(error, DataFailure):
        return f"refused with {error.status}: {dumps(error.body)}"
    return describe(error)
