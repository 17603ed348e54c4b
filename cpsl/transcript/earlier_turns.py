"""What a conversation held before a recording began: the records of turn 0 (docs/transcripts.md)."""

from __future__ import annotations

from typing import Any

from cpsl.clock import iso
from cpsl.model.identity import SessionKey
from cpsl.runtime.history import LENGTH
from cpsl.store.store import Store


def records_before(store: Store, key: SessionKey) -> list[dict[str, Any]]:
    """What an app could see of it in the turn that is running now: its last messages and ``session.data``."""
    said = store.conversations.history(key.id, before=store.conversations.turns(key.id), limit=LENGTH, whole_turns=True)
    if not said:
        return []
    records: list[dict[str, Any]] = [
        {"type": "user" if item.sender == "user" else "reply", "turn": 0, "at": iso(item.at), "text": item.text}
        for item in said
    ]
    data = store.conversations.data(key.id).value()
    return [*records, {"type": "data", "turn": 0, "at": iso(said[-1].at), "set": data, "unset": []}]
