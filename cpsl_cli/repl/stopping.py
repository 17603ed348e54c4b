"""Ending a turn that goes on: its handler is asked, then left to itself, at last left behind with its thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from cpsl.model.events import TurnStatus
from cpsl.runtime.conversation import Conversation
from cpsl_cli.chat.seat import Seat
from cpsl_cli.repl.engine import Engine

FORCE_SECONDS = 1.0
"""What a handler has to end by itself."""

ANSWER_SECONDS = 0.3
"""What the runtime's thread has to answer, if no handler blocks it."""


class Stopping:
    """Stops the seat's turn, step by step as it is asked again.

    :param engine: the one that runs the turn.
    :param warn: shows a remark.
    :param leave_behind: goes on without the thread that this conversation blocks.
    """

    def __init__(
        self,
        seat: Seat,
        engine: Callable[[], Engine],
        warn: Callable[[str], object],
        leave_behind: Callable[[Conversation], object],
    ) -> None:
        self._seat = seat
        self._engine = engine
        self._warn = warn
        self._leave_behind = leave_behind
        self._since: float | None = None

    def turn_begins(self) -> None:
        """Nobody has asked this one to end."""
        self._since = None

    def time_out(self) -> None:
        """The turn has taken as long as it may; one that is being stopped already is not timed out."""
        talk = self._seat.talk
        if (talk.running or talk.waiting) and self._since is None:
            self.stop("timeout")

    def stop(self, status: TurnStatus = "interrupted") -> None:
        """The first time ask the handler to end, later leave it to itself."""
        now, loop = time.monotonic(), asyncio.get_running_loop()
        if self._since is None:
            self._since = now
            self._engine().call(self._seat.talk.stop, status)
            loop.call_later(FORCE_SECONDS, self._still_running)
        elif now - self._since >= FORCE_SECONDS:
            self._engine().call(self._seat.talk.abandon)
            loop.call_later(ANSWER_SECONDS, self._blocks, self._seat.talk)

    def _still_running(self) -> None:
        if self._since is not None and self._seat.talk.running:
            self._warn("the handler does not stop; Ctrl-C again leaves it behind")

    def _blocks(self, talk: Conversation) -> None:
        """The handler blocks its thread, so nothing there can be asked to end."""
        if talk.running and talk is self._seat.talk:
            self._leave_behind(talk)
