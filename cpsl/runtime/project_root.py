"""Which folder is the project that a file belongs to."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

STATE = ".capsule"
"""The folder in a project's root that holds what is stored."""

_ROOT = 0
"""The number of the user root."""


def marked_root(folder: Path) -> Path | None:
    """The nearest ancestor holding ``.capsule/``, else ``pyproject.toml``, else ``.git``; None where nothing does.

    The search ends with a repository's root and with the person's home, and passes over folders whose ``.capsule`` is
    somebody else's.
    """
    folders = [candidate for candidate in _own_folders(folder) if is_trusted(candidate / STATE, folder)]
    for marker in (STATE, "pyproject.toml", ".git"):
        for candidate in folders:
            if os.path.exists(os.path.join(candidate, marker)):
                return candidate
    return None


def widest_root(folder: Path) -> Path:
    """The project's root; where nothing marks one, the highest folder above that may still be the project's own.

    A home folder, what lies above it, and a folder that everybody may write to belong to no project.
    """
    root = marked_root(folder)
    if root:
        return root
    home, root = Path.home(), folder
    for parent in folder.parents:
        if parent == parent.parent or parent in (home, *home.parents) or parent.stat().st_mode & stat.S_IWOTH:
            break
        root = parent
    return root


def _own_folders(folder: Path) -> Iterator[Path]:
    """The folder and those above it, as far as they can belong to the same project."""
    home = Path(os.path.expanduser("~"))
    for candidate in (folder, *folder.parents):
        yield candidate
        if candidate == home or os.path.exists(candidate / ".git"):
            return


def is_trusted(state: Path, start: Path) -> bool:
    """Whether the state folder, if it is there, is this user's own, or root's.

    Root also has the one of whoever owns the folder of the app, whose code is about to be run anyway: in a
    container the folder of the host often belongs to an ordinary user.
    """
    try:
        owners = {os.lstat(state).st_uid, os.stat(state).st_uid}
    except OSError:
        return True
    user = os.geteuid()
    trusted = {user, _ROOT}
    if user == _ROOT:
        trusted.add(os.stat(start).st_uid)
    return owners <= trusted
