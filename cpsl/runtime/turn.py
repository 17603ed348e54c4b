"""One turn: the handler runs in a task of its own, and every way it can end becomes an outcome (behaviour.md §3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from cpsl.errors import TurnStopped
from cpsl.model.events import TurnStatus
from cpsl.runtime.background import Background
from cpsl.runtime.current import active
from cpsl.runtime.session import Session, active_session
from cpsl.runtime.turn_output import TurnOutput


class Outcome(NamedTuple):
    """How a turn ended; ``exception`` is what the handler raised when the status is ``error``.

    ``turn`` is the number its events carry.
    """

    status: TurnStatus
    exception: BaseException | None = None
    turn: int = 0


class RunningTurn:
    """Runs one piece of user code with a session as the active identity.

    :param output: where the session speaks.
    :param background: has the tasks that the code leaves running.
    :param work: an async function of the session.
    """

    def __init__(
        self,
        session: Session,
        output: TurnOutput,
        background: Background,
        work: Callable[[Session], Awaitable[None]],
    ) -> None:
        self.session = session
        self.output = output
        self._background = background
        self._work = work
        self._raised: BaseException | None = None
        self._stop: TurnStatus | None = None
        # A task cancelled before its first step never runs at all.
        self._started = False
        self._task: asyncio.Task[None] | None = None
        self._over: asyncio.Future[None] | None = None

    async def run(self) -> Outcome:
        """Run to the end, to a stop, or until abandoned. Cancelling this call stops the turn."""
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()
        self._background.watch(loop)
        self._task = loop.create_task(self._guarded())
        try:
            await self._over
        except asyncio.CancelledError:
            self.stop("interrupted")
            raise
        finally:
            # An abandoned handler, or one that takes its time over its cancellation, runs beside the next turns.
            if not self._task.done():
                self._background.add(self._task)
        return self._outcome()

    def stop(self, status: TurnStatus) -> None:
        """Ask the handler to end: it sees a cancellation, and what it has streamed is kept and marked."""
        if self._task and not self._task.done():
            self._stop = self._stop or status
            self.output.stopping = True
            self.output.halt(None)
            self._task.cancel()
            if not self._started:
                self._release()

    def halt(self, status: TurnStatus) -> None:
        """From any thread: end a handler that does not give its thread back, when next it says something."""
        if self._task and not self._task.done():
            self._stop = self._stop or status
            self.output.stopping = True
            self.output.halt(self._task)

    def silence(self) -> None:
        """From any thread: nothing that the handler says is delivered or stored, and it is halted if it goes on."""
        self.output.drop()
        self.output.halt(self._task)

    def abandon(self) -> None:
        """Leave a handler that does not end to itself: nothing it says is delivered any more."""
        self.output.drop()
        self._release()

    def _release(self) -> None:
        if self._over and not self._over.done():
            self._over.set_result(None)

    async def _guarded(self) -> None:
        """The handler with the identity set. Nothing leaves: ``SystemExit`` is an error of this turn too."""
        self._started = True
        active.set(self.session.identity)
        active_session.set(self.session)
        self._background.own_task()
        try:
            await self._work(self.session)
        except BaseException as error:
            self._raised = error
        finally:
            self._release()

    def _outcome(self) -> Outcome:
        # Its traceback holds this very object: a cycle would keep the session alive.
        raised, self._raised = self._raised, None
        number = self.output.number
        if self._stop and (raised is None or isinstance(raised, (asyncio.CancelledError, TurnStopped))):
            return Outcome(self._stop, None, number)
        return Outcome("error" if raised else "ok", raised, number)
