"""The report of a replay for programs: one JSON object per line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cpsl.model.codec import dumps
from cpsl.transcript.comparison.difference import Difference
from cpsl.transcript.result import TurnResult
from cpsl_cli.replay.results import FileResult
from cpsl_cli.replay.text import sum_of


class JsonReport:
    """Writes a ``turn`` object for each turn, a ``file`` object after them, and a ``summary`` at the end."""

    def __init__(self, write: Callable[[str], object], tell: Callable[[str], object]) -> None:
        self._write = write
        self._tell = tell

    def file(self, result: FileResult, *, alone: bool) -> None:
        """Report one file."""
        for turn in result.turns:
            self._line(_turn(result, turn))
        sums = sum_of([result])
        self._line(
            {
                "type": "file",
                "file": str(result.path),
                **sums._asdict(),
                "left": sums.left,
                "problem": result.problem or None,
                "note": result.note or None,
            }
        )
        if result.problem:
            self._tell(f"capsule: {result.problem}\n")

    def end(self, results: Sequence[FileResult]) -> None:
        """The sum of all files."""
        sums = sum_of(results)
        self._line({"type": "summary", "files": len(results), **sums._asdict(), "left": sums.left})

    def _line(self, fields: dict[str, Any]) -> None:
        self._write(dumps(fields) + "\n")


def _turn(result: FileResult, turn: TurnResult) -> dict[str, Any]:
    return {
        "type": "turn",
        "file": str(result.path),
        "turn": turn.turn.number,
        "line": turn.turn.user.number,
        "text": turn.sent,
        "status": "matched" if turn.matches else "differs",
        "differences": [_difference(difference) for difference in turn.differences],
        **({"failure": turn.failure} if turn.failure else {}),
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "kind": difference.kind,
        "record": difference.type,
        "line": difference.expected.number if difference.expected else None,
        "path": difference.path,
        "expected": difference.wanted,
        "actual": difference.got,
    }
