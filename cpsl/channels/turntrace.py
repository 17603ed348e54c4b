"""The steps of one turn as they come, cheap to take: what they say is put into words when somebody looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from cpsl.model.events import Asked, Chunk, Event, Reply
from cpsl.model.trace import Traced

# As many as anybody reads; a turn that does more says how many were left out.
MOST_STEPS = 1000
_CLOSING = ("error", "end")


class TraceStep:
    """One thing that a turn did: the event that told it, or its fields. ``began`` are ticks.

    ``seconds`` is None while it lasts, and for a moment.
    """

    __slots__ = ("began", "fields", "seconds", "type")

    def __init__(self, type: str, fields: Event | dict[str, Any], began: float, seconds: float | None = None) -> None:
        self.type = type
        self.fields = fields
        self.began = began
        self.seconds = seconds


class Stream(TraceStep):
    """A streamed reply: one step, however many pieces it has."""

    __slots__ = ("characters", "chunks", "number")

    def __init__(self, number: int, began: float) -> None:
        super().__init__("stream", {}, began)
        self.number = number
        self.chunks = 0
        self.characters = 0

    def counted(self) -> dict[str, Any]:
        """The fields so far."""
        return {"stream": self.number, "chunks": self.chunks, "characters": self.characters}


class QuestionStep(TraceStep):
    """A question to the person; ``answers`` holds its answer once there is one."""

    __slots__ = ("answers", "event")

    def __init__(self, event: Asked, began: float) -> None:
        super().__init__("prompt", event, began)
        self.event = event
        self.answers: list[Any] = []


class TurnTrace:
    """What one turn did.

    :param most: how many steps are kept; of more only the first, and how the turn ended.
    :param late: is told each step that is done after the turn's end.
    """

    __slots__ = (
        "_handlers",
        "_late",
        "_most",
        "_questions",
        "_steps",
        "_streams",
        "_unfinished",
        "began",
        "left_out",
        "number",
        "over",
    )

    def __init__(self, number: int, began: float, most: int, late: Callable[[TurnTrace, TraceStep], object]) -> None:
        self.number = number
        self.began = began
        self.over = False
        self.left_out = 0
        self._most = most
        self._late = late
        self._steps: list[TraceStep] = []
        self._handlers: list[TraceStep] = []
        self._streams: dict[int, Stream] = {}
        self._questions: deque[QuestionStep] = deque()
        self._unfinished: list[TraceStep] = []

    @property
    def unfinished(self) -> list[TraceStep]:
        """The steps that began after the turn's end and still last."""
        return list(self._unfinished)

    def add(self, step: TraceStep, *, lasting: bool = False) -> None:
        """Keep a step; one that is ``lasting`` is not done yet."""
        if len(self._steps) < (MOST_STEPS if self.over else self._most) or step.type in _CLOSING:
            self._steps.append(step)
        else:
            self.left_out += 1
        if not lasting:
            self._done(step)
        elif self.over:
            self._unfinished.append(step)

    def handler(self, traced: Traced) -> None:
        """A handler begins; or the one that began last is over."""
        if traced.seconds is None:
            self._handlers.append(TraceStep("handler", traced.fields, traced.began))
            self.add(self._handlers[-1], lasting=True)
        elif self._handlers:
            step = self._handlers.pop()
            step.fields, step.seconds = traced.fields, traced.seconds
            self._done(step)

    def chunk(self, event: Chunk, ticks: Callable[[], float]) -> None:
        """A piece of a stream, which begins with its first."""
        stream = self._streams.get(event.stream)
        if stream is None:
            stream = self._streams[event.stream] = Stream(event.stream, ticks())
            self.add(stream, lasting=True)
        stream.chunks += 1
        stream.characters += len(event.text)

    def reply(self, event: Reply, now: float) -> None:
        """A whole reply, or the end of a streamed one."""
        stream = self._streams.pop(event.stream, None)
        if stream is None:
            self.add(TraceStep("reply", event, now))
        else:
            stream.seconds = now - stream.began
            self._done(stream)

    def asked(self, event: Asked, now: float) -> None:
        """A question to the person."""
        self._questions.append(QuestionStep(event, now))
        self.add(self._questions[-1], lasting=True)

    def answered(self, answer: Any, now: float) -> None:
        """The answer to the question that has waited longest."""
        if self._questions:
            question = self._questions.popleft()
            question.answers.append(answer)
            question.seconds = now - question.began
            self._done(question)

    def steps(self) -> list[TraceStep]:
        """The steps so far, in the order in which they began."""
        return sorted(self._steps, key=lambda step: step.began)

    def forget(self) -> None:
        """Nobody will look at what has been."""
        self._steps.clear()

    def _done(self, step: TraceStep) -> None:
        if self.over:
            if step in self._unfinished:
                self._unfinished.remove(step)
            self._late(self, step)
