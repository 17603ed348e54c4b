"""Which folder is the project that a file belongs to."""

from __future__ import annotations

import os
from pathlib import Path

STATE = ".capsule"
"""The folder in a project's root that holds what is stored."""


def project_root(folder: Path) -> Path:
    """The nearest ancestor holding ``.capsule/``, else ``pyproject.toml``, else ``.git``; else the folder."""
    folders = (folder, *folder.parents)
    for marker in (STATE, "pyproject.toml", ".git"):
        for candidate in folders:
            if os.path.exists(os.path.join(candidate, marker)):
                return candidate
    return folder
