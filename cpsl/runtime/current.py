"""The active identity: who the running code acts for (API.md §12).

A contextvar, so coroutines that a handler starts inherit it and plain threads do not.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from cpsl.model.identity import UserInfo
from cpsl.runtime.ground import Ground

if TYPE_CHECKING:
    from cpsl.runtime.live import Live
    from cpsl.runtime.session import Session


class Identity(NamedTuple):
    """A person, the conversation (``""`` for none), and in a turn its session and what stands behind it.

    ``ground`` is that of the runtime whose code runs.
    """

    user: UserInfo
    session_id: str = ""
    session: Session | None = None
    live: Live | None = None
    ground: Ground | None = None

    @property
    def turn_id(self) -> int | None:
        """The stored turn whose undo takes writes back; None outside turns."""
        return self.live.outlet.turn.id if self.live else None


class Boot:
    """The app's ``boot`` hook: what it starts may go on when it is over."""

    running = True


booting: ContextVar[Boot | None] = ContextVar("cpsl_booting", default=None)
active: ContextVar[Identity | None] = ContextVar("cpsl_identity", default=None)


def current_session() -> Session | None:
    """The live session of the handler that is running, or None outside one."""
    identity = active.get()
    return identity.session if identity else None
