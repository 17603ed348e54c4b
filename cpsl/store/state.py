"""Writing ``session.data``: merged by top-level key when somebody else wrote meanwhile (behaviour.md §10)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from cpsl.errors import TurnGoneError
from cpsl.model.jsonable import compact
from cpsl.store.journal import BeforeImage, remember
from cpsl.store.stored_values import DataChange, StoredData, TurnKey

KIND = "session.data"


def write_state(connection: sqlite3.Connection, turn: TurnKey, change: DataChange) -> StoredData:
    """Store the change inside the caller's transaction, with its before-image under the turn.

    Raises ``TurnGoneError`` if somebody has reset the store meanwhile; nothing may be written then.
    """
    session_id = turn.session_id
    row = connection.execute("SELECT data, revision FROM _capsule_sessions WHERE id = ?", (session_id,)).fetchone()
    if row is None:
        raise TurnGoneError
    current = StoredData(*row)
    before = current.value()
    alone = current.revision == change.base.revision
    text = change.text if alone else merge_change(before, change)
    order = change.keys if alone else tuple(key for key in before if key not in change.unset)
    stored = StoredData(text, current.revision + 1)
    connection.execute(
        "UPDATE _capsule_sessions SET data = ?, revision = ? WHERE id = ?",
        (stored.text, stored.revision, session_id),
    )
    remember(connection, turn, BeforeImage(KIND, session_id, before_image_content(before, change, order)))
    return stored


def merge_change(current: dict[str, Any], change: DataChange) -> str:
    """The change's keys laid over what another writer stored since it was read."""
    result = {**current, **change.set}
    for key in change.unset:
        result.pop(key, None)
    return compact(result)


def before_image_content(before: dict[str, Any], change: DataChange, order: Sequence[str]) -> dict[str, Any]:
    """What undoes the change: former values, keys that were not there, and the former order if it is lost.

    :param order: the keys as they are after the change.
    """
    touched = (*change.set, *change.unset)
    image: dict[str, Any] = {
        "set": {key: before[key] for key in touched if key in before},
        "unset": [key for key in touched if key not in before],
    }
    former = list(before)
    if [key for key in order if key in before] != former:
        image["order"] = former
    return image


def apply_before_image(current: dict[str, Any], image: dict[str, Any]) -> dict[str, Any]:
    """``current`` with a before-image applied."""
    result = {**current, **image["set"]}
    for key in image["unset"]:
        result.pop(key, None)
    order = image.get("order")
    if order is None:
        return result
    return {key: result[key] for key in (*(k for k in order if k in result), *(k for k in result if k not in order))}
