"""A turn that differs, as pytest shows it: the text of ``capsule replay``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from cpsl.render.failure import describe, places
from cpsl.render.safe import visible, visible_line
from cpsl.transcript.report import PLAIN, Marks, turn_report
from cpsl.transcript.result import TurnResult

if TYPE_CHECKING:
    from cpsl.testing.player import PlayedTurn


class DiffWriter(Protocol):
    """The part of pytest's ``TerminalWriter`` that a diff is drawn with."""

    hasmarkup: bool

    def markup(self, text: str, **markup: bool) -> str:
        """The text in that style."""
        ...

    def line(self, s: str = "") -> None:
        """Write a line."""
        ...


class Diff:
    """Stands for a failure in pytest's reports; ``path`` is as a person would type it here."""

    def __init__(self, path: str, played: PlayedTurn, notes: list[str]) -> None:
        self._path = path
        self._played = played
        self._notes = notes

    def lines(self, marks: Marks) -> list[str]:
        """The place of the turn, what differs, the user's lines of what the app raised, and the notes."""
        turn, sent, actual, comparison, error = self._played
        played = TurnResult(turn, sent, actual, comparison.differences, describe(error) if error else "")
        notes = [f"  {visible_line(note)}" for note in self._notes]
        return [*turn_report(self._path, played, marks), *notes]

    def toterminal(self, terminal: DiffWriter) -> None:
        """Draw it, in colour where pytest draws in colour."""
        for line in self.lines(_colored(terminal) if terminal.hasmarkup else PLAIN):
            terminal.line(line)

    def __str__(self) -> str:
        return "\n".join(self.lines(PLAIN))


def _colored(terminal: DiffWriter) -> Marks:
    return Marks(
        lambda word: terminal.markup(word, bold=True, red=True),
        lambda word: terminal.markup(word, bold=True, green=True),
        lambda sign: terminal.markup(sign, red=True),
        lambda sign: terminal.markup(sign, green=True),
        lambda text: terminal.markup(text, light=True),
    )


def refusal_text(error: Exception) -> str:
    """A refusal in its own words, with the user's lines that caused it; files are named by their path from here."""
    cause = error.__cause__
    sentence = str(error).replace(os.path.join(os.getcwd(), ""), "")
    return visible(sentence) + (f"\n{describe(cause)}" if cause and places(cause) else "")
