"""Which folder is the project that a file belongs to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

STATE = ".capsule"
"""The folder in a project's root that holds what is stored."""


def project_root(folder: Path) -> Path:
    """The nearest ancestor that :func:`marked_root` finds; else the folder."""
    return marked_root(folder) or folder


def marked_root(folder: Path) -> Path | None:
    """The nearest ancestor holding ``.capsule/``, else ``pyproject.toml``, else ``.git``; None where nothing does."""
    folders = (folder, *folder.parents)
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
