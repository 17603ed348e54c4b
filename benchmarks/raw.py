"""The floor of a stored turn: two inserts and an upsert in one transaction, WAL and NORMAL."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path


class RawTurns:
    """A database with nothing but what a turn must store."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=NORMAL",
            "CREATE TABLE messages (id INTEGER PRIMARY KEY, session TEXT, sender TEXT, text TEXT, at TEXT)",
            "CREATE INDEX by_session ON messages (session, id)",
            "CREATE TABLE sessions (id TEXT PRIMARY KEY, data TEXT)",
        ):
            self._connection.execute(statement)

    def turn(self) -> None:
        """Store one turn."""
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        for sender in ("user", "app"):
            execute(
                "INSERT INTO messages (session, sender, text, at) VALUES (?, ?, ?, ?)",
                ("0123456789abcdef", sender, "hello", "2030-01-01T00:00:00.000Z"),
            )
        execute(
            "INSERT INTO sessions (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
            ("0123456789abcdef", json.dumps({})),
        )
        execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
