"""What turns do inside, step by step, with times.

A record of a step has ``type``, ``turn``, ``ms`` since the turn began, ``took_ms`` where it lasted, and what
belongs to its type. Texts that were said are counted, not repeated.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import Any

from cpsl.channels.snapshot import Snapshot
from cpsl.channels.turntrace import MOST_STEPS, QuestionStep, Stream, TraceStep, TurnTrace
from cpsl.clock import iso
from cpsl.model.events import Answered, Asked, Chunk, Event, Reply, Signal, TurnEnded, TurnFailed, UserMessage
from cpsl.model.identity import SessionKey
from cpsl.model.trace import Traced
from cpsl.render.event_views import SILENT, VIEWS, step_fields

Record = dict[str, Any]

# How many turns are known after their end: what a coroutine of theirs does later still has its time.
_REMEMBERED = 50
_MOST_NOTES = 200
# An answer belongs to the step of its question.
_TRACED = {kind: view.step[0] for kind, view in VIEWS.items() if view.step != SILENT} | {Answered: "answer"}
# Most of what comes, and of most turns all that comes but for their beginning and their end.
_JUST_NOTED = frozenset(_TRACED) - {UserMessage, Chunk, Signal, TurnFailed, TurnEnded}


class Tracer:
    """Keeps the steps of the last turn, and passes on those of every turn.

    Nobody looks at most turns, so what comes is only noted, and made steps of when it is wanted.

    :param ticks: the clock's; the runtime that is traced must have the same.
    :param secrets: what must not be shown, as far as it is known at the moment.
    :param written: is given the records of each turn when it ends, then of what comes late. Without it only the
        last turn is kept, and its first 1,000 steps.
    """

    def __init__(
        self,
        ticks: Callable[[], float],
        secrets: Callable[[], Collection[str]] = tuple,
        written: Callable[[list[Record]], object] | None = None,
    ) -> None:
        self._ticks = ticks
        self._secrets = secrets
        # One that has been replaced since may still stand in a step.
        self._known: set[str] = set()
        self._written = written
        self._most = MOST_STEPS if written is None else sys.maxsize
        # Each with the ticks when it came.
        self._notes: list[tuple[float, Event | Traced, SessionKey]] = []
        self._turns: dict[int, TurnTrace] = {}
        self._last: TurnTrace | None = None

    def last(self) -> list[Record]:
        """The records of the turn that began last, in the order in which things began; none before the first."""
        self._settle()
        return self._records(self._last) if self._last else []

    def close(self) -> None:
        """Pass on what turns have done that never ended, and what they began later that has not ended."""
        self._settle()
        for turn in self._turns.values():
            if self._written:
                begun = [self._record(turn, step) for step in turn.unfinished]
                self._written(begun if turn.over else self._records(turn))

    def trace(self, traced: Traced, key: SessionKey) -> None:
        """Take what a turn did inside."""
        if traced.type != "handler":
            traced = traced._replace(fields=self._copied(traced.fields))
        self._note(traced.began, traced, key)

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Take what a turn did for others to see."""
        if self._written is None and event.__class__ in _JUST_NOTED:
            self._notes.append((self._ticks(), event, key))
            if len(self._notes) > _MOST_NOTES:
                self._settle()
        elif isinstance(event, Chunk):
            if self._notes:
                self._settle()
            if event.turn in self._turns:
                self._turns[event.turn].chunk(event, self._ticks)
        elif isinstance(event, Signal):
            if event.name == "session_event":
                self._note(self._ticks(), event._replace(payload=self._copied(event.payload)), key)
        elif isinstance(event, TurnFailed):
            # The exception holds frames, and those the session.
            self._note(self._ticks(), event._replace(exception=None), key)
        elif event.__class__ in _TRACED:
            self._note(self._ticks(), event, key)

    def _note(self, now: float, what: Event | Traced, key: SessionKey) -> None:
        if isinstance(what, UserMessage) and self._written is None:
            self._notes.clear()
            self._turns.clear()
        self._notes.append((now, what, key))
        ended = isinstance(what, TurnEnded)
        if ended:
            self._known.update(self._secrets())
        if len(self._notes) > _MOST_NOTES or (self._written and (ended or what.turn in self._turns)):
            self._settle()

    def _settle(self) -> None:
        """Make steps of what has been noted."""
        notes, self._notes = self._notes, []
        for now, what, key in notes:
            if isinstance(what, UserMessage):
                self._begin(what, key, now)
            elif what.turn in self._turns:
                self._take(self._turns[what.turn], what, now)

    def _begin(self, event: UserMessage, key: SessionKey, now: float) -> None:
        if self._last and self._last.over:
            self._last.forget()
        turn = self._last = self._turns[event.turn] = TurnTrace(event.turn, now, self._most, self._late)
        if len(self._turns) > _REMEMBERED:
            del self._turns[next(iter(self._turns))]
        where = {"at": iso(event.at), "session": key.name, "user": key.user.id}
        turn.add(TraceStep(_TRACED[UserMessage], {**where, **step_fields(event)}, now))

    def _take(self, turn: TurnTrace, what: Event | Traced, now: float) -> None:
        if isinstance(what, Traced):
            if what.type == "handler":
                turn.handler(what)
            else:
                turn.add(TraceStep(what.type, what.fields, what.began, what.seconds))
        elif isinstance(what, Reply):
            turn.reply(what, now)
        elif isinstance(what, Asked):
            turn.asked(what, now)
        elif isinstance(what, Answered):
            turn.answered(what.value, now)
        else:
            turn.add(TraceStep(_TRACED[what.__class__], what, now))
        if isinstance(what, TurnEnded):
            self._end(turn)

    def _end(self, turn: TurnTrace) -> None:
        turn.over = True
        if self._written:
            self._written(self._records(turn))

    def _late(self, turn: TurnTrace, step: TraceStep) -> None:
        if self._written:
            self._written([self._record(turn, step)])

    def _copied(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Counts are ours; texts, filters and the like are the app's, and may change or hold secrets."""
        self._known.update(self._secrets())
        snapshot = Snapshot(self._known)
        return {name: each if each.__class__ is int else snapshot.of(each) for name, each in fields.items()}

    def _records(self, turn: TurnTrace) -> list[Record]:
        more = [{"type": "more", "turn": turn.number, "steps": turn.left_out}] if turn.left_out else []
        return [*(self._record(turn, step) for step in turn.steps()), *more]

    def _record(self, turn: TurnTrace, step: TraceStep) -> Record:
        took = {} if step.seconds is None else {"took_ms": _ms(step.seconds)}
        when = {"turn": turn.number, "ms": _ms(step.began - turn.began)}
        return {"type": step.type, **when, **took, **self._copied(_fields(step))}


def _fields(step: TraceStep) -> dict[str, Any]:
    if isinstance(step, Stream):
        return step.counted()
    if isinstance(step, QuestionStep):
        return {**step_fields(step.event), **dict.fromkeys(("answer",) if step.answers else (), *step.answers)}
    return step.fields if isinstance(step.fields, dict) else step_fields(step.fields)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
