"""Saving the app takes effect at the next message."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from cpsl.errors import CapsuleError
from cpsl.model.redaction import redact
from cpsl.render.failure import describe, short_path
from cpsl.render.safe import visible
from cpsl.runtime.loader import LoadedApp, lies_in, reload
from cpsl.runtime.runtime import Runtime
from cpsl_cli.chat.chat_context import ChatContext


class Reloader:
    """Looks before each message whether the app's files have changed; then the new code runs, unless it is broken.

    A look at a few files costs microseconds and misses nothing, also not what was saved before the chat
    was ready; a watcher would do both worse.

    :param entry: where the app was loaded from.
    :param revive: makes a runtime for a newly loaded app, in the same world.
    """

    def __init__(self, entry: str, loaded: LoadedApp, revive: Callable[[LoadedApp], Runtime]) -> None:
        self._entry = entry
        self._folder = loaded.folder
        self._revive = revive
        self._seen = _stamps(self._folder)

    async def before_message(self, context: ChatContext) -> str | None:
        """Called on the runtime's loop before a message: takes over new code. Returns what to tell, or None."""
        now = _stamps(self._folder, self._seen)
        changed = sorted(file for file, stamp in now.items() if self._seen.get(file, stamp) != stamp)
        self._seen = now
        if not changed:
            return None
        names = ", ".join(map(short_path, changed))
        try:
            runtime = self._revive(reload(self._entry, self._folder))
            await runtime.start()
        except CapsuleError as error:
            cause = f"\n{describe(error.__cause__)}" if error.__cause__ else ""
            return visible(f"{names} changed, but the old code stays: {redact(str(error))}{cause}")
        self._seen = {**_stamps(self._folder), **now}
        context.take_over(runtime)
        return visible(f"reloaded {names}")


def _stamps(folder: Path, known: Iterable[str] = ()) -> dict[str, tuple[int, int]]:
    """Time and size of the app's source files: those loaded now, and those known from before."""
    files = {str(module.__file__) for module in list(sys.modules.values()) if lies_in(module, folder)}
    return {file: stamp for file in {*files, *known} if (stamp := file_stamp(file))}


def file_stamp(file: str) -> tuple[int, int] | None:
    """Time and size, which differ once the file has been written to; None for one that is not there."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
