"""Everything that happens, as values (architecture.md#five-sentences).

An event knows the turn it belongs to (from 1, per run of the runtime), when it happened (seconds since the
epoch) and its name on the wire (``type``). Each says itself what else its record on the wire holds (``wire``), and
what its line in a transcript may hold (``line``); an event without them has no wire form. None of them knows of
channels, stores or terminals: how an event is drawn stands in its row of ``cpsl/render/event_views.py``.

Named tuples: a piece of a streamed reply costs half of what a frozen dataclass would, and each such class
half a millisecond at every start (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

TurnStatus = Literal["ok", "error", "interrupted", "timeout"]

ValueType = Literal[
    "anything",
    "count",
    "expected text",
    "files",
    "filled object",
    "flag",
    "names",
    "object",
    "objects",
    "person",
    "services",
    "status",
    "table",
    "text",
    "text or null",
    "time",
]
"""What a field of a line holds, checked in ``cpsl/transcript/line_fields.py``; ``expected text`` may be a matcher."""

WHOSE: dict[str, ValueType] = {"session": "text", "as": "text", "email": "text or null", "org_id": "text or null"}
"""The fields that say whose conversation a line belongs to, where it is not the header's."""


class LineKind:
    """What lines of one type hold in a transcript, beside ``type``, ``turn`` and ``at``.

    ``needed`` fields are in every such line, ``optional`` ones may be left out. ``noun`` names one and many of them
    where a replay differs; None for an input, in which nothing is expected.
    """

    __slots__ = ("needed", "noun", "optional")

    def __init__(
        self,
        needed: Mapping[str, ValueType],
        optional: Mapping[str, ValueType],
        *,
        noun: tuple[str, str] | None,
    ) -> None:
        self.needed = needed
        self.optional = optional
        self.noun = noun


class UserMessage(NamedTuple):
    """A person said something; ``attachments`` are wire records: name, type, bytes, hash, path."""

    turn: int
    at: float
    text: str
    attachments: tuple[dict[str, Any], ...] = ()
    type: str = "user"

    def wire(self) -> dict[str, Any]:
        """What its record holds; ``attachments`` only if there are some."""
        fields: dict[str, Any] = {"text": self.text}
        if self.attachments:
            fields["attachments"] = list(self.attachments)
        return fields

    @staticmethod
    def line() -> LineKind:
        """An input; ``connected`` is what the person had connected when they said it."""
        return LineKind({"text": "text"}, {"attachments": "files", "connected": "services", **WHOSE}, noun=None)


class Notice(NamedTuple):
    """A status line that the next output replaces (behaviour.md §9)."""

    turn: int
    at: float
    text: str
    detail: str = ""
    type: str = "notify"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"text": self.text, "detail": self.detail}

    @staticmethod
    def line() -> LineKind:
        """What its line may hold."""
        return LineKind({"text": "expected text"}, {"detail": "expected text"}, noun=("notice", "notices"))


class Chunk(NamedTuple):
    """A piece of a streamed reply; the :class:`Reply` with the whole text follows at its end.

    ``stream`` counts the streams of the turn from 1: an app may write several at once.
    """

    turn: int
    at: float
    text: str
    stream: int = 1
    type: str = "chunk"

    def wire(self) -> dict[str, Any]:
        """What its record holds; the number of its stream only from the second on."""
        return {"text": self.text, "stream": self.stream} if self.stream > 1 else {"text": self.text}

    @staticmethod
    def line() -> LineKind:
        """What its line may hold: nothing is expected of the pieces, as the reply has their text."""
        return LineKind({"text": "text"}, {"stream": "count"}, noun=None)


class Reply(NamedTuple):
    """A whole reply. ``streamed`` says that its text has already been delivered in chunks, as ``stream``."""

    turn: int
    at: float
    text: str
    streamed: bool = False
    stream: int = 0
    type: str = "reply"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"text": self.text, "streamed": self.streamed}

    @staticmethod
    def line() -> LineKind:
        """What its line may hold."""
        return LineKind({"text": "expected text"}, {"streamed": "flag", **WHOSE}, noun=("reply", "replies"))


