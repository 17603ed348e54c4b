"""Everything that happens, as values (DESIGN.md §5).

An event knows the turn it belongs to (from 1, per run of the runtime) and when it happened (seconds since
the epoch). It knows nothing of channels, stores or terminals; :mod:`cpsl.model.codec` gives its JSON line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

TurnStatus = Literal["ok", "error", "interrupted", "timeout"]


@dataclass(frozen=True, slots=True)
class Event:
    """What every event carries. ``type`` is its name on the wire."""

    type: ClassVar[str]
    turn: int
    at: float


@dataclass(frozen=True, slots=True)
class UserMessage(Event):
    """A person said something; ``attachments`` are wire records, see ``attachment_record``."""

    type: ClassVar[str] = "user"
    text: str
    attachments: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """A status line that the next output replaces (API.md §9)."""

    type: ClassVar[str] = "notify"
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Chunk(Event):
    """A piece of a streamed reply; the :class:`Reply` with the whole text follows at its end.

    ``stream`` counts the streams of the turn from 1: an app may write several at once.
    """

    type: ClassVar[str] = "chunk"
    text: str
    stream: int = 1


@dataclass(frozen=True, slots=True)
class Reply(Event):
    """A whole reply. ``streamed`` says that its text has already been delivered in chunks, as ``stream``."""

    type: ClassVar[str] = "reply"
    text: str
    streamed: bool = False
    stream: int = 0


@dataclass(frozen=True, slots=True)
class BlockShown(Event):
    """A rich block; ``block`` is its envelope ``{"id", "type", "payload"}``."""

    type: ClassVar[str] = "block"
    block: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DataChanged(Event):
    """What a commit changed in ``session.data``, by top-level key, in JSON form."""

    type: ClassVar[str] = "data"
    set: dict[str, Any]
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnFailed(Event):
    """A handler raised. ``exception`` is for channels in the same process; it has no wire form."""

    type: ClassVar[str] = "error"
    error: str
    message: str
    exception: BaseException | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TurnEnded(Event):
    """The turn is over and everything it stored is on disk."""

    type: ClassVar[str] = "end"
    status: TurnStatus
