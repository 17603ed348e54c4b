"""One conversation: strictly one turn at a time (behaviour.md §3)."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import weakref
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from cpsl.errors import SessionBusyError, StoreError, TurnGoneError
from cpsl.model.attachment import Attachment
from cpsl.model.events import TurnEnded, TurnFailed, TurnStatus, UserMessage
from cpsl.model.identity import SessionKey
from cpsl.model.message import ChannelType, Message
from cpsl.model.redaction import redact
from cpsl.runtime import tracing
from cpsl.runtime.attachments import wire_record
from cpsl.runtime.door import Door
from cpsl.runtime.environment import Environment, quiet
from cpsl.runtime.handler import Handler
from cpsl.runtime.history import last_messages
from cpsl.runtime.ports import World
from cpsl.runtime.registry import Registry
from cpsl.runtime.session import Session
from cpsl.runtime.session_data import DataState
from cpsl.runtime.turn import Outcome, RunningTurn
from cpsl.runtime.turn_context import TurnContext
from cpsl.runtime.turn_output import TurnOutput
from cpsl.store.stored_values import HistoryEntry, OpenTurn, OtherSession, StoredData, TurnEnd
from cpsl.wording import class_name, text_of

Work = Callable[[Session], Awaitable[None]]

ERROR_PREFIX = "Runner error: "

log = logging.getLogger("cpsl")


class Conversation:
    """A person's conversation with the app, new or resumed."""

    def __init__(
        self, key: SessionKey, environment: Environment, registry: Registry, door: Door, world: World, *, fresh: bool
    ) -> None:
        self.key = key
        self._environment = environment
        self._registry = registry
        self._door = door
        self._ids = world.ids
        self._store = world.store
        self._fresh = fresh
        self._lock = asyncio.Lock()
        self._turn_of: str | None = None
        self._wait: asyncio.Task[None] | None = None
        self._given_up: TurnStatus | None = None
        self._running: RunningTurn | None = None
        self._last: TurnContext | None = None
        self.leaving_waits = False
        """Whether the ``exit`` hook waits, or has waited to the end, for another chat's turn."""
        # Turns whose session some code may still hold: what it changes in their data must not be lost.
        self._late: list[tuple[weakref.ref[Session], TurnContext]] = []

    @property
    def running(self) -> bool:
        """Whether a turn is in progress."""
        return self._running is not None

    @property
    def waiting(self) -> bool:
        """Whether another chat has this session's turn, and a message or the ``exit`` hook waits for its end."""
        return self._wait is not None

    async def send(self, text: str, attachments: Sequence[Attachment] = ()) -> Outcome:
        """Handle one message and return how the turn ended, everything stored and delivered.

        First waits for the end of a turn that another chat has in this session, in whatever process. Raises
        ``SessionBusyError`` when that wait is stopped, ``StoreError`` when the message cannot be stored: nothing is
        sent then.
        """
        files = list(attachments)
        # Nothing begins with a file that cannot be read.
        wire = tuple(wire_record(item) for item in files)
        async with self._lock:
            try:
                await quiet(self._store)
                opened, entry = await self._begin(text, files)
                turn_context = self._opened(opened, entry, wire)
                message = Message(text, "user", cast(ChannelType, self.key.channel), self._door.now(), files or None)
                return await self._run(
                    turn_context, opened, lambda session: self._handle(turn_context.output, session, message)
                )
            finally:
                self._release()

    def stop(self, status: TurnStatus = "interrupted") -> None:
        """Ask the running turn to end, or give up the wait for another chat's."""
        if self._running:
            self._running.stop(status)
        elif self._wait:
            self._given_up = status
            self._wait.cancel()

    def abandon(self) -> None:
        """Give up on a running turn that ignores being stopped."""
        if self._running:
            self._running.abandon()

    def halt(self, status: TurnStatus = "interrupted") -> None:
        """From any thread: end the running turn when its handler, which does not give its thread back, says more."""
        turn = self._running
        if turn:
            turn.halt(status)

    @property
    def halting(self) -> bool:
        """Whether the handler has yet to say something after :meth:`halt`."""
        turn = self._running
        return turn is not None and turn.output.halting

    def relent(self) -> None:
        """From any thread: take back :meth:`halt`."""
        turn = self._running
        if turn:
            turn.output.halt(None)

    def silence(self) -> None:
        """From any thread: nothing the running turn says is delivered or stored any more; others may have the next."""
        turn = self._running
        if turn:
            turn.silence()
            self._release()

    async def close(self) -> None:
        """The person leaves: store late changes and call the app's ``exit`` hook, raising what it raises.

        Without a turn since the last leave there is nothing to leave.
        """
        hook, turn_context = self._registry.hooks.get("exit"), self._last
        self._last = None
        if turn_context is None or hook is None:
            self.commit_late_changes()
            return
        self.leaving_waits = True
        await self._take_turn()
        self.leaving_waits = False
        try:
            self.commit_late_changes()
            await self._leave(turn_context.output, hook)
        finally:
            self._release()

    @property
    def others_turn(self) -> str:
        """Whose turn a wait is for, in words: the session's name, and the process where the store knows it."""
        process = self._store.conversations.running_process(self.key.id)
        other = "another chat" if process in (None, os.getpid()) else f"another chat (process {process})"
        return f"{other} has a turn in session {self.key.name}"

    async def _leave(self, last: TurnOutput, hook: Handler) -> None:
        # There is no turn: what it says is late words of the last one, as those of a coroutine left running.
        output = TurnOutput(self._door, self._store, last.turn, last.number)
        output.finish()
        turn_context = self._turn_context(output, self._store.conversations.data(self.key.id))
        session = Session.of_turn(turn_context, self._registry)
        # It takes in the last turn, and is read before the hook can add to that turn.
        session.history = last_messages(self._store.conversations, last.key, before=last.turn.number + 1)
        outcome = await RunningTurn(session, output, self._environment.background, hook).run()
        turn_context.commit()
        if outcome.exception:
            raise outcome.exception

    def commit_late_changes(self) -> None:
        """Store what a coroutine of an earlier turn changed in ``session.data`` after that turn had ended.

        What can no longer be stored is warned of: it must not keep the next turn from its beginning.
        """
        late = self._late
        self._late = [(session, turn_context) for session, turn_context in late if session() is not None]
        for _, turn_context in late:
            try:
                turn_context.commit()
            except StoreError as error:
                self._forget(turn_context, error)
                log.warning("what a coroutine changed in session.data after its turn is lost: %s", error)

    def _forget(self, turn_context: TurnContext, error: StoreError) -> None:
        """Try no more to store changes of a turn that is gone: it does not come back, and was told of once."""
        if isinstance(error, TurnGoneError):
            self._late = [late for late in self._late if late[1] is not turn_context]

    async def _begin(self, text: str, attachments: list[Attachment]) -> tuple[OpenTurn, HistoryEntry]:
        files = json.dumps([item.to_dict() for item in attachments]) if attachments else None
        while True:
            await self._take_turn()
            self.commit_late_changes()
            self._door.begin_turn()
            entry = HistoryEntry("user", redact(text), self._door.now(), files)
            try:
                return self._store.conversations.begin(self.key, entry, fresh=self._fresh), entry
            except OtherSession as other:
                self._release()
                self.key = other.key

    def _opened(self, opened: OpenTurn, entry: HistoryEntry, wire: tuple[dict[str, Any], ...]) -> TurnContext:
        self.key, self._fresh = opened.key, False
        number = self._door.next_turn()
        self._door.send(UserMessage(number, entry.at, entry.text, wire), self.key)
        return self._turn_context(TurnOutput(self._door, self._store, opened, number), opened.state)

    async def _take_turn(self) -> None:
        """Have the session's turn, in all processes. Raises ``SessionBusyError`` when the wait for it is stopped."""
        session_id, locks = self.key.id, self._store.locks
        if not locks.take(session_id):
            self._given_up = None
            self._wait = asyncio.ensure_future(locks.wait(session_id))
            try:
                await self._wait
            except asyncio.CancelledError:
                if self._given_up is None:
                    raise
                raise SessionBusyError(_busy(self.key.name), timed_out=self._given_up == "timeout") from None
            finally:
                self._wait = None
        self._turn_of = session_id

    def _release(self) -> None:
        session_id, self._turn_of = self._turn_of, None
        if session_id is not None:
            self._store.locks.release(session_id)

    def _turn_context(self, output: TurnOutput, stored: StoredData) -> TurnContext:
        return TurnContext(output, DataState(stored), self._environment, self._ids)

    async def _run(self, turn_context: TurnContext, opened: OpenTurn, work: Work) -> Outcome:
        session = Session.of_turn(turn_context, self._registry)
        turn = self._running = RunningTurn(session, turn_context.output, self._environment.background, work)
        outcome = Outcome("interrupted", turn=turn_context.output.number)
        try:
            outcome = await turn.run()
            await quiet(self._store)
        finally:
            self._running = None
            self._last = turn_context
            self._late.append((weakref.ref(session), turn_context))
            outcome = self._finish(turn_context, opened, outcome)
        return outcome

    async def _handle(self, output: TurnOutput, session: Session, message: Message) -> None:
        enter = self._registry.hooks.get("enter")
        if enter and output.turn.number == 1:
            returned = await tracing.trace_call(output, "enter", enter, session)
            if returned is not None and not output.heard:
                enter.note_unheard(returned)
        handler = self._registry.message_for(session.data)
        if handler is None:
            return
        # Asked here as well, since each turn comes this way.
        call = (
            tracing.trace_call(output, "message", handler, session, message)
            if output.watched
            else handler(session, message)
        )
        returned = await call
        if returned is not None and not output.heard:
            handler.note_unheard(returned)

    def _finish(self, turn_context: TurnContext, opened: OpenTurn, outcome: Outcome) -> Outcome:
        output, raised, at = turn_context.output, outcome.exception, self._door.now()
        output.end_deserted()
        entries = list(output.said)
        if raised and not output.streamed:
            entries.append(HistoryEntry("app", ERROR_PREFIX + redact(message_of(raised)), at))
        # A turn that was left behind has given its session to others.
        change = turn_context.state.change() if self._turn_of else None
        error = f"{class_name(raised)}: {redact(message_of(raised))}" if raised else None
        stored = opened.state
        try:
            with tracing.trace_commit(output, change):
                stored = self._store.conversations.finish(opened, entries, change, TurnEnd(outcome.status, error, at))
        except StoreError as lost:
            self._forget(turn_context, lost)
            change, outcome = None, outcome._replace(status="error", exception=raised or lost)
        output.finish()
        if change:
            turn_context.state.committed(change, stored)
            output.changed(change.set, change.unset)
        self._report(output, outcome)
        self._door.send(TurnEnded(output.number, self._door.now(), outcome.status), self.key)
        return outcome

    def _report(self, output: TurnOutput, outcome: Outcome) -> None:
        raised = outcome.exception
        if raised:
            words = message_of(raised)
            failed = TurnFailed(output.number, self._door.now(), class_name(raised), words, raised)
            self._door.send(failed, self.key)


def _busy(name: str) -> str:
    return f"another chat has a turn in session {name}; the wait for its end was given up, and nothing was sent."


def message_of(error: BaseException) -> str:
    """The exception's text, also when its own ``__str__`` raises."""
    text = text_of(error)
    return f"<{class_name(error)} without a readable message>" if text is None else text
