"""``session.history`` (behaviour.md §7): read from the store when an app first looks at it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from cpsl.model.attachment import Attachment
from cpsl.model.identity import SessionKey
from cpsl.model.message import ChannelType, Message, Sender
from cpsl.store.conversations import Conversations
from cpsl.store.stored_values import HistoryEntry

LENGTH = 50


def to_message(entry: HistoryEntry, channel: str) -> Message:
    """A stored entry as a message, with its original time."""
    sender, type_ = cast(Sender, entry.sender), cast(ChannelType, channel)
    return Message(entry.text, sender, type_, entry.at, _attachments(entry))


def last_messages(conversations: Conversations, key: SessionKey, *, before: int | None = None) -> list[Message]:
    """What an app sees of a stored conversation, oldest first; with ``before`` only what came before that turn."""
    return [to_message(entry, key.channel) for entry in conversations.history(key.id, before=before, limit=LENGTH)]


def _attachments(item: HistoryEntry) -> list[Attachment] | None:
    return [Attachment(**record) for record in json.loads(item.attachments)] if item.attachments else None


def chat_messages(messages: list[Message], cls: Callable[..., Any] | None = None) -> list[Any]:
    """Roles and contents for a model: neighbours of one role are joined without a separator.

    ``user`` stays ``user``, every other sender is the ``assistant``. With ``cls`` each item is
    ``cls(role=…, content=…)``.
    """
    merged: list[dict[str, str]] = []
    for message in messages:
        role = "user" if message.sender == "user" else "assistant"
        if merged and merged[-1]["role"] == role:
            merged[-1]["content"] += message.text
        else:
            merged.append({"role": role, "content": message.text})
    return [cls(**item) for item in merged] if cls else merged
