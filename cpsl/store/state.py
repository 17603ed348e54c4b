"""Writing ``session.data``: merged by top-level key when somebody else wrote meanwhile (API.md §10)."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from cpsl.store.journal import BeforeImage, remember
from cpsl.store.records import DataChange, StoredData

KIND = "session.data"


def write(connection: sqlite3.Connection, session_id: str, turn_id: int, change: DataChange) -> StoredData:
    """Store the change inside the caller's transaction, with its before-image under the turn."""
    current = StoredData(
        *connection.execute("SELECT data, revision FROM _capsule_sessions WHERE id = ?", (session_id,)).fetchone()
    )
    before = json.loads(current.text)
    text = change.text if current.revision == change.base.revision else merged(before, change)
    stored = StoredData(text, current.revision + 1)
    connection.execute(
        "UPDATE _capsule_sessions SET data = ?, revision = ? WHERE id = ?",
        (stored.text, stored.revision, session_id),
    )
    remember(connection, turn_id, BeforeImage(KIND, session_id, reverse(before, change)))
    return stored


def merged(current: dict[str, Any], change: DataChange) -> str:
    """The change's keys laid over what another writer stored since it was read."""
    result = {**current, **change.set}
    for key in change.unset:
        result.pop(key, None)
    return json.dumps(result, ensure_ascii=False, separators=(",", ":"))


def reverse(before: dict[str, Any], change: DataChange) -> dict[str, Any]:
    """What undoes the change: former values, keys that were not there, and the order if one was removed."""
    touched = (*change.set, *change.unset)
    image: dict[str, Any] = {
        "set": {key: before[key] for key in touched if key in before},
        "unset": [key for key in touched if key not in before],
    }
    if change.unset:
        image["order"] = list(before)
    return image


def restored(current: dict[str, Any], image: dict[str, Any]) -> dict[str, Any]:
    """``current`` with a before-image applied."""
    result = {**current, **image["set"]}
    for key in image["unset"]:
        result.pop(key, None)
    order = image.get("order")
    if order is None:
        return result
    return {key: result[key] for key in (*(k for k in order if k in result), *(k for k in result if k not in order))}
