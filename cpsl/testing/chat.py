"""A conversation in a test, and what one turn of it showed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import PathLike
from typing import Any, NamedTuple

from cpsl.channels.collector import Collector
from cpsl.model.attachment import Attachment, name_problem
from cpsl.model.events import BlockShown, Event, Notice, Reply, TurnStatus
from cpsl.model.message import Message
from cpsl.runtime.attachments import attach
from cpsl.runtime.conversation import Conversation
from cpsl.runtime.history import last_messages
from cpsl.store.store import Store


class Turn(NamedTuple):
    """What happened in one turn; ``error`` is the exception the handler raised, or None."""

    events: list[Event]
    status: str
    error: BaseException | None

    @property
    def replies(self) -> list[str]:
        """The text of each reply, in order."""
        return [event.text for event in self.events if isinstance(event, Reply)]

    @property
    def text(self) -> str:
        """The replies, joined by newlines."""
        return "\n".join(self.replies)

    @property
    def notices(self) -> list[str]:
        """The text of each notice, in order."""
        return [event.text for event in self.events if isinstance(event, Notice)]

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The envelopes of the blocks shown, in order."""
        return [event.block for event in self.events if isinstance(event, BlockShown)]


class Chat:
    """One person's conversation with the app under test; ``conversation`` is the runtime's."""

    def __init__(self, conversation: Conversation, store: Store, collector: Collector) -> None:
        self.conversation = conversation
        self._store = store
        self._collector = collector

    async def send(
        self, text: str, *, attachments: Sequence[str | PathLike[str] | Attachment] = (), answers: Sequence[Any] = ()
    ) -> Turn:
        """Send a message and return what happened, once the turn has ended.

        ``attachments`` are local files, as paths or ready made. ``answers`` reply to what the app asks, in order: True
        or False, a path, the fields of a form; a question with none left gets no answer.
        Raises ``OSError`` when a file does not exist, ``ValueError`` for the name of an attachment that is no file's.
        """
        self._collector.answers = list(answers)
        files = [_checked(item) if isinstance(item, Attachment) else attach(str(item)) for item in attachments]
        outcome = await self.conversation.send(text, files)
        return Turn(self._collector.take(outcome.turn), outcome.status, outcome.exception)

    def later(self, number: int) -> list[Event]:
        """What the turn of that number has done since it was returned."""
        return self._collector.take(number)

    def later_changes(self, number: int) -> list[Event]:
        """The same, after storing what a coroutine that the handler left running has changed in ``session.data``."""
        self.conversation.commit_late_changes()
        return self.later(number)

    async def leave(self) -> list[Event]:
        """Leave the conversation: the app's ``exit`` hook runs. Returns what it did, raises what it raised."""
        await self.conversation.close()
        return self._collector.rest()

    def stop(self, status: TurnStatus = "interrupted") -> None:
        """Stop the turn in progress, as Ctrl-C does, or with ``timeout`` as a time limit does."""
        self.conversation.stop(status)

    @property
    def session_id(self) -> str:
        """What the app sees as ``session.id``."""
        return self.conversation.key.id

    @property
    def data(self) -> dict[str, Any]:
        """``session.data`` as stored."""
        stored: dict[str, Any] = json.loads(self._store.conversations.data(self.session_id).text)
        return stored

    @property
    def history(self) -> list[Message]:
        """The last 50 messages, oldest first."""
        return last_messages(self._store.conversations, self.conversation.key)


def _checked(attachment: Attachment) -> Attachment:
    problem = name_problem(attachment.name)
    if problem:
        raise ValueError(f"Cannot attach it: {problem}.")
    return attachment
