"""Questions of the app, answered at the prompt (behaviour.md §32 LOCAL).

The app asks on the runtime's thread and waits; the next entries are its answer instead of messages. An empty
entry declines; one that cannot be an answer is refused, and the question goes on waiting. Of several questions the
first that was asked is answered first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from cpsl.model.identity import SessionKey
from cpsl.model.question import Question
from cpsl.render.safe import visible_line
from cpsl.runtime.attachments import attach
from cpsl_cli.errors import UsageError
from cpsl_cli.repl.paths import named_file


class PendingQuestion:
    """A question that waits, who asked it, and the fields of a form that have been typed so far."""

    def __init__(self, question: Question, key: SessionKey) -> None:
        self.question = question
        self.key = key
        self.answer: Future[Any] = Future()
        self.fields: dict[str, str] = {}

    @property
    def next_field(self) -> str | None:
        """The field that is typed next; None for the last one, or where there are none."""
        return next((name for name in self.question.fields if name not in self.fields), None)

    def take(self, entry: str) -> bool:
        """Take an entry as the answer, or as the next field of a form. Returns whether that was all of it.

        Raises ``UsageError``, or ``OSError`` for a file that cannot be had, when it is no answer.
        """
        if self.question.kind == "approval":
            return self._resolve(self._approval(entry))
        if self.question.kind == "file":
            return self._resolve(_file(entry))
        field = self.next_field
        if not entry or field is None:
            return self._resolve({})
        self.fields[field] = entry
        return self.next_field is None and self._resolve(dict(self.fields))

    def _approval(self, entry: str) -> bool:
        approves = self.question.approves(entry)
        if approves is None:
            yes, no = self.question.choices
            raise UsageError(f"{entry.strip()!r} is neither y ({yes}) nor n ({no})")
        return approves

    def _resolve(self, value: Any) -> bool:
        if not self.answer.done():
            self.answer.set_result(value)
        return True

    def outcome(self) -> str:
        """What came of it, in words for people; never the content of a form."""
        value = self.answer.result() if self.answer.done() and not self.answer.cancelled() else None
        if value is None:
            return "no answer"
        if self.question.kind == "approval":
            return self.question.choices[0 if value else 1]
        if self.question.kind == "file":
            return str(value)
        return "given" if value else "declined"


def _file(entry: str) -> str | None:
    path = named_file(entry.strip())
    if path:
        attach(path)
    return path or None


class QuestionListener(Protocol):
    """Who shows questions, or the prompt at which they are answered."""

    def begun(self, asked: PendingQuestion) -> None:
        """It has come to the prompt."""
        ...

    def over(self, asked: PendingQuestion) -> None:
        """It has left the prompt; another one may come at once."""
        ...


class Asking:
    """The questions that wait. Belongs to the prompt's thread, but for :meth:`ask`."""

    def __init__(self, wake: Callable[[Callable[[], None]], object]) -> None:
        self._wake = wake
        self._waiting: deque[PendingQuestion] = deque()
        self._listeners: list[QuestionListener] = []

    def listen(self, listener: QuestionListener) -> None:
        """Tell that one, too, and after those who listen already."""
        self._listeners.append(listener)

    async def ask(self, question: Question, key: SessionKey) -> Any:
        """Called on the runtime's loop; waits for the person."""
        asked = PendingQuestion(question, key)
        self._wake(lambda: self._add(asked))
        try:
            return await asyncio.wrap_future(asked.answer)
        finally:
            self._wake(lambda: self._remove(asked))

    @property
    def current(self) -> PendingQuestion | None:
        """The question that the next entry answers."""
        return self._waiting[0] if self._waiting else None

    @property
    def waiting(self) -> bool:
        """Whether the next entry is an answer."""
        return bool(self._waiting)

    @property
    def kind(self) -> str:
        """The kind of the question that waits, or ``""``."""
        return self._waiting[0].question.kind if self._waiting else ""

    @property
    def secret(self) -> bool:
        """Whether what is typed must not be seen or remembered."""
        return self.kind == "integration"

    @property
    def label(self) -> str:
        """What stands before the cursor."""
        asked = self.current
        if asked is None:
            return ""
        if asked.question.kind == "approval":
            return f"{visible_line(asked.question.choices[0])}? [y/n] "
        return f"{visible_line(asked.next_field or 'path')}: "

    def take(self, entry: str) -> None:
        """Take an entry as the answer, or as the next field of a form. Raises as :meth:`Asked.take` does."""
        asked = self.current
        if asked and asked.take(entry):
            self._remove(asked)

    def _add(self, asked: PendingQuestion) -> None:
        self._waiting.append(asked)
        if asked is self.current:
            self._begin(asked)

    def _begin(self, asked: PendingQuestion) -> None:
        for listener in self._listeners:
            listener.begun(asked)

    def _remove(self, asked: PendingQuestion) -> None:
        """It is answered; or the app no longer waits, because the turn was stopped or it took too long."""
        if asked not in self._waiting:
            return
        first = asked is self.current
        self._waiting.remove(asked)
        if not first:
            return
        for listener in self._listeners:
            listener.over(asked)
        if following := self.current:
            self._begin(following)
