"""Questions of the app, answered at the prompt (API.md §32 LOCAL).

The app asks on the runtime's thread and waits; the next entries are its answer instead of messages. An empty
entry declines.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from cpsl.model.identity import SessionKey
from cpsl.model.question import Question, approved
from cpsl.render.safe import visible_line


class Asking:
    """The question that waits, if there is one, and the fields of a form that have been typed so far."""

    def __init__(self, wake: Callable[[Callable[[], None]], object]) -> None:
        self._wake = wake
        self._question: Question | None = None
        self._answer: Future[Any] = Future()
        self._fields: dict[str, str] = {}
        self.changed: Callable[[], None] = lambda: None

    async def ask(self, question: Question, key: SessionKey) -> Any:
        """Called on the runtime's loop; waits for the person."""
        answer: Future[Any] = Future()
        self._wake(lambda: self._begin(question, answer))
        try:
            return await asyncio.wrap_future(answer)
        finally:
            self._wake(lambda: self._end(answer))

    @property
    def waiting(self) -> bool:
        """Whether the next entry is an answer."""
        return self._question is not None

    @property
    def kind(self) -> str:
        """The kind of the question that waits, or ``""``."""
        return self._question.kind if self._question else ""

    @property
    def secret(self) -> bool:
        """Whether what is typed must not be seen or remembered."""
        return self.kind == "integration"

    @property
    def label(self) -> str:
        """What stands before the cursor."""
        question = self._question
        if question is None:
            return ""
        if question.kind == "approval":
            return f"{visible_line(question.choices[0])}? [y/n] "
        return f"{visible_line(self._next_field(question) or 'path')}: "

    def take(self, entry: str) -> None:
        """Take an entry as the answer, or as the next field of a form."""
        question = self._question
        if question is None:
            return
        if question.kind == "approval":
            self._resolve(approved(entry))
        elif question.kind == "file":
            self._resolve(entry.strip() or None)
        else:
            self._take_field(question, entry)

    def _take_field(self, question: Question, entry: str) -> None:
        field = self._next_field(question)
        if not entry or field is None:
            self._resolve({})
            return
        self._fields[field] = entry
        if self._next_field(question) is None:
            self._resolve(dict(self._fields))

    def _next_field(self, question: Question) -> str | None:
        return next((name for name in question.fields if name not in self._fields), None)

    def _resolve(self, value: Any) -> None:
        self._question = None
        if not self._answer.done():
            self._answer.set_result(value)
        self.changed()

    def _begin(self, question: Question, answer: Future[Any]) -> None:
        self._question, self._answer, self._fields = question, answer, {}
        self.changed()

    def _end(self, answer: Future[Any]) -> None:
        """The app no longer waits: the turn was stopped, or took too long."""
        if self._answer is answer and self._question is not None:
            self._question = None
            self.changed()
