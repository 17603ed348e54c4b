"""What stands behind a session while a turn runs: its outlet, its state, its place in the store."""

from __future__ import annotations

import json
from typing import Any

from cpsl.ids import IdFactory
from cpsl.model.block import Block
from cpsl.model.jsonable import to_jsonable
from cpsl.model.message import Message
from cpsl.model.question import Question
from cpsl.model.redaction import redact
from cpsl.runtime import watch
from cpsl.runtime.data import DataState
from cpsl.runtime.ground import Ground
from cpsl.runtime.history import LENGTH, to_message
from cpsl.runtime.outlet import Outlet
from cpsl.wording import class_name


class Live:
    """The running turn's connection to the world, shared by nothing but its session."""

    __slots__ = ("_ids", "_store", "ground", "outlet", "state")

    def __init__(self, outlet: Outlet, state: DataState, ground: Ground, ids: IdFactory) -> None:
        self.outlet = outlet
        self.state = state
        self.ground = ground
        self._store = ground.store
        self._ids = ids

    def history(self) -> list[Message]:
        """What was said before this turn's message, then what this turn has said so far."""
        turn = self.outlet.turn
        earlier = self._store.conversations.history(turn.key.id, before=turn.number, limit=LENGTH)
        return [to_message(said, turn.key.channel) for said in (*earlier, *self.outlet.said)]

    async def ask(self, question: Question) -> Any:
        """What the person answers."""
        return await self.ground.asker.ask(question, self.outlet.key)

    def commit(self) -> None:
        """Store changed data now, and report the change. An abandoned turn changes nothing more."""
        change = None if self.outlet.dropped else self.state.change()
        if change:
            with watch.commit(self.outlet, change):
                self.state.committed(change, self._store.conversations.commit(self.outlet.turn, change))
            self.outlet.changed(change.set, change.unset)

    def show(self, block: Block) -> None:
        """Deliver a block as it is now; without an id it gets one from the runtime's factory.

        Raises ``TypeError`` for what is no block, and ``TypeError`` or ``ValueError`` for a payload that JSON cannot
        hold, whatever the channel.
        """
        if not hasattr(block, "payload"):
            raise TypeError(f"session.show() takes a cpsl.Block(type, payload), not {class_name(block)}")
        json.dumps(block.payload)
        block_id = block.id or f"blk_{self._ids.hex(6)}"
        self.outlet.block({"id": block_id, "type": block.type, "payload": to_jsonable(block.payload)})

    def collection_changed(self, name: str) -> None:
        """Tell widgets that a collection has changed; private ones (``_name``) have none (behaviour.md §13.4)."""
        if not name.startswith("_"):
            self.outlet.signal("widget_update", {"collection": name})

    def set_title(self, title: str) -> None:
        """Store the conversation's title and show it."""
        self._store.conversations.set_title(self.outlet.turn.stored, redact(title))
        self.show(Block("session_title", {"title": title}))
