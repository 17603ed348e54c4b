"""Which transcripts are meant: files, and folders with all they hold."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cpsl.transcript.record import ATTACHMENTS
from cpsl_cli.errors import UsageError

SUFFIX = ".jsonl"


def find_transcripts(places: Sequence[str]) -> list[Path]:
    """The transcript files, in the order of the places and sorted within a folder, each once.

    Raises ``UsageError`` for a place that is not there, and where there is no transcript at all.
    """
    found: dict[Path, None] = {}
    for place in places:
        path = Path(place)
        if path.is_dir():
            found.update(dict.fromkeys(_within(path)))
        elif path.exists():
            found[path] = None
        else:
            raise UsageError(f"{place}: there is no such file or folder.")
    if not found:
        raise UsageError(f"no transcript found: {', '.join(places)} holds no file that ends in {SUFFIX}.")
    return list(found)


def _within(folder: Path) -> list[Path]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ATTACHMENTS and not name.startswith(".")]
        found += [Path(place) / name for name in names if name.endswith(SUFFIX)]
    return sorted(found)
