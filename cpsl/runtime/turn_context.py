"""What stands behind a session while a turn runs: its output, its state, its place in the store."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from cpsl.ids import IdFactory
from cpsl.model.block import Block
from cpsl.model.jsonable import to_jsonable
from cpsl.model.message import Message
from cpsl.model.question import Question
from cpsl.model.redaction import redact
from cpsl.runtime import tracing
from cpsl.runtime.environment import Environment
from cpsl.runtime.history import last_messages, to_message
from cpsl.runtime.session_data import DataState
from cpsl.runtime.turn_output import TurnOutput
from cpsl.wording import class_name


class TurnContext:
    """The running turn's connection to the world, shared by nothing but its session."""

    __slots__ = ("_ids", "_store", "environment", "output", "state")

    def __init__(self, output: TurnOutput, state: DataState, environment: Environment, ids: IdFactory) -> None:
        self.output = output
        self.state = state
        self.environment = environment
        self._store = environment.store
        self._ids = ids

    def history(self) -> list[Message]:
        """What was said before this turn's message, then what this turn has said so far."""
        turn = self.output.turn
        earlier = last_messages(self._store.conversations, turn.key, before=turn.number)
        return [*earlier, *(to_message(entry, turn.key.channel) for entry in self.output.said)]

    async def ask(self, question: Question, timeout: float) -> Any:
        """What the person answers, None without an answer within so many seconds; question and answer are reported."""
        self.output.asked(question.kind, question.message)
        try:
            answer = await asyncio.wait_for(self.environment.asker.ask(question, self.output.key), timeout)
        except asyncio.TimeoutError:
            answer = None
        if question.kind == "approval" and isinstance(answer, str):
            answer = question.approves(answer) is True
        self.output.answered(sorted(answer) if isinstance(answer, dict) else answer)
        return answer

    def commit(self) -> None:
        """Store changed data now, and report the change. An abandoned turn changes nothing more."""
        change = None if self.output.dropped else self.state.change()
        if change:
            with tracing.trace_commit(self.output, change):
                self.state.committed(change, self._store.conversations.commit(self.output.turn, change))
            self.output.changed(change.set, change.unset)

    def show(self, block: Block) -> None:
        """Deliver a block as it is now; without an id it gets one from the runtime's factory.

        Raises ``TypeError`` for what is no block, and ``TypeError`` or ``ValueError`` for a payload that JSON cannot
        hold, whatever the channel.
        """
        if not hasattr(block, "payload"):
            raise TypeError(f"session.show() takes a cpsl.Block(type, payload), not {class_name(block)}")
        json.dumps(block.payload)
        block_id = block.id or f"blk_{self._ids.hex(6)}"
        self.output.block({"id": block_id, "type": block.type, "payload": to_jsonable(block.payload)})

    def set_title(self, title: str) -> None:
        """Store the conversation's title and show it."""
        self._store.conversations.set_title(self.output.turn.stored, redact(title))
        self.show(Block("session_title", {"title": title}))
