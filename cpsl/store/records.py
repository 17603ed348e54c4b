"""What the store hands out and takes in: plain values, no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpsl.model.identity import SessionKey, UserInfo


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A stored conversation as lists show it; times are ISO 8601 text."""

    id: str
    name: str
    user: UserInfo
    channel: str
    title: str | None
    created_at: str
    last_at: str
    turns: int = 0

    @property
    def key(self) -> SessionKey:
        """The conversation's key."""
        return SessionKey(self.id, self.name, self.user, self.channel)


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn that has begun: where its rows hang, and the state the handler starts from."""

    id: int
    number: int
    message_id: int
    key: SessionKey
    state: StoredData
    entered: bool


@dataclass(frozen=True, slots=True)
class StoredData:
    """``session.data`` as stored: JSON text, and the revision that text has."""

    text: str = "{}"
    revision: int = 0


@dataclass(frozen=True, slots=True)
class DataChange:
    """A change of ``session.data``: what it was based on, what it is now, and the difference by key."""

    base: StoredData
    text: str
    set: dict[str, Any]
    unset: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A history entry; ``at`` is seconds since the epoch, ``attachments`` JSON text or None."""

    sender: str
    text: str
    at: float
    attachments: str | None = None


@dataclass(frozen=True, slots=True)
class UnfinishedTurn:
    """A turn whose process ended in the middle of it."""

    id: int
    number: int
    text: str
