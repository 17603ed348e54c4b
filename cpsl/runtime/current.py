"""The active identity: who the running code acts for (behaviour.md §12).

A contextvar, so coroutines that a handler starts inherit it and plain threads do not.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from cpsl.model.identity import UserInfo
from cpsl.runtime.ground import Ground
from cpsl.store.records import TurnKey

if TYPE_CHECKING:
    from cpsl.runtime.live import Live
    from cpsl.runtime.session import Session


class Identity(NamedTuple):
    """Whose records are meant: the ids of a person, their owner and the conversation (``""`` for none).

    In a turn also its session and what stands behind it; ``ground`` is that of the runtime whose code runs.
    Values only: what an app does to its ``session.user`` changes nobody's identity.
    """

    user_id: str
    owner_id: str
    session_id: str = ""
    session: Session | None = None
    live: Live | None = None
    ground: Ground | None = None

    @classmethod
    def of(cls, user: UserInfo, session_id: str = "", *, ground: Ground | None = None) -> Identity:
        """The person's own, as they are now."""
        return cls(user.id, user.owner_id, session_id, ground=ground)

    @property
    def turn(self) -> TurnKey | None:
        """The stored turn whose undo takes writes back; None outside turns."""
        return self.live.outlet.turn.stored if self.live else None


class Boot:
    """The app's ``boot`` hook: what it starts may go on when it is over."""

    running = True


booting: ContextVar[Boot | None] = ContextVar("cpsl_booting", default=None)
active: ContextVar[Identity | None] = ContextVar("cpsl_identity", default=None)


def current_session() -> Session | None:
    """The live session of the handler that is running, or None outside one."""
    identity = active.get()
    return identity.session if identity else None
