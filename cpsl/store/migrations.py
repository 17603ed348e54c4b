"""The schema as numbered steps, each recorded in the transaction that made it (architecture.md#the-store).

Plain SQL on the raw connection: importing sqlite-utils would double the start of a piped chat
(docs/decisions.md). Never edit a step that has been released: append one.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable

from cpsl.errors import StoreError
from cpsl.store.database import Database
from cpsl.store.file import APPLICATION_ID

Step = Callable[[sqlite3.Connection], None]
STEPS: list[Step] = []


def step(function: Step) -> Step:
    """Register the next migration."""
    STEPS.append(function)
    return function


@step
def conversations(connection: sqlite3.Connection) -> None:
    """Sessions and their turns; a view for people shows what was said, a line each."""
    connection.execute(
        """CREATE TABLE _capsule_sessions (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            user_id TEXT NOT NULL,
            user_email TEXT,
            user_org TEXT,
            channel TEXT NOT NULL,
            title TEXT,
            data TEXT NOT NULL DEFAULT '{}',
            revision INTEGER NOT NULL DEFAULT 0,
            created_at TEXT NOT NULL,
            UNIQUE (user_id, name))"""
    )
    connection.execute(
        """CREATE TABLE _capsule_turns (
            id INTEGER PRIMARY KEY,
            session_id TEXT NOT NULL REFERENCES _capsule_sessions (id),
            number INTEGER NOT NULL,
            said TEXT NOT NULL,
            attachments TEXT,
            replies TEXT NOT NULL DEFAULT '[]',
            status TEXT NOT NULL,
            error TEXT,
            process INTEGER NOT NULL,
            started_at TEXT NOT NULL,
            ended_at TEXT)"""
    )
    connection.execute("CREATE UNIQUE INDEX _capsule_turns_session ON _capsule_turns (session_id, number)")
    connection.execute(
        """CREATE VIEW _capsule_history AS
            SELECT session_id, number AS turn, 0 AS position, 'user' AS sender, said AS text, started_at AS at
            FROM _capsule_turns
            UNION ALL
            SELECT session_id, number, key + 1, json_extract(value, '$.sender'), json_extract(value, '$.text'),
                json_extract(value, '$.at')
            FROM _capsule_turns, json_each(replies)"""
    )


@step
def journal(connection: sqlite3.Connection) -> None:
    """Before-images of what a turn overwrote, for undo."""
    connection.execute(
        """CREATE TABLE _capsule_journal (
            id INTEGER PRIMARY KEY,
            turn_id INTEGER NOT NULL REFERENCES _capsule_turns (id),
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            before TEXT)"""
    )
    connection.execute("CREATE INDEX _capsule_journal_turn ON _capsule_journal (turn_id)")


@step
def records(connection: sqlite3.Connection) -> None:
    """The list of collections (each has a table of its own), settings, and the key-value store."""
    connection.execute("CREATE TABLE _capsule_collections (name TEXT PRIMARY KEY NOT NULL, declaration TEXT NOT NULL)")
    connection.execute(
        "CREATE TABLE _capsule_columns (collection TEXT, scope TEXT, owner TEXT, columns TEXT NOT NULL, "
        "PRIMARY KEY (collection, scope, owner))"
    )
    for table in ("settings", "kv"):
        connection.execute(
            f"CREATE TABLE _capsule_{table} (scope TEXT NOT NULL, owner TEXT NOT NULL, key TEXT NOT NULL, "
            "value TEXT NOT NULL, PRIMARY KEY (scope, owner, key))"
        )


@step
def written(connection: sqlite3.Connection) -> None:
    """When a collection was last written outside of any turn; writes within one are in the journal."""
    connection.execute("ALTER TABLE _capsule_collections ADD COLUMN written_at TEXT")


@step
def turns_numbered_once(connection: sqlite3.Connection) -> None:
    """The id of a deleted turn is never given to another: somebody may still hold it.

    Not by AUTOINCREMENT, which writes a row of its own at each turn.
    """
    connection.execute("CREATE TABLE _capsule_turn_ids (highest_deleted INTEGER NOT NULL)")
    connection.execute("INSERT INTO _capsule_turn_ids VALUES (0)")
    connection.execute(
        """CREATE TRIGGER _capsule_turn_deleted AFTER DELETE ON _capsule_turns BEGIN
            UPDATE _capsule_turn_ids SET highest_deleted = OLD.id WHERE highest_deleted < OLD.id;
        END"""
    )


@step
def people_are_no_organisations(connection: sqlite3.Connection) -> None:
    """A person without organisation whose id begins with ``org:`` gets records that no organisation has.

    What they had stays the organisation's, if there is one of that name here: nobody can tell whose it was.
    """
    sql = "SELECT DISTINCT user_id FROM _capsule_sessions WHERE coalesce(user_org, '') = ''"
    people = [user for (user,) in connection.execute(sql) if re.match(r"(user:)*org:", user)]
    # The longest first: what one gets is what the next had.
    for user in sorted(people, key=len, reverse=True):
        organisation = (user, user.removeprefix("org:"))
        taken = "SELECT 1 FROM _capsule_sessions WHERE user_org IN (?, ?)"
        if user.startswith("org:") and connection.execute(taken, organisation).fetchone():
            continue
        own = (f"user:{user}", user)
        for (declaration,) in connection.execute("SELECT declaration FROM _capsule_collections").fetchall():
            table = json.loads(declaration)["name"].replace('"', '""')
            connection.execute(f'UPDATE "{table}" SET _team_id = ? WHERE _team_id = ?', own)
        for table in ("_capsule_settings", "_capsule_kv"):
            connection.execute(f"UPDATE {table} SET owner = ? WHERE scope = 'owner' AND owner = ?", own)
        connection.execute("UPDATE _capsule_columns SET owner = ? WHERE scope = '_team_id' AND owner = ?", own)


@step
def recognition(connection: sqlite3.Connection) -> None:
    """The file says whose it is: the program in its header, the app in a table of one row."""
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute("CREATE TABLE _capsule_app (name TEXT NOT NULL)")


@step
def seeds(connection: sqlite3.Connection) -> None:
    """How often ids were drawn from each seed: the same must not come twice."""
    connection.execute("CREATE TABLE _capsule_seeds (seed TEXT PRIMARY KEY NOT NULL, taken INTEGER NOT NULL)")


@step
def checkpoints(connection: sqlite3.Connection) -> None:
    """Which store it is, and how often it was counted up: a copy of another one or of before is told by that."""
    connection.execute("CREATE TABLE _capsule_checkpoints (store TEXT NOT NULL, number INTEGER NOT NULL)")
    connection.execute("INSERT INTO _capsule_checkpoints VALUES (hex(randomblob(16)), 0)")


@step
def deleted_turns(connection: sqlite3.Connection) -> None:
    """A step of a version that was never released numbered turns by AUTOINCREMENT: its stores lack this table."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_capsule_turn_ids'").fetchone():
        return
    turns_numbered_once(connection)
    connection.execute(
        "UPDATE _capsule_turn_ids SET highest_deleted = "
        "coalesce((SELECT seq FROM sqlite_sequence WHERE name = '_capsule_turns'), 0)"
    )


def migrate(database: Database) -> None:
    """Bring the file to the newest schema; one that cannot be written is read as a copy that can.

    Raises ``StoreError`` when a newer program wrote it: reading on could lose what that one added.
    """
    version = _version(database)
    if version > len(STEPS):
        raise StoreError(
            f"{database.path}: written by a newer capsule (schema {version}, this one knows {len(STEPS)}). "
            "Upgrade capsule-local to open it."
        )
    if version < len(STEPS) and database.read_only:
        database.read_copy()
    while version < len(STEPS):
        with database.transaction() as connection:
            version = _version(database)
            if version < len(STEPS):
                _apply(connection, version)
                version += 1
    if database.read_only:
        database.refuse_writes()


def _apply(connection: sqlite3.Connection, version: int) -> None:
    STEPS[version](connection)
    connection.execute(
        "CREATE TABLE IF NOT EXISTS _capsule_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)"
    )
    connection.execute(
        "INSERT INTO _capsule_migrations (number, name) VALUES (?, ?)", (version + 1, STEPS[version].__name__)
    )
    connection.execute(f"PRAGMA user_version={version + 1}")


def _version(database: Database) -> int:
    row = database.row("PRAGMA user_version")
    return int(row[0]) if row else 0
