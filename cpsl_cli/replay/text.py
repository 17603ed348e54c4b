"""The report of a replay for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from cpsl.render.safe import visible_line
from cpsl.transcript.report import PLAIN, Marks, turn_report
from cpsl.transcript.result import TurnResult
from cpsl.wording import counted
from cpsl_cli.console import Look
from cpsl_cli.replay.results import FileResult


class Sums(NamedTuple):
    """Turns, counted."""

    turns: int
    matched: int
    differing: int

    @property
    def left(self) -> int:
        """Those that were not played."""
        return self.turns - self.matched - self.differing


def sum_of(results: Sequence[FileResult]) -> Sums:
    """The turns of those files."""
    return Sums(
        sum(result.total for result in results),
        sum(result.matched for result in results),
        sum(len(result.differing) for result in results),
    )


class TextReport:
    """Writes each differing turn and a line for each file, and at the end the sum."""

    def __init__(self, write: Callable[[str], object], tell: Callable[[str], object], look: Look) -> None:
        self._write = write
        self._tell = tell
        self._look = look
        self._marks = _colored(look) if look.color else PLAIN

    def file(self, result: FileResult, *, alone: bool) -> None:
        """Report one file; ``alone`` says that there is no other."""
        if result.problem:
            self._tell(f"capsule: {result.problem}\n")
        if result.problem and not result.turns:
            return
        for turn in result.differing:
            self.turn(result.path, turn)
        self.verdict(result, alone=alone)

    def turn(self, path: Path, turn: TurnResult) -> None:
        """Report one turn that differs."""
        self._write("".join(line + "\n" for line in turn_report(str(path), turn, self._marks)))

    def verdict(self, result: FileResult, *, alone: bool) -> None:
        """How many turns of a file match, and what became of the file."""
        name = "" if alone else f"{visible_line(str(result.path))}: "
        self._write(f"{name}{self._summed(sum_of([result]))}\n")
        if result.note:
            self._tell(f"{result.note}\n")

    def end(self, results: Sequence[FileResult]) -> None:
        """The sum of several files."""
        if len(results) > 1:
            self._write(f"{counted(len(results), 'transcript')}: {self._summed(sum_of(results))}\n")

    def _summed(self, sums: Sums) -> str:
        parts = [counted(sums.turns, "turn"), f"{sums.matched} matched"]
        parts += [f"{sums.differing} {'differs' if sums.differing == 1 else 'differ'}"] if sums.differing else []
        parts += [f"{sums.left} not played"] if sums.left else []
        return self._look.style(", ".join(parts), "32" if sums.matched == sums.turns else "31")


def _colored(look: Look) -> Marks:
    return Marks(
        lambda word: look.style(word, "1;4;31"),
        lambda word: look.style(word, "1;4;32"),
        lambda sign: look.style(sign, "31"),
        lambda sign: look.style(sign, "32"),
        lambda text: look.style(text, "2"),
    )
