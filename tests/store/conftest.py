from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cpsl.model.identity import SessionKey, UserInfo
from cpsl.store.conversations import Conversations
from cpsl.store.store import Store
from cpsl.store.stored_values import HistoryEntry, OpenTurn, TurnEnd

AT = 1769850300.25


def key(session_id: str = "s1", name: str = "main", user: str = "local") -> SessionKey:
    """A conversation's key."""
    return SessionKey(session_id, name, UserInfo(user))


def turn(talks: Conversations, place: SessionKey, *said: str, at: float = AT) -> OpenTurn:
    """A whole turn: the user says "q", the app says the rest."""
    opened = talks.begin(place, HistoryEntry("user", "q", at))
    talks.finish(opened, [HistoryEntry("app", text, at) for text in said], None, TurnEnd("ok", None, at))
    return opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


@pytest.fixture
def talks(store: Store) -> Conversations:
    return store.conversations
