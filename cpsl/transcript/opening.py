"""Where a transcript's conversations begin: who talks, and what was said before (turn 0)."""

from __future__ import annotations

from typing import Any

from cpsl.clock import parse_iso
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.model.jsonable import to_json
from cpsl.store.conversations import FIRST_NAME
from cpsl.store.store import Store
from cpsl.store.stored_values import DataChange, HistoryEntry, OpenTurn, TurnEnd
from cpsl.transcript.document import Transcript, TranscriptLine
from cpsl.transcript.line_types import DataLine, RecordedPerson, UserLine, WhoseLine, read_as
from cpsl.transcript.read import TranscriptError
from cpsl.transcript.turn_zero import restore_records

DEFAULT_PERSON = "local"
# What a transcript without times begins at: any moment does, as long as it is always the same.
DEFAULT_TIME = "2026-01-01T00:00:00.000Z"


def start_time(transcript: Transcript) -> str:
    """The time at which the app is loaded: the header's, or the first message's."""
    return transcript.head.get("at") or transcript.turns[0].said.get("at") or DEFAULT_TIME


def seed_of(transcript: Transcript) -> int:
    """What the recording drew its ids and chances from."""
    return transcript.head.get("seed", 0)


class Cast:
    """Who says the lines: the keys of the conversations in a transcript."""

    def __init__(self, transcript: Transcript) -> None:
        head = transcript.head
        person = head.get("user") or RecordedPerson(id=DEFAULT_PERSON)
        user = UserInfo(person["id"], person.get("email"), person.get("org_id"))
        self._channel = head.get("channel", "chat")
        self.home = SessionKey(head.get("session", FIRST_NAME), FIRST_NAME, user, self._channel)

    def key(self, line: TranscriptLine) -> SessionKey:
        """The conversation a line belongs to: the header's, unless it names another person or session."""
        fields, home = read_as(WhoseLine, line.fields), self.home
        id_ = fields.get("as", home.user.id)
        known = home.user if id_ == home.user.id else UserInfo(id_)
        user = UserInfo(id_, fields.get("email", known.email), fields.get("org_id", known.org_id))
        if fields.get("session") in (None, home.id) and id_ == home.user.id:
            return home._replace(user=user)
        session = fields.get("session") or f"{id_}-{FIRST_NAME}"
        return SessionKey(session, session, user, self._channel)


def stand_in(field: str) -> str:
    """What a replay takes for a secret, which is in no transcript."""
    # Long enough to be masked wherever the app shows it, as the secret was.
    return f"<secret {field}>"


def set_up(store: Store, transcript: Transcript) -> None:
    """Store what there was before the first turn: records, and what was said, as finished turns.

    Raises ``TranscriptError`` for what cannot be stored.
    """
    cast = Cast(transcript)
    for line in transcript.start:
        try:
            restore_records(store, [line])
        except (ValueError, TypeError) as error:
            raise TranscriptError(f"{transcript.path}:{line.number}: {error}") from None
    earlier: dict[str, _Earlier] = {}
    for line in transcript.start:
        if line.type not in ("user", "reply", "data"):
            continue
        key = cast.key(line)
        earlier.setdefault(key.id, _Earlier(store, key)).take(line)
    for conversation in earlier.values():
        conversation.finish()


class _Earlier:
    """Writes the turns of one conversation that came before."""

    def __init__(self, store: Store, key: SessionKey) -> None:
        self._stored = store.conversations
        self._key = key
        self._open: OpenTurn | None = None
        self._replies: list[HistoryEntry] = []
        self._at = 0.0

    def take(self, line: TranscriptLine) -> None:
        if line.type == "data":
            self._set(read_as(DataLine, line.fields).get("set", {}))
            return
        # A reply of turn 0 is a plain text as well, see read.py.
        message = read_as(UserLine, line.fields)
        self._at = parse_iso(message.get("at", DEFAULT_TIME))
        if line.type == "reply":
            self._replies.append(HistoryEntry("app", message["text"], self._at))
        else:
            self.finish()
            self._open = self._stored.begin(self._key, HistoryEntry("user", message["text"], self._at))

    def finish(self) -> None:
        if self._open:
            self._stored.finish(self._open, self._replies, None, TurnEnd("ok", None, self._at))
        self._open, self._replies = None, []

    def _set(self, data: dict[str, Any]) -> None:
        if self._open and data:
            change = DataChange(self._open.state, to_json(data), data, (), tuple(data))
            self._stored.commit(self._open, change)
