"""Which app is meant: by a transcript, by a test."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from cpsl.errors import AppLoadError
from cpsl.runtime.loader import split_entry
from cpsl.runtime.project_root import widest_root
from cpsl.transcript.document import Transcript
from cpsl.transcript.read import TranscriptError


def entry_of(transcript: Transcript) -> str | None:
    """The entry point that its header names, where it can be loaded from here; None without a header.

    A file is looked for beside the transcript, then in each folder above it, then in the working folder. A
    transcript may come from a stranger: raises ``TranscriptError`` for an app that is neither in the transcript's
    project nor in that of the working folder.
    """
    named = transcript.head.get("app")
    if not named:
        return None
    source, symbol = split_entry(named)
    folder = Path(os.path.realpath(transcript.path)).parent
    projects = (widest_root(folder), widest_root(Path.cwd()))
    if source.endswith(".py"):
        found = [candidate / source for candidate in (folder, *folder.parents, Path.cwd())]
        found = [file for file in found if file.is_file()]
        if not found:
            return named
        own = [file for file in found if _is_within(file, projects)]
        if own:
            return str(own[0]) + (f":{symbol}" if symbol else "")
    elif all(_is_within(file, projects) for file in _module_files(source)):
        return named
    raise TranscriptError(
        f"{transcript.path}:1: its header names the app {named!r}, which is not in this project; "
        "name the app yourself (--app, with pytest --capsule-app)."
    )


def _is_within(file: Path, projects: Iterable[Path]) -> bool:
    """Whether the file, links followed, is one of those projects' own, and not installed there."""
    found = Path(os.path.realpath(file))
    own = any(found.is_relative_to(Path(os.path.realpath(project))) for project in projects)
    return own and not {"site-packages", "dist-packages"} & set(found.parts)


def _module_files(name: str) -> Iterator[Path]:
    """Where the module would be loaded from; nothing of it is run."""
    top, *inner = name.split(".")
    try:
        spec = None if top in sys.modules else PathFinder.find_spec(top, [str(Path.cwd()), *sys.path])
        spec = spec or find_spec(top)
    except ValueError:  # a module that came from nowhere, as __main__ does in some processes
        yield Path(os.sep)
        return
    if spec is None:
        return
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    if not folders:
        # What is built into the interpreter lies nowhere, which is in no project.
        yield Path(spec.origin if spec.has_location and spec.origin else os.sep)
    for folder in folders:
        yield folder
        for depth in range(len(inner)):
            package = folder.joinpath(*inner[: depth + 1])
            yield from (file for file in (package, package.with_name(f"{inner[depth]}.py")) if file.exists())


def entry_in(folders: Sequence[Path], entry: str) -> str:
    """The entry point, its file found in the first of the folders that holds it; a module stays as it is.

    Raises ``AppLoadError`` where none does.
    """
    source, symbol = split_entry(entry)
    if not source.endswith(".py"):
        return entry
    for folder in folders:
        if (folder / source).is_file():
            return str(folder / source) + (f":{symbol}" if symbol else "")
    looked = " and ".join(map(str, dict.fromkeys(folders)))
    raise AppLoadError(f"{source}: there is no such file in {looked}.")
