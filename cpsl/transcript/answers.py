"""Which of a turn's recorded answers go to which question."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from cpsl.model.question import QuestionKind
from cpsl.transcript.document import RecordedTurn, TranscriptLine
from cpsl.transcript.line_types import AnswerLine, PromptLine, read_as


def recorded_answers(turn: RecordedTurn) -> Iterator[tuple[QuestionKind, TranscriptLine]]:
    """The answers of a turn in order, each with the kind of question it was given to.

    Where a person has written no question above it, the value tells: a path, the fields of a form, or yes and no.
    """
    kind: QuestionKind | None = None
    for line in turn.lines:
        if line.type == "prompt":
            kind = read_as(PromptLine, line.fields)["kind"]
        elif line.type == "answer":
            yield kind or _kind_of(read_as(AnswerLine, line.fields)["value"]), line
            kind = None


def _kind_of(answer: Any) -> QuestionKind:
    if isinstance(answer, str):
        return "file"
    return "integration" if isinstance(answer, (list, dict)) else "approval"


class Answers:
    """Gives a turn's answers to today's questions, as its replay does (``cpsl/channels/collector.py``)."""

    def __init__(self, turn: RecordedTurn) -> None:
        self._left = deque(recorded_answers(turn))

    def give(self, kind: str) -> TranscriptLine | None:
        """The answer that a question of that kind gets: the next one, if it was given to such a question."""
        return self._left.popleft()[1] if self._left and self._left[0][0] == kind else None
