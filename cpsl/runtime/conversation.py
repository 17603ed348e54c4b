"""One conversation: strictly one turn at a time (API.md §3)."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from cpsl.model.attachment import Attachment
from cpsl.model.events import TurnEnded, TurnFailed, TurnStatus, UserMessage
from cpsl.model.identity import SessionKey
from cpsl.model.message import ChannelType, Message
from cpsl.runtime import watch
from cpsl.runtime.attachments import wire_record
from cpsl.runtime.data import DataState
from cpsl.runtime.door import Door
from cpsl.runtime.ground import Ground
from cpsl.runtime.live import Live
from cpsl.runtime.outlet import Outlet
from cpsl.runtime.ports import World
from cpsl.runtime.session import Session
from cpsl.runtime.turn import Outcome, Turn
from cpsl.store.records import OpenTurn, Said, StoredData, TurnEnd

Work = Callable[[Session], Awaitable[None]]

ERROR_PREFIX = "Runner error: "


class Conversation:
    """A person's conversation with the app, new or resumed."""

    def __init__(self, key: SessionKey, ground: Ground, door: Door, world: World, *, fresh: bool) -> None:
        self.key = key
        self._ground = ground
        self._registry = ground.registry
        self._door = door
        self._ids = world.ids
        self._store = world.store
        self._fresh = fresh
        self._lock = asyncio.Lock()
        self._running: Turn | None = None
        self._last: Live | None = None
        # Turns whose session some code may still hold: what it changes in their data must not be lost.
        self._late: list[tuple[weakref.ref[Session], Live]] = []

    @property
    def running(self) -> bool:
        """Whether a turn is in progress."""
        return self._running is not None

    async def send(self, text: str, attachments: Sequence[Attachment] = ()) -> Outcome:
        """Handle one message and return how the turn ended, everything stored and delivered."""
        async with self._lock:
            self.commit_late_changes()
            live, opened = self._begin(text, list(attachments))
            message = Message(
                text, "user", cast(ChannelType, self.key.channel), self._door.now(), list(attachments) or None
            )
            return await self._run(live, opened, lambda session: self._handle(live.outlet, session, message))

    def stop(self, status: TurnStatus = "interrupted") -> None:
        """Ask the running turn to end."""
        if self._running:
            self._running.stop(status)

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
        return turn is not None and turn.live.outlet.halting

    def relent(self) -> None:
        """From any thread: take back :meth:`halt`."""
        turn = self._running
        if turn:
            turn.live.outlet.halt(None)

    def silence(self) -> None:
        """From any thread: nothing the running turn says is delivered or stored any more."""
        turn = self._running
        if turn:
            turn.silence()

    async def close(self) -> None:
        """The person leaves: store late changes and call the app's ``exit`` hook, raising what it raises.

        Without a turn since the last leave there is nothing to leave.
        """
        self.commit_late_changes()
        hook, live = self._registry.hooks.get("exit"), self._last
        self._last = None
        if live is None or hook is None:
            return
        last = live.outlet
        # Its history takes in the last turn, and is read before the hook can add to that turn.
        outlet = Outlet(self._door, self._store, last.turn._replace(number=last.turn.number + 1), last.number)
        outlet.finish()
        live = self._live(outlet, self._store.conversations.data(self.key.id))
        turn = Turn(live, hook)
        turn.session.history = live.history()
        outcome = await turn.run()
        live.commit()
        if outcome.exception:
            raise outcome.exception

    def commit_late_changes(self) -> None:
        """Store what a coroutine of an earlier turn changed in ``session.data`` after that turn had ended."""
        late = self._late
        self._late = [(session, live) for session, live in late if session() is not None]
        for _, live in late:
            live.commit()

    def _begin(self, text: str, attachments: list[Attachment]) -> tuple[Live, OpenTurn]:
        # Nothing begins with a file that cannot be read.
        wire = tuple(wire_record(item) for item in attachments)
        self._door.begin_turn()
        at = self._door.now()
        files = json.dumps([item.to_dict() for item in attachments]) if attachments else None
        opened = self._store.conversations.begin(self.key, Said("user", text, at, files), fresh=self._fresh)
        self.key, self._fresh = opened.key, False
        number = self._door.next_turn()
        self._door.send(UserMessage(number, at, text, wire), self.key)
        return self._live(Outlet(self._door, self._store, opened, number), opened.state), opened

    def _live(self, outlet: Outlet, stored: StoredData) -> Live:
        return Live(outlet, DataState(stored), self._ground, self._ids)

    async def _run(self, live: Live, opened: OpenTurn, work: Work) -> Outcome:
        turn = self._running = Turn(live, work)
        outcome = Outcome("interrupted")
        try:
            outcome = await turn.run()
        finally:
            self._running = None
            self._last = live
            self._late.append((weakref.ref(turn.session), live))
            self._finish(live, opened, outcome)
        return outcome

    async def _handle(self, outlet: Outlet, session: Session, message: Message) -> None:
        enter = self._registry.hooks.get("enter")
        if enter and outlet.turn.number == 1:
            await watch.call(outlet, "enter", enter, session)
        handler = self._registry.message_for(session.data)
        if handler and outlet.watched:  # asked here as well, since each turn comes this way
            await watch.call(outlet, "message", handler, session, message)
        elif handler:
            await handler(session, message)

    def _finish(self, live: Live, opened: OpenTurn, outcome: Outcome) -> None:
        outlet, raised, at = live.outlet, outcome.exception, self._door.now()
        outlet.end_deserted()
        said = list(outlet.said)
        if raised and not outlet.streamed:
            said.append(Said("app", ERROR_PREFIX + message_of(raised), at))
        change = live.state.change()
        error = f"{type(raised).__name__}: {message_of(raised)}" if raised else None
        with watch.commit(outlet, change):
            stored = self._store.conversations.finish(opened, said, change, TurnEnd(outcome.status, error, at))
        outlet.finish()
        if change:
            live.state.committed(change, stored)
            outlet.changed(change.set, change.unset)
        self._report(outlet, outcome)
        self._door.send(TurnEnded(outlet.number, self._door.now(), outcome.status), self.key)

    def _report(self, outlet: Outlet, outcome: Outcome) -> None:
        raised = outcome.exception
        if raised:
            words = message_of(raised)
            failed = TurnFailed(outlet.number, self._door.now(), type(raised).__name__, words, raised)
            self._door.send(failed, self.key)


def message_of(error: BaseException) -> str:
    """The exception's text, also when its own ``__str__`` raises."""
    try:
        return str(error)
    except Exception:
        return f"<{type(error).__name__} without a readable message>"
