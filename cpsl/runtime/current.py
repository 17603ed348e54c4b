"""The active identity: which session the running code belongs to (API.md §12).

A contextvar, so coroutines that a handler starts inherit it and plain threads do not.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpsl.runtime.session import Session

active: ContextVar[Session | None] = ContextVar("cpsl_session", default=None)


def current_session() -> Session | None:
    """The live session of the handler that is running, or None outside one."""
    return active.get()
