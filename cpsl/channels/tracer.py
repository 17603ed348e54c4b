"""What turns do inside, step by step, with times (UX F3).

A record of a step has ``type``, ``turn``, ``ms`` since the turn began, ``took_ms`` where it lasted, and what
belongs to its type. Texts that were said are counted, not repeated.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import Any

from cpsl.channels.snapshot import Snapshot
from cpsl.channels.turntrace import MOST_STEPS, Question, Step, Stream, TurnTrace
from cpsl.clock import iso
from cpsl.model.events import (
    Answered,
    Asked,
    BlockShown,
    Chunk,
    Event,
    Notice,
    Reply,
    Signal,
    TurnEnded,
    TurnFailed,
    UserMessage,
)
from cpsl.model.identity import SessionKey
from cpsl.model.trace import Traced

Record = dict[str, Any]

# How many turns are known after their end: what a coroutine of theirs does later still has its time.
_REMEMBERED = 50


class Tracer:
    """Keeps the steps of the last turn, and passes on those of every turn.

    :param ticks: the clock's; the runtime that is traced must have the same.
    :param secrets: what must not be shown, as far as it is known at the moment.
    :param written: is given the records of each turn when it ends, then of what comes late. Without it only the
        first 1,000 steps of a turn are kept.
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
        self._turns: dict[int, TurnTrace] = {}
        self._last: TurnTrace | None = None

    def last(self) -> list[Record]:
        """The records of the turn that began last, in the order in which things began; none before the first."""
        return self._records(self._last) if self._last else []

    def close(self) -> None:
        """Pass on what turns have done that never ended."""
        for turn in self._turns.values():
            if self._written and not turn.over:
                self._written(self._records(turn))

    def trace(self, traced: Traced, key: SessionKey) -> None:
        """Take what a turn did inside."""
        turn = self._turns.get(traced.turn)
        if turn is None:
            return
        if traced.type == "handler":
            turn.handler(traced)
        else:
            turn.add(Step(traced.type, self._copied(traced.fields), traced.began, traced.seconds))

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Take what a turn did for others to see."""
        if isinstance(event, UserMessage):
            self._begin(event, key, self._ticks())
            return
        turn = self._turns.get(event.turn)
        if turn is None:
            return
        if isinstance(event, Chunk):
            turn.chunk(event, self._ticks)
        elif isinstance(event, Reply):
            turn.reply(event, self._ticks())
        elif isinstance(event, Asked):
            turn.asked(event, self._ticks())
        elif isinstance(event, Answered):
            turn.answered(event.value, self._ticks())
        elif isinstance(event, TurnEnded):
            turn.add(Step("end", event, self._ticks()))
            self._end(turn)
        else:
            self._moment(turn, event, self._ticks())

    def _moment(self, turn: TurnTrace, event: Event, now: float) -> None:
        if isinstance(event, TurnFailed):
            # The exception holds frames, and those the session.
            turn.add(Step("error", event._replace(exception=None), now))
        elif isinstance(event, Signal) and event.name == "session_event":
            turn.add(Step("event", self._copied(event.payload), now))
        elif isinstance(event, (Notice, BlockShown)):
            turn.add(Step(event.type, event, now))

    def _begin(self, event: UserMessage, key: SessionKey, now: float) -> None:
        if self._last and self._last.over:
            self._last.forget()
        turn = self._last = self._turns[event.turn] = TurnTrace(event.turn, now, self._most, self._late)
        if len(self._turns) > _REMEMBERED:
            del self._turns[next(iter(self._turns))]
        files = {"attachments": len(event.attachments)} if event.attachments else {}
        said = {"session": key.name, "user": key.user.id, "characters": len(event.text), **files}
        turn.add(Step("user", {"at": event.at, **said}, now))

    def _end(self, turn: TurnTrace) -> None:
        turn.over = True
        self._known.update(self._secrets())
        if self._written:
            self._written(self._records(turn))

    def _late(self, turn: TurnTrace, step: Step) -> None:
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

    def _record(self, turn: TurnTrace, step: Step) -> Record:
        took = {} if step.seconds is None else {"took_ms": _ms(step.seconds)}
        when = {"turn": turn.number, "ms": _ms(step.began - turn.began)}
        return {"type": step.type, **when, **took, **self._copied(_fields(step))}


def _fields(step: Step) -> dict[str, Any]:
    if isinstance(step, Stream):
        return step.counted()
    if isinstance(step, Question):
        return {**_told(step.fields), **dict.fromkeys(("answer",) if step.answers else (), *step.answers)}
    fields = step.fields if isinstance(step.fields, dict) else _told(step.fields)
    return {**fields, "at": iso(fields["at"])} if step.type == "user" else fields


def _told(event: Any) -> dict[str, Any]:
    """The fields that an event has in a trace."""
    if isinstance(event, Reply):
        return {"characters": len(event.text)}
    if isinstance(event, Notice):
        return {"text": event.text, **({"detail": event.detail} if event.detail else {})}
    if isinstance(event, BlockShown):
        return {"block": event.block["type"], "id": event.block["id"]}
    if isinstance(event, Asked):
        return {"kind": event.kind, "message": event.message}
    if isinstance(event, TurnFailed):
        return {"error": event.error, "message": event.message}
    return {"status": event.status} if isinstance(event, TurnEnded) else {}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
