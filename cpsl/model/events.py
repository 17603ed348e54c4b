"""Everything that happens, as values (architecture.md#five-sentences).

An event knows the turn it belongs to (from 1, per run of the runtime), when it happened (seconds since the
epoch) and its name on the wire (``type``). It knows nothing of channels, stores or terminals;
:mod:`cpsl.model.codec` gives its JSON line.

Named tuples: a piece of a streamed reply costs half of what a frozen dataclass would, and each such class
half a millisecond at every start (docs/decisions.md).
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

TurnStatus = Literal["ok", "error", "interrupted", "timeout"]


class UserMessage(NamedTuple):
    """A person said something; ``attachments`` are wire records: name, type, bytes, hash, path."""

    turn: int
    at: float
    text: str
    attachments: tuple[dict[str, Any], ...] = ()
    type: str = "user"


class Notice(NamedTuple):
    """A status line that the next output replaces (behaviour.md §9)."""

    turn: int
    at: float
    text: str
    detail: str = ""
    type: str = "notify"


class Chunk(NamedTuple):
    """A piece of a streamed reply; the :class:`Reply` with the whole text follows at its end.

    ``stream`` counts the streams of the turn from 1: an app may write several at once.
    """

    turn: int
    at: float
    text: str
    stream: int = 1
    type: str = "chunk"


class Reply(NamedTuple):
    """A whole reply. ``streamed`` says that its text has already been delivered in chunks, as ``stream``."""

    turn: int
    at: float
    text: str
    streamed: bool = False
    stream: int = 0
    type: str = "reply"


class BlockShown(NamedTuple):
    """A rich block; ``block`` is its envelope ``{"id", "type", "payload"}``."""

    turn: int
    at: float
    block: dict[str, Any]
    type: str = "block"


class Asked(NamedTuple):
    """The app asks something and waits; ``kind`` is approval, file or integration."""

    turn: int
    at: float
    kind: str
    message: str
    type: str = "prompt"


class Answered(NamedTuple):
    """The answer to what was asked; None for none, the names of the fields for a secret form."""

    turn: int
    at: float
    value: Any
    type: str = "answer"


class SettingChosen(NamedTuple):
    """A person has changed a setting, between turns: ``turn`` is the last one, 0 before the first."""

    turn: int
    at: float
    name: str
    value: Any
    type: str = "setting"


class Signal(NamedTuple):
    """Something a hosted page would react to (``widget_update``, ``session_event``): never shown, no wire form."""

    turn: int
    at: float
    name: str
    payload: dict[str, Any]
    type: str = "signal"


class DataChanged(NamedTuple):
    """What a commit changed in ``session.data``, by top-level key, in JSON form."""

    turn: int
    at: float
    set: dict[str, Any]
    unset: tuple[str, ...] = ()
    type: str = "data"


class TurnFailed(NamedTuple):
    """A handler raised. ``exception`` is for channels in the same process; it has no wire form."""

    turn: int
    at: float
    error: str
    message: str
    exception: BaseException | None = None
    type: str = "error"


class TurnEnded(NamedTuple):
    """The turn is over and everything it stored is on disk."""

    turn: int
    at: float
    status: TurnStatus
    type: str = "end"


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