class BlockShown(NamedTuple):
    """A rich block; ``block`` is its envelope ``{"id", "type", "payload"}``."""

    turn: int
    at: float
    block: dict[str, Any]
    type: str = "block"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"block": self.block}

    @staticmethod
    def line() -> LineKind:
        """What its line may hold."""
        return LineKind({"block": "filled object"}, {}, noun=("block", "blocks"))


class Asked(NamedTuple):
    """The app asks something and waits; ``kind`` is approval, file or integration."""

    turn: int
    at: float
    kind: str
    message: str
    type: str = "prompt"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"kind": self.kind, "message": self.message}

    @staticmethod
    def line() -> LineKind:
        """What its line may hold."""
        return LineKind({"kind": "text"}, {"message": "expected text"}, noun=("question", "questions"))


class Answered(NamedTuple):
    """The answer to what was asked; None for none, the names of the fields for a secret form."""

    turn: int
    at: float
    value: Any
    type: str = "answer"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"value": self.value}

    @staticmethod
    def line() -> LineKind:
        """An input."""
        return LineKind({"value": "anything"}, {}, noun=None)


class SettingChosen(NamedTuple):
    """A person has changed a setting, between turns: ``turn`` is the last one, 0 before the first."""

    turn: int
    at: float
    name: str
    value: Any
    type: str = "setting"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"name": self.name, "value": self.value}

    @staticmethod
    def line() -> LineKind:
        """An input."""
        return LineKind({"name": "text", "value": "anything"}, WHOSE, noun=None)


class Signal(NamedTuple):
    """Something a hosted page would react to (``widget_update``, ``session_event``): never shown, no wire form."""

    turn: int
    at: float
    name: str
    payload: dict[str, Any]
    type: str = "signal"

    def wire(self) -> None:
        """Nothing."""

    @staticmethod
    def line() -> None:
        """None: it is in no transcript."""


class DataChanged(NamedTuple):
    """What a commit changed in ``session.data``, by top-level key, in JSON form."""

    turn: int
    at: float
    set: dict[str, Any]
    unset: tuple[str, ...] = ()
    type: str = "data"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"set": self.set, "unset": list(self.unset)}

    @staticmethod
    def line() -> LineKind:
        """What its line may hold."""
        return LineKind({}, {"set": "object", "unset": "names", **WHOSE}, noun=("change of data", "changes of data"))


class TurnFailed(NamedTuple):
    """A handler raised. ``exception`` is for channels in the same process; it has no wire form."""

    turn: int
    at: float
    error: str
    message: str
    exception: BaseException | None = None
    type: str = "error"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"error": self.error, "message": self.message}

    @staticmethod
    def line() -> LineKind:
        """What its line may hold."""
        return LineKind({}, {"error": "expected text", "message": "expected text"}, noun=("error", "errors"))


class TurnEnded(NamedTuple):
    """The turn is over and everything it stored is on disk."""

    turn: int
    at: float
    status: TurnStatus
    type: str = "end"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"status": self.status}

    @staticmethod
    def line() -> LineKind:
        """What its line may hold."""
        return LineKind({"status": "status"}, {}, noun=("end", "ends"))


Event = (
    UserMessage
    | Notice
    | Chunk
    | Reply
    | BlockShown
    | Asked
    | Answered
    | SettingChosen
    | Signal
    | DataChanged
    | TurnFailed
    | TurnEnded
)

EVENTS: tuple[type[Event], ...] = get_args(Event)
"""The class of each kind of event."""


def wire_type(kind: type[Event]) -> str:
    """The name that events of this class have on the wire: ``user``, ``notify``, …"""
    return str(kind._field_defaults["type"])


def line_kinds() -> dict[str, LineKind]:
    """What lines hold, by their type: one for each kind of event with a wire form."""
    return {wire_type(kind): line for kind in EVENTS if (line := kind.line()) is not None}
