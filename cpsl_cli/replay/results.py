"""What came of replaying files. Plain values: worker processes send them back."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cpsl.transcript.result import TurnResult
from cpsl_cli.errors import DONE


class FileResult(NamedTuple):
    """A transcript that was played; ``problem`` says why it, or the rest of it, could not be.

    ``total`` counts the turns of the file, ``note`` tells what became of the file itself (``--update``).
    """

    path: Path
    turns: tuple[TurnResult, ...] = ()
    total: int = 0
    code: int = DONE
    problem: str = ""
    note: str = ""

    @property
    def matched(self) -> int:
        """How many turns match."""
        return sum(turn.matches for turn in self.turns)

    @property
    def differing(self) -> list[TurnResult]:
        """The turns that do not."""
        return [turn for turn in self.turns if not turn.matches]

    def noted(self, more: str) -> FileResult:
        """The same with one more sentence about the file."""
        return self._replace(note="\n".join(filter(None, (self.note, more))))

    def slim(self) -> FileResult:
        """The same without what turns that match have done: nobody asks, and sending it costs much."""
        turns = (
            turn._replace(turn=turn.turn._replace(lines=()), actual=[]) if turn.matches else turn for turn in self.turns
        )
        return self._replace(turns=tuple(turns))
