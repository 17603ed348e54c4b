"""A document of this project as something that can be run: its blocks, and what it says a command prints."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests.cli.capsule import shell

ROOT = Path(__file__).parents[2]


class Step(NamedTuple):
    """A command of a console block, and what it prints."""

    command: str
    output: str


class Document:
    """A Markdown file below the root of the project."""

    def __init__(self, name: str) -> None:
        self.text = (ROOT / name).read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[str]:
        """The blocks of that language, without their fences."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    def steps(self) -> list[Step]:
        """Every command of every console block, in order."""
        return [step for block in self.blocks("console") for step in _steps(block)]

    def write(self, folder: Path, *languages: str) -> None:
        """Write the blocks of those languages into files, each named by its first line."""
        for block in (block for language in languages for block in self.blocks(language)):
            name = re.match(r"# (\w+\.(?:py|toml))\n", block)
            assert name, f"a block begins with the name of its file, not with {block.splitlines()[0]!r}"
            (folder / name[1]).write_text(block, encoding="utf-8")


def printed(command: str, folder: Path, *, fails: bool = False) -> Step:
    """What the command really prints; with ``fails`` it may end with any code."""
    done = shell(command, cwd=folder)
    assert fails or done.returncode == 0, done.stderr
    return Step(command, _timeless(done.stdout))


def _steps(block: str) -> list[Step]:
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return [Step(command, _timeless(output)) for command, output in zip(parts[::2], parts[1::2], strict=True)]


def _timeless(output: str) -> str:
    return re.sub(r"in [\d.]+s$", "in …s", output, flags=re.MULTILINE)
