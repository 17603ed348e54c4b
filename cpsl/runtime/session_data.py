"""``session.data`` (behaviour.md §10): a dict whose changes are found by comparing, so that none is lost.

What was stored is kept as JSON text; at a commit the dict's JSON form is compared with it, key by key.
It does not matter how a value was changed: ``|=``, a nested ``append``, an attribute of a dataclass.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from cpsl.model.jsonable import changes, to_json
from cpsl.store.stored_values import DataChange, StoredData

LARGE = 1_000_000
"""Characters of JSON above which ``session.data`` is warned of: each turn reads and compares all of it."""

_MERGED = -1

log = logging.getLogger("cpsl")


class SessionData(dict[str, Any]):
    """Small state of one conversation, stored when the handler returns.

    Within the turn it holds the Python objects that were put in; from the next turn on their JSON form.
    """

    async def set(self, key: str, value: Any) -> Any:
        """Set one key and return its value."""
        self[key] = value
        return value


class DataState:
    """A session's data, and what is known to be stored of it."""

    __slots__ = ("data", "stored")

    def __init__(self, stored: StoredData) -> None:
        self.stored = stored
        self.data = SessionData(stored.value()) if stored.text != "{}" else SessionData()

    def change(self) -> DataChange | None:
        """What differs from the store, or None."""
        if not self.data and self.stored.text == "{}":
            return None
        text = to_json(self.data, self.stored.text)
        if text == self.stored.text:
            return None
        after = json.loads(text)
        changed, unset = changes(json.loads(self.stored.text), after)
        return DataChange(self.stored, text, changed, unset, tuple(after))

    def committed(self, change: DataChange, stored: StoredData) -> None:
        """Note that the change is stored, with a warning when the data has grown large (behaviour.md §10 LOCAL).

        If another writer's keys were merged in, the store holds more than this dict does: no revision is
        then known for our text, so that the next change is merged as well instead of overwriting theirs.
        """
        if len(change.text) > LARGE >= len(self.stored.text):
            log.warning(
                "session.data holds more than 1 MB and is read and compared in every turn; "
                "large or many things belong in a collection."
            )
        revision = stored.revision if stored.text == change.text else _MERGED
        self.stored = StoredData(change.text, revision)
