"""What a developer wants to know beside the replies: notices and errors, for stderr."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.model.events import Event, Notice, TurnEnded, TurnFailed
from cpsl.model.identity import SessionKey
from cpsl.render.failure import describe
from cpsl.render.safe import visible

NOTICE_PREFIX = "notice: "


class Diagnostics:
    """Writes whole lines to ``write``: notices (if wanted), errors, and turns that were stopped."""

    def __init__(self, write: Callable[[str], None], *, notices: bool = True) -> None:
        self._write = write
        self._notices = notices

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Write what the event has to tell."""
        if isinstance(event, Notice) and self._notices:
            self._write(notice_text(event) + "\n")
        elif isinstance(event, TurnFailed) and event.exception:
            self._write(f"error in turn {event.turn}: {describe(event.exception)}\n")
        elif isinstance(event, TurnEnded) and event.status in ("interrupted", "timeout"):
            word = "timed out" if event.status == "timeout" else "was interrupted"
            self._write(f"turn {event.turn} {word}\n")


def notice_text(event: Notice) -> str:
    """``notice: headline``, further lines and the detail indented below (API.md §9)."""
    text = "\n".join(part for part in (event.text, event.detail) if part)
    return visible(NOTICE_PREFIX + text.replace("\n", "\n" + " " * len(NOTICE_PREFIX)))
