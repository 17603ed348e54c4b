"""What the store hands out and takes in: plain values, no SQL."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from cpsl.model.identity import SessionKey, UserInfo
from cpsl.store.database import ContentError


class SessionRecord(NamedTuple):
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


class TurnKey(NamedTuple):
    """A stored turn. A number is given once in a file, but an import brings its own: the session tells them apart."""

    id: int
    session_id: str


class OpenTurn(NamedTuple):
    """A turn that has begun: where its rows hang, and the state the handler starts from."""

    id: int
    number: int
    key: SessionKey
    state: StoredData

    @property
    def stored(self) -> TurnKey:
        """What names the turn in the store."""
        return TurnKey(self.id, self.key.id)


class OtherSession(Exception):
    """The person's session of that name is another one: that of ``key``."""

    def __init__(self, key: SessionKey) -> None:
        super().__init__(key.name)
        self.key = key


class StoredData(NamedTuple):
    """``session.data`` as stored: JSON text, and the revision that text has."""

    text: str = "{}"
    revision: int = 0

    def value(self) -> dict[str, Any]:
        """The data itself. Raises ``DamagedError`` when that is not what was once stored."""
        try:
            value = json.loads(self.text)
        except (ValueError, TypeError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise ContentError("session.data is no JSON object")
        return value


class DataChange(NamedTuple):
    """A change of ``session.data``: what it was based on, what it is now, and the difference by key.

    ``keys`` are the top-level keys as they are now, in order: a key that was removed and put back has moved.
    """

    base: StoredData
    text: str
    set: dict[str, Any]
    unset: tuple[str, ...]
    keys: tuple[str, ...]


class HistoryEntry(NamedTuple):
    """A history entry; ``at`` is seconds since the epoch, ``attachments`` JSON text or None (user only)."""

    sender: str
    text: str
    at: float
    attachments: str | None = None


class TurnEnd(NamedTuple):
    """How a turn ended, and when; ``error`` is ``Type: message`` or None."""

    status: str
    error: str | None
    at: float


class UnfinishedTurn(NamedTuple):
    """A turn whose process ended in the middle of it."""

    id: int
    number: int
    text: str
