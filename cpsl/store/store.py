"""The store: one SQLite file per app, everything the app remembers in it (architecture.md#the-store)."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpsl.errors import StoreError
from cpsl.store.conversations import Conversations
from cpsl.store.database import MEMORY, Database, clean
from cpsl.store.declarations import Declarations
from cpsl.store.migrations import migrate
from cpsl.store.turnlocks import TurnLocks
from cpsl.store.values import Values

if TYPE_CHECKING:
    from concurrent.futures import Future

    from cpsl.store.columns import StoredColumns
    from cpsl.store.documents import Documents
    from cpsl.store.worker import Worker


class Store:
    """An open store.

    :param path: the file, made if missing; None keeps everything in memory.
    :param durable: also fsync at every commit.

    Raises ``StoreError`` for a damaged file, or one that a newer program wrote.
    """

    def __init__(self, path: str | Path | None = None, *, durable: bool = False) -> None:
        self._durable = durable
        self.database = Database(MEMORY if path is None else path, durable=durable)
        try:
            migrate(self.database)
            self.database.note_store()
        except BaseException:
            self.database.close()
            raise
        self.locks = TurnLocks(None if path is None else str(path))
        self.conversations = Conversations(self.database, self.locks)
        self.declarations = Declarations(self.database)
        self.settings = Values(self.database, "settings")
        self.kv = Values(self.database, "kv")

    @property
    def path(self) -> str:
        """The file's path, or ``:memory:``."""
        return self.database.path

    @cached_property
    def documents(self) -> Documents:
        """The documents of collections; made when first asked for, since it loads the query compiler."""
        from cpsl.store.documents import Documents  # noqa: PLC0415

        return Documents(self.database)

    @cached_property
    def columns(self) -> StoredColumns:
        """Columns that were changed at run time."""
        from cpsl.store.columns import StoredColumns  # noqa: PLC0415

        return StoredColumns(self.database)

    @cached_property
    def reader(self) -> Worker:
        """Long reads, on a thread of their own. Not for a store in memory, which has one connection only."""
        from cpsl.store.worker import Worker  # noqa: PLC0415

        return Worker(self.database)

    @cached_property
    def writer(self) -> Worker:
        """Writes of many documents, likewise: whoever else writes meanwhile waits for their end."""
        from cpsl.store.worker import Worker  # noqa: PLC0415

        if self.database.read_only:
            raise StoreError(f"{self.path}: nothing was written: it is read-only here.")
        return Worker(self.database, writes=True, durable=self._durable)

    @property
    def writing(self) -> Future[Any] | None:
        """The write of many documents that is under way, or None. Whoever may wait without blocking, does so."""
        return self.writer.busy if "writer" in self.__dict__ else None

    @property
    def app_name(self) -> str | None:
        """The name of the app that this is the store of, or None if it does not say."""
        row = self.database.row("SELECT name FROM _capsule_app")
        return str(row[0]) if row else None

    def belong_to(self, app_name: str, *, note: bool = True) -> None:
        """Check, and ``note``, which app's store this is. Raises ``StoreError`` if it is another's."""
        mine = clean(app_name)
        if note and self.app_name is None and not self.database.read_only:
            with self.database.transaction() as connection:
                connection.execute(
                    "INSERT INTO _capsule_app (name) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM _capsule_app)", (mine,)
                )
        if self.app_name not in (None, mine):
            raise StoreError(f"{self.path}: this is the store of the app {self.app_name!r}, not of {app_name!r}.")

    def take_seed(self, seed: int) -> int:
        """Note that ids are drawn from the seed, and say how often they were before.

        In a file nobody gets the same number for the same seed again, in whatever process. 0 where nothing stays, or
        nothing can be written. Raises ``StoreError``.
        """
        if self.path == MEMORY or self.database.read_only:
            return 0
        with self.database.transaction() as connection:
            # What an older program wrote, or an import brought, says nothing of seeds; each time had a turn.
            connection.execute(
                "INSERT INTO _capsule_seeds (seed, taken) "
                "SELECT ?, coalesce(max(id), 0) + 1 FROM _capsule_turns WHERE true "
                "ON CONFLICT (seed) DO UPDATE SET taken = taken + 1",
                (str(seed),),
            )
            row = connection.execute("SELECT taken FROM _capsule_seeds WHERE seed = ?", (str(seed),)).fetchone()
        return int(row[0]) - 1

    @property
    def holds_records(self) -> bool:
        """Whether there is any document, setting or key."""
        from cpsl.data.sql_names import identifier  # noqa: PLC0415 - of the query layer, as above

        tables = (*self.declarations.names(), "_capsule_settings", "_capsule_kv")
        return any(self.database.row(f"SELECT 1 FROM {identifier(name)} LIMIT 1") for name in tables)

    def close(self) -> None:
        """Close the file."""
        for aside in ("reader", "writer"):
            if aside in self.__dict__:
                getattr(self, aside).close()
        self.locks.close()
        self.database.close()
