"""What the terminal can do: colour, character set, size. Decided once, here."""

from __future__ import annotations

import os
from typing import NamedTuple

STDOUT, STDERR = 1, 2

_NARROWEST = 10
_ASCII = str.maketrans({"…": "...", "·": "-", "•": "*", "│": "|", "❯": ">", "“": '"', "”": '"', "’": "'", "–": "-"})


class Look(NamedTuple):
    """How to draw: with colour or not, with Unicode decorations or ASCII ones."""

    color: bool
    unicode: bool

    def style(self, text: str, code: str) -> str:
        """The text in an SGR style such as ``"1;31"``, if there is colour."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def glyph(self, fancy: str, plain: str) -> str:
        """The Unicode decoration or its ASCII stand-in."""
        return fancy if self.unicode else plain

    def spelt(self, text: str) -> str:
        """The text with the punctuation that ASCII has something like for spelt in it, where there is nothing else."""
        return text if self.unicode else text.translate(_ASCII)


def decide(color: str | None = None, *, terminal: bool = True) -> Look:
    """Flag or setting > ``NO_COLOR`` > ``FORCE_COLOR``/``CLICOLOR_FORCE`` > ``TERM=dumb`` > is it a terminal."""
    return Look(_colored(color, terminal), _speaks_utf8())


def is_dumb() -> bool:
    """Whether the terminal cannot move its cursor."""
    return os.environ.get("TERM", "dumb") in ("dumb", "unknown", "")


def terminal_size(descriptor: int) -> os.terminal_size:
    """Columns and rows of the terminal; 80 x 24 where it says nothing, or nothing that can be."""
    try:
        columns, rows = os.get_terminal_size(descriptor)
    except OSError:
        columns, rows = 0, 0
    return os.terminal_size((columns or 80, rows or 24))


def terminal_width(descriptor: int) -> int:
    """The columns to lay text out for: those of the terminal, but never so few that nothing could be read."""
    return max(terminal_size(descriptor).columns, _NARROWEST)


def _colored(color: str | None, terminal: bool) -> bool:
    if color in ("always", "never"):
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") != "0" for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return terminal and not is_dumb()


def _speaks_utf8() -> bool:
    """From the environment: Python itself pretends UTF-8 in the C locale."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((name for name in names if name), "")
    return "utf-8" in locale.lower() or "utf8" in locale.lower()
