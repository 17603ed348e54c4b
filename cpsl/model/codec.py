"""Events as JSON lines: what ``--json`` prints, ``--record`` writes and replay reads (transcripts.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from cpsl.clock import iso
from cpsl.model.events import EVENTS, Event, SettingChosen, UserMessage
from cpsl.model.identity import SessionKey

FORMAT = "capsule-transcript"
VERSION = 1

# json leaves these as they are, yet a terminal or a line reader acts on them.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def dumps(record: Any) -> str:
    """Compact JSON on one line, in readable UTF-8 but with every control character escaped."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def is_matcher(expected: Any) -> bool:
    """Whether what a line expects is a matcher object (transcripts.md) rather than a plain value."""
    return isinstance(expected, dict) and "match" in expected


def expectation_text(expected: Any) -> str:
    """A valid expectation as a person reads it: a text or pattern as it is, anything else as compact JSON."""
    if is_matcher(expected):
        return "(any)" if expected["match"] == "any" else expectation_text(expected["value"])
    return expected if isinstance(expected, str) else dumps(expected)


def header_record(
    app: str, name: str, key: SessionKey, at: float, seed: int | None = None, *, http: bool = False
) -> dict[str, Any]:
    """The first record of a transcript: which app, which conversation, who, and the seed of ids and ``random``.

    ``http`` says that what the app exchanges with other services is in a cassette, and nowhere else.
    """
    fields = {
        "type": "header",
        "format": FORMAT,
        "version": VERSION,
        "app": app,
        "name": name,
        "session": key.id,
        "user": {"id": key.user.id, "email": key.user.email, "org_id": key.user.org_id},
        "channel": key.channel,
        "at": iso(at),
    }
    if seed is not None:
        fields["seed"] = seed
    return {**fields, "http": True} if http else fields


def record(event: Event) -> dict[str, Any]:
    """The wire record of an event, keys in the documented order. Raises ``ValueError`` for one that has none."""
    fields = event.wire()
    if fields is None:
        raise ValueError(f"an event of the type {event.type!r} has no wire form")
    return {"type": event.type, "turn": event.turn, "at": iso(event.at), **fields}


def has_record(event: Event) -> bool:
    """Whether the event has a wire form at all."""
    return event.__class__ in _WITH_RECORD


_WITH_RECORD = frozenset(kind for kind in EVENTS if kind.line() is not None)


class LineEncoder:
    """Turns the events of one run into lines, the header first.

    The header names the conversation the run began in; a user record of another one says which
    (``session``) and whose (``as``, ``email``, ``org_id``), so a file with several people replays.

    :param began: asked when the header is made: its time, in seconds since the epoch; None is that of the first event.
    :param http: whether a cassette is made of what the app exchanges with other services.
    """

    def __init__(
        self,
        app: str,
        name: str,
        seed: int | None = None,
        began: Callable[[], float | None] = lambda: None,
        *,
        http: bool = False,
    ) -> None:
        self._http = http
        self._app = app
        self._name = name
        self._seed = seed
        self._began = began
        self._home: SessionKey | None = None

    def lines(self, event: Event, key: SessionKey) -> list[str]:
        """The line of the event, with the header before the first one."""
        return [*self.begin(event.at, key), dumps(self.record(event, key))]

    def record(self, event: Event, key: SessionKey) -> dict[str, Any]:
        """The event's record; that of something a person does names their conversation, see :meth:`addressed`."""
        fields = record(event)
        return self.addressed(fields, key) if isinstance(event, (UserMessage, SettingChosen)) else fields

    def begin(self, at: float, key: SessionKey) -> list[str]:
        """The header, if it has not been written yet."""
        if self._home is not None:
            return []
        self._home = key
        began = self._began()
        return [
            dumps(
                header_record(self._app, self._name, key, at if began is None else began, self._seed, http=self._http)
            )
        ]

    def addressed(self, fields: dict[str, Any], key: SessionKey) -> dict[str, Any]:
        """The record with the conversation it belongs to, unless that is the header's."""
        if self._home is None or key.id == self._home.id:
            return fields
        person = {"email": key.user.email, "org_id": key.user.org_id}
        known = {name: value for name, value in person.items() if value is not None}
        return {**fields, "session": key.id, "as": key.user.id, **known}
