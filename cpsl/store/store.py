"""The store: one SQLite file per app, everything the app remembers in it (DESIGN.md §4)."""

from __future__ import annotations

from pathlib import Path

from cpsl.store.conversations import Conversations
from cpsl.store.database import MEMORY, Database
from cpsl.store.migrations import migrate


class Store:
    """An open store.

    :param path: the file, made if missing; None keeps everything in memory.
    :param durable: also fsync at every commit.

    Raises ``StoreError`` for a damaged file, or one that a newer program wrote.
    """

    def __init__(self, path: str | Path | None = None, *, durable: bool = False) -> None:
        self.database = Database(MEMORY if path is None else path, durable=durable)
        try:
            migrate(self.database)
        except BaseException:
            self.database.close()
            raise
        self.conversations = Conversations(self.database)

    @property
    def path(self) -> str:
        """The file's path, or ``:memory:``."""
        return self.database.path

    def close(self) -> None:
        """Close the file."""
        self.database.close()
