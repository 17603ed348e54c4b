"""What the terminal's painter draws, kept in place of a terminal."""

from __future__ import annotations

from typing import cast

from cpsl.model.identity import SessionKey
from cpsl_cli.console import Look
from cpsl_cli.repl.labels import Labels
from cpsl_cli.repl.reply import PlainReply
from cpsl_cli.repl.screen import Screen
from cpsl_cli.repl.terminal import Painter


class DrawnScreen:
    """``drawn`` is all that was drawn, in order; ``lines`` what stays on the screen of it."""

    def __init__(self) -> None:
        self.look = Look(color=False, unicode=True)
        self.drawn: list[str] = []
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.drawn.append(text)
        self.lines.append(text)

    def tail(self, text: str, label: object = None) -> None:
        self.drawn.append(text)

    def status(self, session_id: str, text: str, label: object = None) -> None:
        assert "\n" not in text
        self.drawn.append(text)

    def settle(self) -> None:
        pass


def painter_on(screen: DrawnScreen, key: SessionKey) -> Painter:
    """Draws there, 80 columns wide, for the person of that session; replies as they are written."""
    labels = Labels(screen.look, lambda: key)
    return Painter(cast(Screen, screen), labels, lambda margin: PlainReply(lambda: 80))
