"""What a developer wants to know beside the replies: notices, questions and errors, for stderr."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.model.events import Asked, Event, Notice, TurnEnded, TurnFailed
from cpsl.model.identity import SessionKey
from cpsl.render.failure import describe
from cpsl.render.safe import visible

NOTICE_PREFIX = "notice: "
QUESTION_PREFIX = "question: "
_ANSWERS = {"approval": "y or n", "file": "the path of a file", "integration": "a line for each field, or JSON"}


class Diagnostics:
    """Writes whole lines to ``write``: notices and questions (if wanted), errors, turns that were stopped."""

    def __init__(self, write: Callable[[str], None], *, notices: bool = True) -> None:
        self._write = write
        self._notices = notices

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Write what the event has to tell."""
        if isinstance(event, Notice) and self._notices:
            self._write(notice_text(event) + "\n")
        elif isinstance(event, Asked) and self._notices:
            self._write(question_text(event) + "\n")
        elif isinstance(event, TurnFailed) and event.exception:
            self._write(f"error in turn {event.turn}: {describe(event.exception)}\n")
        elif isinstance(event, TurnEnded) and event.status in ("interrupted", "timeout"):
            word = "timed out" if event.status == "timeout" else "was interrupted"
            self._write(f"turn {event.turn} {word}\n")


def notice_text(event: Notice) -> str:
    """``notice: headline``, further lines and the detail indented below (behaviour.md §9)."""
    return _indented(NOTICE_PREFIX, "\n".join(part for part in (event.text, event.detail) if part))


def question_text(event: Asked) -> str:
    """``question: the message (y or n)``: what is asked, and what the next line may be."""
    return _indented(QUESTION_PREFIX, f"{event.message} ({_ANSWERS.get(event.kind, event.kind)})")


def _indented(prefix: str, text: str) -> str:
    return visible(prefix + text.replace("\n", "\n" + " " * len(prefix)))
