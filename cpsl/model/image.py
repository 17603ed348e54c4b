"""What an app needs installed (behaviour.md §1.2): kept and shown, never installed or run here."""

from __future__ import annotations

import os.path
import sys
from collections.abc import Sequence


class Image:
    """The packages and commands of an app's image; the ``add_`` methods change it and return it.

    ``python_packages`` is a list of requirements or the path of a requirements file. Raises
    ``FileNotFoundError`` when that file does not exist.
    """

    def __init__(
        self,
        *,
        python_packages: list[str] | str | None = None,
        apt_packages: list[str] | None = None,
        commands: list[str] | None = None,
    ) -> None:
        self.python_packages = _requirements(python_packages or [])
        self.apt_packages = list(apt_packages or [])
        self.commands = list(commands or [])

    def __repr__(self) -> str:
        return (
            f"Image(python_packages={self.python_packages}, apt_packages={self.apt_packages}, commands={self.commands})"
        )

    def add_python_packages(self, packages: Sequence[str] | str) -> Image:
        """Add requirements, or those of a requirements file. Raises ``FileNotFoundError``."""
        self.python_packages.extend(_requirements(packages))
        return self

    def add_apt_packages(self, packages: Sequence[str]) -> Image:
        """Add system packages."""
        self.apt_packages.extend(packages)
        return self

    def add_commands(self, commands: Sequence[str]) -> Image:
        """Add build commands."""
        self.commands.extend(commands)
        return self

    def to_dict(self) -> dict[str, list[str]]:
        """``{"python_packages", "apt_packages", "commands"}``, each a list, possibly empty."""
        return {
            "python_packages": list(self.python_packages),
            "apt_packages": list(self.apt_packages),
            "commands": list(self.commands),
        }


def _requirements(packages: Sequence[str] | str) -> list[str]:
    if not isinstance(packages, str):
        return list(packages)
    with open(_find(packages), encoding="utf-8") as file:
        lines = [line.partition(" #")[0].strip() for line in file]
    return [line for line in lines if line and not line.startswith("#")]


def _find(path: str) -> str:
    # The loader puts the app's folder first on the import path: "requirements.txt" is found beside
    # the app wherever the command was started.
    beside_the_app = os.path.join(sys.path[0] if sys.path else "", path)
    return beside_the_app if not os.path.exists(path) and os.path.exists(beside_the_app) else path
