"""The project folder and what lies in its ``.capsule/`` (DESIGN.md §4)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from cpsl.runtime.project_root import STATE, project_root

_LONGEST_SLUG = 60
_IGNORE = "# Local state; only the shared configuration belongs under version control.\n*\n!.gitignore\n!config.toml\n"


class Project(NamedTuple):
    """A project: its root folder, under whose ``.capsule/`` everything is kept."""

    root: Path

    @property
    def state(self) -> Path:
        """The ``.capsule`` folder; it may not exist yet."""
        return self.root / STATE

    @property
    def config_file(self) -> Path:
        """The project's configuration; it may not exist."""
        return self.state / "config.toml"

    def store_path(self, app_name: str) -> Path:
        """The database file of the app of that name."""
        return self.state / f"{slug(app_name)}.db"

    def prepare(self) -> None:
        """Make the state folder on first use. Raises ``OSError`` where that is not allowed."""
        self.state.mkdir(exist_ok=True)
        ignore = self.state / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_IGNORE, encoding="utf-8")


def find_project(folder: Path) -> Project:
    """The project that the folder belongs to (``cpsl/runtime/project_root.py``)."""
    return Project(project_root(folder))


def project_here() -> Project:
    """The project of the working folder."""
    return find_project(Path.cwd())


def slug(name: str) -> str:
    """A file name for an app name: lower case letters and digits of any script, the rest becomes dashes."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")[:_LONGEST_SLUG] or "app"
