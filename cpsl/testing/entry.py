"""Which app a transcript is about."""

from __future__ import annotations

from pathlib import Path

from cpsl.runtime.loader import split
from cpsl.transcript.document import Transcript


def entry_of(transcript: Transcript) -> str | None:
    """The entry point that its header names, where it can be loaded from here; None without a header.

    A file is looked for beside the transcript, then in each folder above it, then in the working folder.
    """
    named = transcript.header.fields.get("app") if transcript.header else None
    if not named:
        return None
    place, symbol = split(named)
    if not place.endswith(".py"):
        return str(named)
    folder = transcript.path.resolve().parent
    for candidate in (folder, *folder.parents, Path.cwd()):
        if (candidate / place).is_file():
            return str(candidate / place) + (f":{symbol}" if symbol else "")
    return str(named)
