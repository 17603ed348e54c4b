"""What a developer wants to know beside the replies: notices, questions and errors, for stderr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cpsl.model.events import Event, TurnEnded, TurnFailed
from cpsl.model.identity import SessionKey
from cpsl.render.event_views import SILENT, VIEWS

_Text = Callable[[Any], str | None]
_TEXTS: dict[type[Event], _Text] = {kind: view.stderr for kind, view in VIEWS.items() if view.stderr != SILENT}
# Wanted also where all the others are read elsewhere.
_FAILURES: dict[type[Event], _Text] = {kind: text for kind, text in _TEXTS.items() if kind in (TurnFailed, TurnEnded)}


class Diagnostics:
    """Writes whole lines to ``write``: notices and the like (if wanted), errors, turns that were stopped."""

    def __init__(self, write: Callable[[str], None], *, notices: bool = True) -> None:
        self._write = write
        self._texts = _TEXTS if notices else _FAILURES

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Write what the event has to tell."""
        text = self._texts.get(event.__class__)
        if text and (told := text(event)) is not None:
            self._write(told + "\n")
