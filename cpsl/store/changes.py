"""What a turn changed, read from its before-images and from what is stored now."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from cpsl.data.scope import FIXED_COLUMNS
from cpsl.data.sql_names import identifier
from cpsl.store import state
from cpsl.store.before_images import ABSENT, DOCUMENT, Touched, touched_values
from cpsl.store.database import Database
from cpsl.store.journal import entries
from cpsl.store.select import to_document

_COLUMNS = ", ".join(map(identifier, FIXED_COLUMNS))


class Changed(NamedTuple):
    """One thing that differs: where (``data``, ``settings``, ``kv``, a collection), which, and both values.

    ``before`` or ``after`` is ``ABSENT`` where there was or is none.
    """

    where: str
    key: str
    before: Any
    after: Any

    @property
    def sign(self) -> str:
        """``+`` for new, ``-`` for gone, ``~`` for changed."""
        return "+" if self.before is ABSENT else "-" if self.after is ABSENT else "~"


def changes_of(database: Database, turn_id: int) -> list[Changed]:
    """What differs between the state before the turn and now, in the order in which it was first touched.

    For the latest turn that is what it changed; what others wrote since then counts as well.
    """
    with database.intact(), database.reading() as connection:
        former: dict[Touched, Any] = {}
        for image in entries(connection, turn_id):
            # Newest first: what an older image says of the same thing is nearer to the turn's beginning.
            for target, before in touched_values(image):
                former.pop(target, None)
                former[target] = before
        changes = [_changed(database, target, before) for target, before in reversed(former.items())]
    return [change for change in changes if not _same(change.before, change.after)]


def _changed(database: Database, target: Touched, before: Any) -> Changed:
    kind, where, key = target
    if kind == state.KIND:
        row = database.row("SELECT data FROM _capsule_sessions WHERE id = ?", (where,))
        return Changed("data", key, before, json.loads(row[0]).get(key, ABSENT) if row else ABSENT)
    if kind == DOCUMENT:
        row = database.row(f"SELECT {_COLUMNS}, doc FROM {identifier(where)} WHERE _id = ?", (key,))
        return Changed(where, key, before, to_document(row) if row else ABSENT)
    value = database.row(
        f"SELECT value FROM _capsule_{kind} WHERE scope = ? AND owner = ? AND key = ?", (*where.split("\0"), key)
    )
    return Changed(kind, key, before, json.loads(value[0]) if value else ABSENT)


def _same(before: Any, after: Any) -> bool:
    if before is ABSENT or after is ABSENT:
        return before is after
    return json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
