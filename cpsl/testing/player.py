"""Playing a transcript: today's app answers what was said then (transcripts.md)."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence, Set
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from functools import partial
from itertools import pairwise
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from cpsl.clock import as_seconds
from cpsl.model.codec import has_record, record
from cpsl.model.events import Event, TurnStatus
from cpsl.model.question import AnswerTo
from cpsl.runtime.app import App
from cpsl.runtime.conversation import Conversation
from cpsl.runtime.ports import Channel
from cpsl.testing.chat import Chat
from cpsl.testing.interruption import Interruption
from cpsl.testing.late_changes import Late
from cpsl.testing.simulator import Simulator
from cpsl.transcript.answers import recorded_answers
from cpsl.transcript.comparison.captures import Captures, fill_captures
from cpsl.transcript.comparison.compare import SlowPatternError, compare
from cpsl.transcript.comparison.difference import Comparison
from cpsl.transcript.document import RecordedTurn, Transcript, TranscriptLine
from cpsl.transcript.files import answered_file, attachments_of
from cpsl.transcript.line_kinds import INPUTS
from cpsl.transcript.line_types import AnswerLine, SettingLine, read_as
from cpsl.transcript.opening import Cast, seed_of, set_up, stand_in, start_time
from cpsl.transcript.read import TranscriptError

_BETWEEN_TURNS = 1.0

Watch = Callable[[Conversation], AbstractContextManager[object]]


class PlayedTurn(NamedTuple):
    """A recorded turn, what was sent for it, what the app did, and how that compares.

    ``actual`` are wire records (transcripts.md) without the message and its answers.
    """

    turn: RecordedTurn
    sent: str
    actual: list[dict[str, Any]]
    comparison: Comparison
    error: BaseException | None

    @property
    def matches(self) -> bool:
        """Whether the app did what the file says."""
        return not self.comparison.differences


class Player:
    """Plays a transcript in a world of its own.

    ``async with Player(transcript, app) as player: async for turn in player.turns(): …``

    Clock, ids, ``random`` and what was said before come from the file; the store is thrown away unless a path
    is given. ``watch`` surrounds each turn: it may stop one that takes too long. Making one loads the app
    (raises ``AppLoadError``) and raises ``TranscriptError`` for a file that the transcript names and that is
    not there; entering boots it (raises ``BootError``).
    """

    def __init__(
        self,
        transcript: Transcript,
        app: App | str,
        *,
        store: str | PathLike[str] | None = None,
        sinks: Sequence[Channel] = (),
        watch: Watch = nullcontext,
    ) -> None:
        self._transcript = transcript
        self._folder = Path(os.path.abspath(transcript.path.parent))
        self._watch = watch
        self._cast = Cast(transcript)
        self._files = {turn.number: attachments_of(transcript, turn.user) for turn in transcript.turns}
        self._interruption = Interruption()
        self._captures: Captures = {}
        self._keys = {turn.number: self._cast.key(turn.user) for turn in transcript.turns}
        # The turns after which somebody may have left the conversation: no other one of it follows at once.
        self._leaving = {one for one, other in pairwise(self._keys) if self._keys[one].id != self._keys[other].id}
        self._leaving.add(transcript.turns[-1].number)
        following = {one.number: other.said.get("at") for one, other in pairwise(transcript.turns)}
        self._next_time = {number: as_seconds(at) for number, at in following.items() if at}
        self._sim = Simulator(
            app,
            store=store,
            clock=start_time(transcript),
            seed=seed_of(transcript),
            sinks=(self._interruption, *sinks),
        )

    async def __aenter__(self) -> Player:
        async with AsyncExitStack() as undone:
            undone.callback(self._sim.stored.close)
            set_up(self._sim.stored, self._transcript)
            await undone.enter_async_context(self._sim)
            await self._choose(self._transcript.start)
            undone.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sim.__aexit__(kind, error, trace)

    def pause(self) -> None:
        """Between two turns: let the process's own time and ``random`` run until :meth:`resume`."""
        self._sim.pause()

    def resume(self) -> None:
        """After :meth:`pause`: freeze them again for the next turn."""
        self._sim.resume()

    async def turns(self, until: int | None = None) -> AsyncIterator[PlayedTurn]:
        """Play turn after turn, up to the number ``until``. A handler that raises does not end it.

        Raises ``TranscriptError`` for a pattern that takes too long.
        """
        for turn in self._transcript.turns:
            if until is None or turn.number <= until:
                yield await self._play(turn)

    @property
    def now(self) -> float:
        """Where the virtual clock stands, in seconds since the epoch."""
        return as_seconds(self._sim.now)

    def copy_store(self, path: str | PathLike[str]) -> None:
        """Copy what the turns so far have stored into a new file. Raises ``StoreError``."""
        self._sim.stored.database.copy_to(os.fspath(path))

    async def _play(self, turn: RecordedTurn) -> PlayedTurn:
        await self._begin(turn)
        key = self._keys[turn.number]
        chat = self._sim.chat_at(key)
        for service, names in turn.said.get("connected", {}).items():
            self._sim.connect(key.user.id, service, {name: stand_in(name) for name in names})
        text = fill_captures(turn.said["text"], self._captures)
        self._interruption.arm(turn, partial(chat.stop, _status(turn)))
        late = Late.of(turn)
        before = self._sim.left_running
        with self._watch(chat.conversation):
            done = await chat.send(text, attachments=self._files[turn.number], answers=self._answers(turn))
        if late.expected:
            done.events.extend(await self._late(turn, chat, late, self._sim.left_running - before))
        await self._choose(turn.lines)
        actual = [record(event) for event in done.events if _is_compared(event)]
        try:
            comparison = compare(turn, actual, self._captures)
        except SlowPatternError as error:
            raise TranscriptError(f"{self._transcript.path}:{error.line}: {error}") from None
        self._captures = comparison.captures
        return PlayedTurn(turn, text, actual, comparison, done.error)

    async def _choose(self, lines: Iterable[TranscriptLine]) -> None:
        """What the person set after the turn, before they said anything else."""
        for line in lines:
            if line.type == "setting":
                setting = read_as(SettingLine, line.fields)
                await self._sim.choose(self._cast.key(line), setting["name"], setting["value"])

    async def _begin(self, turn: RecordedTurn) -> None:
        at = turn.said.get("at")
        if at:
            await self._sim.run_to(as_seconds(at))
        elif turn is not self._transcript.turns[0]:
            await self._sim.run_to(as_seconds(self._sim.now) + _BETWEEN_TURNS)

    def _answers(self, turn: RecordedTurn) -> list[AnswerTo]:
        """What was answered then. Secrets were not recorded; each field gets its own name for one."""
        return [AnswerTo(kind, self._answer(kind, line)) for kind, line in recorded_answers(turn)]

    def _answer(self, kind: str, line: TranscriptLine) -> Any:
        value = read_as(AnswerLine, line.fields)["value"]
        if kind == "file" and isinstance(value, str):
            return answered_file(self._transcript, self._folder, line, value)
        if kind == "integration" and isinstance(value, list):
            return {str(name): stand_in(str(name)) for name in value}
        return value

    async def _late(self, turn: RecordedTurn, chat: Chat, late: Late, running: Set[asyncio.Task[Any]]) -> list[Event]:
        """What came after the turn's end: from a coroutine that the handler left running, or from the exit hook."""
        until = min(late.until or 0.0, self._next_time.get(turn.number, math.inf))
        if self._sim.waiting and until > self.now:
            # They may wait for a time that had come when they spoke.
            await self._sim.run_to(until)
        found = await late.wait(turn.number, chat, running)
        if turn.number in self._leaving and not late.met_by(found):
            found += [event for event in await chat.leave() if event.turn == turn.number]
        return found


def _status(turn: RecordedTurn) -> TurnStatus:
    return turn.ends[-1]["status"] if turn.complete else "interrupted"


def _is_compared(event: Event) -> bool:
    return has_record(event) and event.type not in INPUTS
