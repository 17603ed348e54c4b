"""Which app is meant: by a transcript, by a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cpsl.errors import AppLoadError
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


def entry_in(folders: Sequence[Path], entry: str) -> str:
    """The entry point, its file found in the first of the folders that holds it; a module stays as it is.

    Raises ``AppLoadError`` where none does.
    """
    place, symbol = split(entry)
    if not place.endswith(".py"):
        return entry
    for folder in folders:
        if (folder / place).is_file():
            return str(folder / place) + (f":{symbol}" if symbol else "")
    looked = " and ".join(map(str, dict.fromkeys(folders)))
    raise AppLoadError(f"{place}: there is no such file in {looked}.")
