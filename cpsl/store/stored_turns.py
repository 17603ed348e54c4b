"""A stored conversation told again: its turns, and what each changed in ``session.data``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from cpsl.clock import parse_iso
from cpsl.store import state
from cpsl.store.database import Database, stored_text
from cpsl.store.stored_values import HistoryEntry, StoredData


class StoredTurn(NamedTuple):
    """A turn as it is stored; ``said`` is the person's message, ``replies`` what the turn itself said.

    What a coroutine or the ``exit`` hook said after the turn's end is left out.
    ``error`` is ``Type: message`` or None, ``ended_at`` seconds since the epoch, None for a turn that never ended.
    """

    id: int
    said: HistoryEntry
    replies: tuple[HistoryEntry, ...]
    status: str
    error: str | None
    ended_at: float | None


class DataStep(NamedTuple):
    """What one commit changed, by top-level key: the values it set, and the keys it removed."""

    set: dict[str, Any]
    unset: tuple[str, ...]


def stored_turns(database: Database, session_id: str) -> list[StoredTurn]:
    """The turns of a conversation, oldest first."""
    with database.intact():
        return list(_stored_turns(database, session_id))


def _stored_turns(database: Database, session_id: str) -> Iterator[StoredTurn]:
    rows = database.rows(
        "SELECT id, said, attachments, replies, status, error, started_at, ended_at FROM _capsule_turns "
        "WHERE session_id = ? ORDER BY number",
        (session_id,),
    )
    for turn_id, said, attachments, replies, status, error, started, ended in rows:
        json.loads(attachments or "[]")
        yield StoredTurn(
            turn_id,
            HistoryEntry("user", stored_text(said), parse_iso(started), attachments),
            tuple(
                HistoryEntry(item["sender"], stored_text(item["text"]), parse_iso(item["at"]))
                for item in json.loads(replies)
                if not item.get("late")
            ),
            status,
            error,
            parse_iso(ended) if ended else None,
        )


def data_steps(database: Database, session_id: str) -> dict[int, list[DataStep]] | None:
    """The commits of each turn to ``session.data``, by the turn's id, oldest first.

    They are read backwards from the present data by the before-images in the journal. None if those do not lead
    back to the empty data every conversation begins with: then something else has written it.
    """
    with database.intact():
        return _data_steps(database, session_id)


def _data_steps(database: Database, session_id: str) -> dict[int, list[DataStep]] | None:
    row = database.row("SELECT data FROM _capsule_sessions WHERE id = ?", (session_id,))
    now = StoredData(row[0]).value() if row else {}
    images = database.rows(
        "SELECT turn_id, before FROM _capsule_journal WHERE kind = ? AND key = ? ORDER BY id DESC",
        (state.KIND, session_id),
    )
    steps: dict[int, list[DataStep]] = {}
    for turn_id, text in images:
        before = json.loads(text)
        touched = (*before["set"], *before["unset"])
        step = DataStep({key: now[key] for key in touched if key in now}, tuple(k for k in touched if k not in now))
        steps.setdefault(turn_id, []).insert(0, step)
        now.update(before["set"])
        for key in before["unset"]:
            now.pop(key, None)
    return None if now else steps
