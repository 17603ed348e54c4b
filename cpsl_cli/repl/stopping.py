"""Ending a turn that goes on: its handler is asked, then left to itself, at last left behind with its thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from cpsl.errors import TurnStopped
from cpsl.model.events import TurnStatus
from cpsl.runtime.conversation import Conversation
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.chat.guard import in_handler
from cpsl_cli.repl.engine import Engine

FORCE_SECONDS = 1.0
"""What a handler has to end by itself."""

ANSWER_SECONDS = 0.3
"""What the runtime's thread has to answer, if no handler blocks it."""


_INSIST_SECONDS = 0.1
"""After which a runtime's thread that has not answered is interrupted in the handler's own code."""


class Stopping:
    """Stops the context's turn, step by step as it is asked again.

    :param engine: the one that runs the turn.
    :param warn: shows a remark.
    :param leave_behind: goes on without the thread that this conversation blocks.
    :param hurry: shows at once what has been said.
    """

    def __init__(
        self,
        context: ChatContext,
        engine: Callable[[], Engine],
        warn: Callable[[str], object],
        leave_behind: Callable[[Conversation], object],
        hurry: Callable[[], object],
    ) -> None:
        self._context = context
        self._engine = engine
        self._warn = warn
        self._leave_behind = leave_behind
        self._hurry = hurry
        self._since: float | None = None
        self._answered = False

    def turn_begins(self) -> None:
        """Nobody has asked this one to end."""
        self._since = None

    def time_out(self) -> None:
        """The turn has taken as long as it may; one that is being stopped already is not timed out."""
        talk = self._context.talk
        if (talk.running or talk.waiting) and self._since is None:
            self.stop("timeout")

    def stop(self, status: TurnStatus = "interrupted") -> None:
        """The first time ask the handler to end, later leave it to itself."""
        now, loop = time.monotonic(), asyncio.get_running_loop()
        if self._since is None:
            self._since = now
            self.begin(status)
            loop.call_later(FORCE_SECONDS, self._still_running)
        elif now - self._since >= FORCE_SECONDS:
            self.abandon()
            loop.call_later(ANSWER_SECONDS, self._blocks, self._context.talk)

    def begin(self, status: TurnStatus = "interrupted") -> None:
        """Ask the handler to end; one that does not give its thread back is interrupted there."""
        talk, engine = self._context.talk, self._engine()
        self._answered = False
        self._hurry()
        engine.call(self._answer, talk, status)
        asyncio.get_running_loop().call_later(_INSIST_SECONDS, self._insist, talk, engine, status)

    def abandon(self) -> None:
        """Leave the handler to itself."""
        self._hurry()
        self._engine().call(self._context.talk.abandon)

    def _answer(self, talk: Conversation, status: TurnStatus) -> None:
        """On the runtime's thread."""
        self._answered = True
        talk.stop(status)

    def _insist(self, talk: Conversation, engine: Engine, status: TurnStatus, *, again: bool = False) -> None:
        # The thread cannot go on between the next lines: this one has just given way to it.
        time.sleep(0)
        if self._answered or not talk.running or (again and not talk.halting):
            return
        talk.halt(status)
        if engine.interrupt(TurnStopped, in_handler):
            # Once is enough: what the handler does about it is not to be interrupted.
            talk.relent()
            return
        self._hurry()
        insist = partial(self._insist, talk, engine, status, again=True)
        asyncio.get_running_loop().call_later(_INSIST_SECONDS / 10, insist)

    def _still_running(self) -> None:
        if self._since is not None and self._context.talk.running:
            self._warn("the handler does not stop; Ctrl-C again leaves it behind")

    def _blocks(self, talk: Conversation) -> None:
        """The handler blocks its thread, so nothing there can be asked to end."""
        if talk.running and talk is self._context.talk:
            self._leave_behind(talk)
