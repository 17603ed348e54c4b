"""Whose output a line is: what another session says carries that session's name and colour."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple

from cpsl.model.identity import SessionKey, UserInfo
from cpsl.render.safe import visible_line
from cpsl.textwidth import cut, display_width
from cpsl_cli.console import Look

# Red is an error's and yellow a warning's.
_COLORS = ("35", "34", "32", "36", "95", "94", "92", "96")
_WIDEST = 24
_NOBODYS = SessionKey("", "", UserInfo(""))


class Label(NamedTuple):
    """What stands before each line of a session's output: ``text`` as wide as it is, ``styled`` as it is written."""

    text: str = ""
    styled: str = ""

    @property
    def width(self) -> int:
        """Screen columns."""
        return display_width(self.text)

    def before(self, text: str) -> str:
        """The text with the label at the beginning of each line."""
        return "\n".join(self.styled + line for line in text.split("\n")) if self.text else text


NO_LABEL = Label()


class Labels:
    """Labels of sessions, none for the one who is talking.

    A session keeps its colour: it follows from the names of person and session, unless another session that has
    been seen here has it already.

    :param here: asked for the session who is talking; None while there is none yet.
    """

    def __init__(self, look: Look, here: Callable[[], SessionKey | None]) -> None:
        self._look = look
        self._here = here
        self._colors: dict[str, str] = {}

    def of(self, key: SessionKey) -> Label:
        """The label of that session's output."""
        here = self._here() or _NOBODYS
        if key.id == here.id:
            return NO_LABEL
        person = [] if key.user.id == here.user.id else [key.user.id]
        names = (cut(visible_line(name), _WIDEST, "...") for name in (key.name, *person))
        text = self._look.glyph(" · ", " - ").join(names) + self._look.glyph(" │ ", " | ")
        return Label(text, self._look.style(text, self._color(key)))

    def _color(self, key: SessionKey) -> str:
        if key.id not in self._colors:
            first = zlib.crc32(f"{key.user.id}/{key.name}".encode()) % len(_COLORS)
            inclined = (*_COLORS[first:], *_COLORS[:first])
            taken = self._colors.values()
            self._colors[key.id] = next((color for color in inclined if color not in taken), inclined[0])
        return self._colors[key.id]
