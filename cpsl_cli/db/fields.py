"""The fields of a collection, for completion: declared ones, and those seen in its newest documents."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from cpsl.store import overview
from cpsl.store.store import Store

# Enough to have seen every field that is usual, and read in a millisecond.
_SAMPLE = 200


def known_fields(path: str | Path, collection: str) -> Sequence[str]:
    """Their dotted paths, declared columns first; none for an unknown collection. Raises ``StoreError``."""
    with closing(Store(path)) as store:
        declared = store.declarations.stored(collection)
        if declared is None:
            return ()
        with store.database.reading() as connection:
            seen = overview.stored_fields(overview.newest(connection, collection, _SAMPLE))
    return list(dict.fromkeys((*declared.columns, *(field.path for field in seen))))
