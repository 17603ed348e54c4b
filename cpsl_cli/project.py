"""The project folder and what lies in its ``.capsule/``: whose it is, and which file is which app's."""

from __future__ import annotations

import os
import re
from binascii import crc32
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cpsl.privatefile import private_folder
from cpsl.runtime.project_root import STATE, is_trusted, marked_root
from cpsl.store.database import clean
from cpsl.store.inspection import recorded_app
from cpsl.wholefile import write_new
from cpsl_cli.errors import UsageError

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
        """The database file of the app of that name: one that is there, or the one to make.

        Files of before have no digest in their names; one is the app's own unless it says another's name.
        """
        plain, digested = (self.state / f"{name}.db" for name in (app_slug(app_name), digested_app_slug(app_name)))
        if digested.exists():
            return digested
        # Asked once: another process may make it at this moment, and must be joined there.
        if plain.exists():
            return plain if recorded_app(plain) in (None, clean(app_name)) else digested
        return self.state / f"{file_name(app_name)}.db"

    def prepare(self) -> None:
        """Make the state folder on first use, for its owner alone. Raises ``OSError`` where that is not allowed."""
        private_folder(self.state)
        # A folder that is there already may be one that can only be read.
        with suppress(OSError):
            # Whole or not there: an empty one would be kept, and let what people said into version control.
            write_new(self.state / ".gitignore", _IGNORE)


def find_project(folder: Path) -> Project:
    """The nearest ancestor holding ``.capsule/``, else ``pyproject.toml``, else ``.git``; else the folder.

    The search ends with a repository's root and with the person's home. A ``.capsule`` of somebody else is not
    looked into. Raises ``UsageError`` where that leaves no folder, and where the ``.capsule`` cannot be read.
    """
    root = marked_root(folder)
    if root is None and not is_trusted(folder / STATE, folder):
        raise UsageError(f"{folder / STATE}: this belongs to another user; move it away, or copy the app elsewhere.")
    project = Project(root or folder)
    if project.state.is_dir() and not os.access(project.state, os.R_OK | os.X_OK):
        raise UsageError(
            f"{project.state}: cannot be read (Permission denied): it is user {project.state.stat().st_uid}'s; "
            "have it given to you (chown -R), or move it away."
        )
    return project


def project_here() -> Project:
    """The project of the working folder."""
    return find_project(Path.cwd())


def app_slug(name: str) -> str:
    """An app name as people type it: lower case letters and digits of any script, the rest becomes dashes."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")[:_LONGEST_SLUG] or "app"


def digested_app_slug(name: str) -> str:
    """The slug with a digest of the name, which tells apart what has the same slug."""
    return f"{app_slug(name)}-{crc32(name.encode('utf-8', 'surrogatepass')):08x}"


def file_name(name: str) -> str:
    """How the file of an app is called, without its ending: the slug alone if nothing is lost by that."""
    return (
        app_slug(name) if name == app_slug(name) == name.casefold() and _is_composed(name) else digested_app_slug(name)
    )


def _is_composed(name: str) -> bool:
    """Some file systems take two ways to write the same letter for one name."""
    if name.isascii():
        return True
    from unicodedata import is_normalized

    return is_normalized("NFC", name)
