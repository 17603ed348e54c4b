"""What people and apps say to each other (behaviour.md §4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from cpsl.clock import wall_time
from cpsl.model.attachment import Attachment

Sender = Literal["user", "app", "system", "block"]
ChannelType = Literal["chat", "api", "telegram", "slack", "whatsapp"]


@dataclass
class Message:
    """One message, by a person or by the app.

    ``text`` is always a str, possibly empty; ``timestamp`` is seconds since the epoch;
    ``attachments`` is None when there are none.
    """

    text: str
    sender: Sender
    channel_type: ChannelType
    timestamp: float = field(default_factory=wall_time)
    attachments: list[Attachment] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The wire form; ``attachments`` only when there are some."""
        record: dict[str, Any] = {
            "text": self.text,
            "sender": self.sender,
            "channel_type": self.channel_type,
            "timestamp": self.timestamp,
        }
        if self.attachments:
            record["attachments"] = [item.to_dict() for item in self.attachments]
        return record
