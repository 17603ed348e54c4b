"""The active identity: who the running code acts for (behaviour.md §12).

A contextvar, so coroutines that a handler starts inherit it and plain threads do not.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple

from cpsl.model.identity import UserInfo
from cpsl.runtime.environment import Environment
from cpsl.runtime.turn_output import TurnOutput
from cpsl.store.stored_values import TurnKey


class Identity(NamedTuple):
    """Whose records are meant: the ids of a person, their owner and the conversation (``""`` for none).

    In a turn also its output; ``environment`` is that of the runtime whose code runs. What an app does to its
    ``session.user`` changes nobody's identity.
    """

    user_id: str
    owner_id: str
    session_id: str = ""
    output: TurnOutput | None = None
    environment: Environment | None = None

    @classmethod
    def of(cls, user: UserInfo, session_id: str = "", *, environment: Environment | None = None) -> Identity:
        """The person's own, as they are now."""
        return cls(user.id, user.owner_id, session_id, environment=environment)

    def owner_in(self, scope: str) -> str:
        """Whom ``user``, ``owner`` or ``session`` means: the id of the person, of their owner, of the conversation."""
        if scope == "user":
            return self.user_id
        return self.owner_id if scope == "owner" else self.session_id

    @property
    def turn(self) -> TurnKey | None:
        """The stored turn whose undo takes writes back; None outside turns."""
        return self.output.turn.stored if self.output else None


class Boot:
    """The app's ``boot`` hook: what it starts may go on when it is over."""

    running = True


booting: ContextVar[Boot | None] = ContextVar("cpsl_booting", default=None)
active: ContextVar[Identity | None] = ContextVar("cpsl_identity", default=None)
