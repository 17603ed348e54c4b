"""Sessions, turns and history in the store (behaviour.md §3, §7; architecture.md#the-store).

A turn is two transactions: :meth:`Conversations.begin` when it starts (the user's message, the turn marked
running) and :meth:`Conversations.finish` when it ends (replies, data, status).
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence

from cpsl.clock import iso, parse_iso
from cpsl.errors import TurnGoneError
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.store import state
from cpsl.store.database import ContentError, Database, clean, intact, stored_text
from cpsl.store.journal import BeforeImage, remember
from cpsl.store.stored_values import (
    DataChange,
    HistoryEntry,
    OpenTurn,
    OtherSession,
    SessionRecord,
    StoredData,
    TurnEnd,
    TurnKey,
    UnfinishedTurn,
)
from cpsl.store.turnlocks import TurnLocks

FIRST_NAME = "main"
TITLE = "session.title"
# One process leaves at most one turn behind, so a look at the last few finds it.
_LOOK_BACK = 50

_NEVER = 1 << 62

_BEGIN = """INSERT INTO _capsule_turns (session_id, number, said, attachments, status, process, started_at)
    VALUES (?, ?, ?, ?, 'running', ?, ?)"""

_FINISH = """UPDATE _capsule_turns SET replies = ?, status = ?, error = ?, ended_at = ?
    WHERE id = ? AND session_id = ? AND number = ? AND status = 'running'"""

_STANDING = """SELECT data, revision,
    coalesce((SELECT number FROM _capsule_turns WHERE session_id = s.id ORDER BY number DESC LIMIT 1), 0),
    (SELECT highest_deleted FROM _capsule_turn_ids)
    FROM _capsule_sessions s WHERE id = ?"""
_LAST_AT = """coalesce((SELECT coalesce(ended_at, started_at) FROM _capsule_turns
    WHERE session_id = s.id ORDER BY number DESC LIMIT 1), created_at)"""
_SESSION = f"""SELECT id, name, user_id, user_email, user_org, channel, title, created_at, {_LAST_AT} AS last_at,
    (SELECT count(*) FROM _capsule_turns t WHERE t.session_id = s.id) FROM _capsule_sessions s"""
# Not by time: a clock can be set back, or be a virtual one. Turns are numbered as they begin.
_LATEST_FIRST = "(SELECT id FROM _capsule_turns WHERE session_id = s.id ORDER BY number DESC LIMIT 1) DESC"

_quoted = json.encoder.encode_basestring


class Conversations:
    """Reads and writes conversations; every method is one synchronous operation.

    :param locks: say which turns run; those of sessions that nobody holds were left unfinished.
    """

    def __init__(self, database: Database, locks: TurnLocks) -> None:
        self._database = database
        self._locks = locks
        self._row = database.row
        self._rows = database.rows

    @intact
    def latest(self, user_id: str) -> SessionRecord | None:
        """The person's conversation whose latest turn began last, whatever the clock said."""
        return self._one(f"WHERE user_id = ? ORDER BY {_LATEST_FIRST} LIMIT 1", user_id)

    @intact
    def named(self, user_id: str, name: str) -> SessionRecord | None:
        """The person's conversation of that name."""
        return self._one("WHERE user_id = ? AND name = ?", user_id, name)

    @intact
    def all(self) -> list[SessionRecord]:
        """Every conversation with its number of turns, the one whose latest turn began last first."""
        rows = self._rows(f"{_SESSION} ORDER BY {_LATEST_FIRST}")
        return [_session(row) for row in rows]

    @intact
    def free_name(self, user_id: str) -> str:
        """The next short name: ``main``, ``main-2``, ``main-3`` …"""
        rows = self._rows("SELECT name FROM _capsule_sessions WHERE user_id = ?", (user_id,))
        taken = {row[0] for row in rows}
        names = (FIRST_NAME, *(f"{FIRST_NAME}-{number}" for number in range(2, len(taken) + 2)))
        return next(name for name in names if name not in taken)

    @intact
    def last_turn(self, session_id: str) -> int | None:
        """The id of the conversation's latest turn, or None."""
        row = self._database.row(
            "SELECT id FROM _capsule_turns WHERE session_id = ? ORDER BY number DESC LIMIT 1", (session_id,)
        )
        return row[0] if row else None

    @intact
    def turns(self, session_id: str) -> int:
        """How many turns the conversation has had."""
        row = self._row(_STANDING, (session_id,))
        return int(row[2]) if row else 0

    def running_process(self, session_id: str) -> int | None:
        """The number of the process that has begun the session's latest turn, if that turn runs."""
        sql = "SELECT process, status FROM _capsule_turns WHERE session_id = ? ORDER BY number DESC LIMIT 1"
        row = self._row(sql, (session_id,))
        return int(row[0]) if row and row[1] == "running" else None

    @intact
    def begin(self, key: SessionKey, entry: HistoryEntry, *, fresh: bool = False) -> OpenTurn:
        """Store the user's message and a running turn; make the session if it is not there yet.

        Another process may have taken the name meanwhile. With ``fresh`` the next free name is taken; the key in
        the result is the one that holds. Else raises ``OtherSession``: the caller has to wait for that one's turn.
        """
        at = iso(entry.at)
        with self._database.transaction() as connection:
            self._database.check_before_turn()
            row = connection.execute(_STANDING, (key.id,)).fetchone()
            if row is None:
                key = self._create(connection, key, at, fresh)
                row = connection.execute(_STANDING, (key.id,)).fetchone()
            data, revision, number, deleted = row
            if not isinstance(number, int) or not isinstance(revision, int):
                raise ContentError(f"the session {key.id!r} has no whole numbers as its revision and last turn")
            turn_id = connection.execute(
                _BEGIN,
                (key.id, number + 1, clean(entry.text), entry.attachments, os.getpid(), at),
            ).lastrowid
            assert turn_id is not None
            if turn_id <= deleted:
                # SQLite gives the next number after the highest one there is; that of a deleted turn is given to none.
                connection.execute("UPDATE _capsule_turns SET id = ? WHERE id = ?", (deleted + 1, turn_id))
                turn_id = deleted + 1
        self._database.turn_begun(turn_id)
        return OpenTurn(turn_id, number + 1, key, StoredData(data, revision))

    @intact
    def finish(
        self, turn: OpenTurn, entries: Sequence[HistoryEntry], change: DataChange | None, end: TurnEnd
    ) -> StoredData:
        """Store what the turn said and changed, and how it ended. Returns the data as it is now stored.

        Raises ``TurnGoneError`` when no such turn is running in the store any more; nothing is written then.
        """
        moment = iso(end.at)
        error = clean(end.error) if end.error else None
        replies = f"[{','.join(map(_entry, entries))}]"
        values = (replies, end.status, error, moment, turn.id, turn.key.id, turn.number)
        if change is None:
            if not self._database.change(_FINISH, values):
                raise TurnGoneError
            return turn.state
        with self._database.transaction() as connection:
            stored = state.write_state(connection, turn.stored, change)
            _require_row(connection.execute(_FINISH, values))
        return stored

    @intact
    def commit(self, turn: OpenTurn, change: DataChange) -> StoredData:
        """Store a change of ``session.data`` alone, before or after the end of its turn.

        Raises ``TurnGoneError`` when the turn is not stored any more.
        """
        with self._database.transaction() as connection:
            return state.write_state(connection, turn.stored, change)

    @intact
    def add(self, turn: TurnKey, entry: HistoryEntry) -> None:
        """Store something said after its turn had ended (a coroutine the handler left running), marked as late.

        Raises ``TurnGoneError`` when the turn is not stored any more.
        """
        with self._database.transaction() as connection:
            done = connection.execute(
                "UPDATE _capsule_turns SET replies = json_insert(replies, '$[#]', json(?)) "
                "WHERE id = ? AND session_id = ?",
                (_entry(entry, late=True), *turn),
            )
            _require_row(done)

    @intact
    def set_title(self, turn: TurnKey, title: str) -> None:
        """Store the conversation's title, its former one in the journal. Raises ``TurnGoneError``."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT title FROM _capsule_sessions WHERE id = ?", (turn.session_id,)).fetchone()
            if row is None:
                raise TurnGoneError
            connection.execute("UPDATE _capsule_sessions SET title = ? WHERE id = ?", (clean(title), turn.session_id))
            remember(connection, turn, BeforeImage(TITLE, turn.session_id, {"title": row[0]}))

    @intact
    def data(self, session_id: str) -> StoredData:
        """``session.data`` as stored; the empty object for a session that is not stored yet."""
        row = self._row("SELECT data, revision FROM _capsule_sessions WHERE id = ?", (session_id,))
        return StoredData(*row) if row else StoredData()

    @intact
    def history(
        self, session_id: str, *, before: int | None = None, limit: int = 50, whole_turns: bool = False
    ) -> list[HistoryEntry]:
        """The last ``limit`` things the user and the app said before that turn's number, oldest first.

        With ``whole_turns`` also what the first of those turns had said before.
        """
        rows = self._rows(
            "SELECT said, started_at, attachments, replies FROM _capsule_turns "
            "WHERE session_id = ? AND number < ? ORDER BY number DESC LIMIT ?",
            (session_id, _NEVER if before is None else before, limit),
        )
        found: list[HistoryEntry] = []
        for said, at, attachments, replies in rows:
            spoken = [_said(entry) for entry in json.loads(replies) if entry["sender"] == "app"]
            found += [
                *reversed(spoken),
                HistoryEntry("user", stored_text(said), parse_iso(at), _attachments(attachments)),
            ]
            if len(found) >= limit:
                break
        return (found if whole_turns else found[:limit])[::-1]

    @intact
    def close_unfinished(self, session_id: str) -> list[UnfinishedTurn]:
        """Mark the turns as unfinished whose process ended in the middle of them, and return them, oldest first."""
        rows = self._rows(
            "SELECT id, number, said, status FROM _capsule_turns WHERE session_id = ? ORDER BY number DESC LIMIT ?",
            (session_id, _LOOK_BACK),
        )
        running = [UnfinishedTurn(*row[:3]) for row in rows if row[3] == "running"]
        # What was running before nobody held the session has ended by now, one way or the other.
        if not running or self._locks.held(session_id):
            return []
        with self._database.transaction() as connection:
            return [turn for turn in reversed(running) if self._close(connection, turn)]

    @intact
    def broken_off(self) -> set[str]:
        """The ids of the conversations whose latest turn was left unfinished by a process that is gone."""
        rows = list(
            self._rows(
                "SELECT session_id, status FROM _capsule_turns t WHERE status IN ('running', 'unfinished') "
                "AND number = (SELECT max(number) FROM _capsule_turns WHERE session_id = t.session_id)"
            )
        )
        return {session for session, status in rows if status == "unfinished" or not self._locks.held(session)}

    @staticmethod
    def _close(connection: sqlite3.Connection, turn: UnfinishedTurn) -> bool:
        sql = "UPDATE _capsule_turns SET status = 'unfinished' WHERE id = ? AND status = 'running'"
        return connection.execute(sql, (turn.id,)).rowcount > 0

    def _one(self, where: str, *values: str) -> SessionRecord | None:
        row = self._row(f"{_SESSION} {where}", values)
        return _session(row) if row else None

    def _create(self, connection: sqlite3.Connection, key: SessionKey, at: str, fresh: bool) -> SessionKey:
        present = self.named(key.user.id, key.name)
        if present and not fresh:
            raise OtherSession(SessionKey(present.id, key.name, key.user, key.channel))
        if present:
            key = SessionKey(key.id, self.free_name(key.user.id), key.user, key.channel)
        connection.execute(
            "INSERT INTO _capsule_sessions (id, name, user_id, user_email, user_org, channel, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key.id, key.name, key.user.id, key.user.email, key.user.org_id, key.channel, at),
        )
        return key


def _entry(entry: HistoryEntry, *, late: bool = False) -> str:
    """The JSON of an entry of history: written by hand, since a turn waits for it."""
    end = ',"late":true}' if late else "}"
    return f'{{"sender":{_quoted(entry.sender)},"text":{_quoted(clean(entry.text))},"at":"{iso(entry.at)}"{end}'


def _said(entry: dict[str, str]) -> HistoryEntry:
    return HistoryEntry(entry["sender"], stored_text(entry["text"]), parse_iso(entry["at"]))


def _attachments(text: str | None) -> str | None:
    """The JSON text of a message's attachments, after a look whether it is that."""
    if text is not None and not all(isinstance(item, dict) for item in json.loads(text)):
        raise ContentError("the attachments of a message")
    return text


def _session(row: Sequence[object]) -> SessionRecord:
    session_id, name, user_id, email, org, channel, title, created, last, turns = row
    for time in (created, last):
        if time:
            parse_iso(str(time))
    user = UserInfo(str(user_id), _text(email), _text(org))
    return SessionRecord(
        str(session_id), str(name), user, str(channel), _text(title), str(created), str(last), int(str(turns))
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _require_row(done: sqlite3.Cursor) -> None:
    if not done.rowcount:
        raise TurnGoneError
