"""Sessions, turns and history in the store (API.md §3, §7; DESIGN.md §4, §10).

A turn is two transactions: :meth:`Conversations.begin` when it starts (the user's message, the turn marked
running) and :meth:`Conversations.finish` when it ends (replies, data, status).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence

from cpsl.clock import iso, parse_iso
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.store import state
from cpsl.store.database import Database, clean
from cpsl.store.journal import BeforeImage, remember
from cpsl.store.records import DataChange, OpenTurn, Said, SessionRecord, StoredData, UnfinishedTurn

FIRST_NAME = "main"
# One process leaves at most one turn behind, so a look at the last few finds it.
_LOOK_BACK = 50

_SESSION = "id, name, user_id, user_email, user_org, channel, title, created_at, last_at"


class Conversations:
    """Reads and writes conversations; every method is one synchronous operation."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._row = database.row
        self._rows = database.rows

    def latest(self, user_id: str) -> SessionRecord | None:
        """The person's conversation with the most recent activity."""
        return self._one("WHERE user_id = ? ORDER BY last_at DESC, rowid DESC LIMIT 1", user_id)

    def named(self, user_id: str, name: str) -> SessionRecord | None:
        """The person's conversation of that name."""
        return self._one("WHERE user_id = ? AND name = ?", user_id, name)

    def all(self) -> list[SessionRecord]:
        """Every conversation with its number of turns, latest activity first."""
        rows = self._rows(
            f"SELECT {_SESSION}, (SELECT count(*) FROM _capsule_turns t WHERE t.session_id = s.id) "
            "FROM _capsule_sessions s ORDER BY last_at DESC, rowid DESC"
        )
        return [_session(row) for row in rows]

    def free_name(self, user_id: str) -> str:
        """The next short name: ``main``, ``main-2``, ``main-3`` …"""
        rows = self._rows("SELECT name FROM _capsule_sessions WHERE user_id = ?", (user_id,))
        taken = {row[0] for row in rows}
        names = (FIRST_NAME, *(f"{FIRST_NAME}-{number}" for number in range(2, len(taken) + 2)))
        return next(name for name in names if name not in taken)

    def begin(self, key: SessionKey, said: Said, *, fresh: bool = False) -> OpenTurn:
        """Store the user's message and a running turn; make the session if it is not there yet.

        Another process may have taken the name meanwhile: its session is joined, or, with ``fresh``, the
        next free name taken. The key in the result is the one that holds.
        """
        at = iso(said.at)
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT data, revision, entered FROM _capsule_sessions WHERE id = ?", (key.id,)
            ).fetchone()
            if row is None:
                key = self._create(connection, key, at, fresh)
                row = connection.execute(
                    "SELECT data, revision, entered FROM _capsule_sessions WHERE id = ?", (key.id,)
                ).fetchone()
            number = self._next_number(connection, key.id)
            turn_id = connection.execute(
                "INSERT INTO _capsule_turns (session_id, number, status, process, started_at) "
                "VALUES (?, ?, 'running', ?, ?)",
                (key.id, number, os.getpid(), at),
            ).lastrowid
            assert turn_id is not None
            message_id = _add_message(connection, key.id, turn_id, said)
        return OpenTurn(turn_id, number, message_id, key, StoredData(row[0], row[1]), bool(row[2]))

    def finish(
        self,
        turn: OpenTurn,
        said: Sequence[Said],
        change: DataChange | None,
        status: str,
        error: str | None,
        at: float,
    ) -> StoredData:
        """Store what the turn said and changed, and how it ended. Returns the data as it is now stored."""
        moment = iso(at)
        with self._database.transaction() as connection:
            for message in said:
                _add_message(connection, turn.key.id, turn.id, message)
            stored = state.write(connection, turn.key.id, turn.id, change) if change else turn.state
            connection.execute(
                "UPDATE _capsule_turns SET status = ?, error = ?, ended_at = ? WHERE id = ?",
                (status, clean(error) if error else None, moment, turn.id),
            )
            connection.execute(
                "UPDATE _capsule_sessions SET last_at = ?, entered = 1 WHERE id = ?", (moment, turn.key.id)
            )
        return stored

    def commit(self, turn: OpenTurn, change: DataChange) -> StoredData:
        """Store a change of ``session.data`` alone, before or after the end of its turn."""
        with self._database.transaction() as connection:
            return state.write(connection, turn.key.id, turn.id, change)

    def add(self, turn: OpenTurn, said: Said) -> None:
        """Store something said after its turn had ended (a coroutine the handler left running)."""
        with self._database.transaction() as connection:
            _add_message(connection, turn.key.id, turn.id, said)

    def set_title(self, turn: OpenTurn, title: str) -> None:
        """Store the conversation's title, its former one in the journal."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT title FROM _capsule_sessions WHERE id = ?", (turn.key.id,)).fetchone()
            connection.execute("UPDATE _capsule_sessions SET title = ? WHERE id = ?", (clean(title), turn.key.id))
            remember(connection, turn.id, BeforeImage("session.title", turn.key.id, {"title": row[0]}))

    def data(self, session_id: str) -> StoredData:
        """``session.data`` as stored; the empty object for a session that is not stored yet."""
        row = self._row("SELECT data, revision FROM _capsule_sessions WHERE id = ?", (session_id,))
        return StoredData(*row) if row else StoredData()

    def history(self, session_id: str, *, before: int | None = None, limit: int = 50) -> list[Said]:
        """The last ``limit`` things the user and the app said, oldest first, before that message id."""
        rows = self._rows(
            "SELECT sender, text, at, attachments FROM _capsule_messages "
            "WHERE session_id = ? AND id < ? AND sender IN ('user', 'app') ORDER BY id DESC LIMIT ?",
            (session_id, before if before is not None else 1 << 62, limit),
        )
        return [Said(sender, text, parse_iso(at), files) for sender, text, at, files in reversed(rows)]

    def next_message(self, session_id: str) -> int:
        """An id above those of everything said so far, for ``history(before=…)``."""
        row = self._row("SELECT max(id) FROM _capsule_messages WHERE session_id = ?", (session_id,))
        return int(row[0]) + 1 if row and row[0] is not None else 1

    def close_unfinished(self, session_id: str) -> list[UnfinishedTurn]:
        """Mark the turns whose process is gone as unfinished, and return them.

        To be asked before this process begins a turn of the session.
        """
        rows = self._rows(
            "SELECT id, number, status, process FROM _capsule_turns WHERE session_id = ? ORDER BY number DESC LIMIT ?",
            (session_id, _LOOK_BACK),
        )
        broken = [(row[0], row[1]) for row in rows if row[2] == "running" and not _alive(row[3])]
        return [self._close(turn_id, number) for turn_id, number in reversed(broken)]

    def _close(self, turn_id: int, number: int) -> UnfinishedTurn:
        with self._database.transaction() as connection:
            connection.execute("UPDATE _capsule_turns SET status = 'unfinished' WHERE id = ?", (turn_id,))
            row = connection.execute(
                "SELECT text FROM _capsule_messages WHERE turn_id = ? AND sender = 'user'", (turn_id,)
            ).fetchone()
        return UnfinishedTurn(turn_id, number, row[0] if row else "")

    def _one(self, where: str, *values: str) -> SessionRecord | None:
        row = self._row(f"SELECT {_SESSION} FROM _capsule_sessions {where}", values)
        return _session(row) if row else None

    def _create(self, connection: sqlite3.Connection, key: SessionKey, at: str, fresh: bool) -> SessionKey:
        present = self.named(key.user.id, key.name)
        if present and not fresh:
            return SessionKey(present.id, key.name, key.user, key.channel)
        if present:
            key = SessionKey(key.id, self.free_name(key.user.id), key.user, key.channel)
        connection.execute(
            "INSERT INTO _capsule_sessions (id, name, user_id, user_email, user_org, channel, created_at, last_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (key.id, key.name, key.user.id, key.user.email, key.user.org_id, key.channel, at, at),
        )
        return key

    @staticmethod
    def _next_number(connection: sqlite3.Connection, session_id: str) -> int:
        row = connection.execute(
            "SELECT number FROM _capsule_turns WHERE session_id = ? ORDER BY number DESC LIMIT 1",
            (session_id,),
        ).fetchone()
        return int(row[0]) + 1 if row else 1


def _add_message(connection: sqlite3.Connection, session_id: str, turn_id: int, said: Said) -> int:
    message_id = connection.execute(
        "INSERT INTO _capsule_messages (session_id, turn_id, sender, text, attachments, at) VALUES (?, ?, ?, ?, ?, ?)",
        (session_id, turn_id, said.sender, clean(said.text), said.attachments, iso(said.at)),
    ).lastrowid
    assert message_id is not None
    return message_id


def _session(row: Sequence[object]) -> SessionRecord:
    session_id, name, user_id, email, org, channel, title, created, last, *turns = row
    user = UserInfo(str(user_id), _text(email), _text(org))
    counted = int(str(turns[0])) if turns else 0
    return SessionRecord(str(session_id), str(name), user, str(channel), _text(title), str(created), str(last), counted)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _alive(process: int) -> bool:
    """Whether another process of that number runs. Our own number is a leftover: containers reuse them."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
