"""A channel that keeps everything: what tests and replay look at."""

from __future__ import annotations

from typing import Any

from cpsl.model.events import Chunk, Event, Signal
from cpsl.model.identity import SessionKey
from cpsl.model.question import AnswerTo, Question


class Collector:
    """Keeps the events of each turn until they are taken, and answers questions with ``answers``, in order."""

    def __init__(self) -> None:
        self._turns: dict[int, list[Event]] = {}
        self.answers: list[Any] = []

    async def ask(self, question: Question, key: SessionKey) -> Any:
        """The next answer; None when there is none left, or none for this kind of question."""
        following = self.answers[0] if self.answers else None
        if isinstance(following, AnswerTo):
            return self.answers.pop(0).value if following.kind == question.kind else None
        return self.answers.pop(0) if self.answers else None

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Keep the event, but for signals, which nobody sees, and chunks: the reply that follows has their text."""
        if not isinstance(event, (Chunk, Signal)):
            self._turns.setdefault(event.turn, []).append(event)

    def take(self, turn: int) -> list[Event]:
        """The events of that turn, oldest first; they are forgotten here."""
        return self._turns.pop(turn, [])

    def rest(self) -> list[Event]:
        """The events nobody has taken, by turn; they are forgotten here."""
        turns, self._turns = self._turns, {}
        return [event for turn in sorted(turns) for event in turns[turn]]
