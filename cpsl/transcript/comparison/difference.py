"""What a comparison finds, as values."""

from __future__ import annotations

from typing import Any, NamedTuple

from cpsl.model.codec import expectation_text
from cpsl.transcript.comparison import places
from cpsl.transcript.comparison.captures import Captures
from cpsl.transcript.comparison.json_comparison import Kind, Mismatch
from cpsl.transcript.document import TranscriptLine
from cpsl.transcript.line_kinds import NOUNS


class Difference(NamedTuple):
    """One thing that is not as recorded.

    ``path`` is where in the record: ``""`` for its text or for all of it, else a field or a place such as
    ``block.payload.title``, ``data.cart.items[2].price``, or ``unset.cart`` for a removed key. With a path,
    ``kind`` tells of that place; without, of the whole record. ``wanted`` and ``got`` are the texts or JSON
    values there, a matcher as it is written; None on the side where there is nothing.
    """

    kind: Kind
    type: str
    expected: TranscriptLine | None
    actual: dict[str, Any] | None
    path: str
    wanted: Any
    got: Any

    @property
    def sentence(self) -> str:
        """The difference in one line of text; the texts in it keep their newlines."""
        noun = NOUNS.get(self.type, (self.type, ""))[0]
        if self.path.startswith("unset"):
            key = expectation_text(self.wanted if self.got is None else self.got)
            return f"expected {key} to be removed" if self.kind == "missing" else f"{key} was removed"
        where = self.path or noun
        if self.kind == "missing":
            return f"{where}: expected {expectation_text(self.wanted)}, but there is none"
        if self.kind == "extra":
            return f"{where}: not expected, got {expectation_text(self.got)}"
        return f"{where}: expected {expectation_text(self.wanted)}, got {expectation_text(self.got)}"


def difference(mismatch: Mismatch, line: TranscriptLine | None, actual: dict[str, Any] | None) -> Difference:
    """A differing place as the difference between a line and a record, of which at least one is there."""
    type_ = line.type if line else str((actual or {})["type"])
    path = "" if mismatch.place == ("text",) else places.place_text(mismatch.place)
    return Difference(mismatch.kind, type_, line, actual, path, mismatch.wanted, mismatch.got)


class Pair(NamedTuple):
    """A line and the record it was compared with; None where the other side has nothing.

    ``accepted`` holds the line's fields as they had to be for it to match, or None where it does.
    """

    expected: TranscriptLine | None
    actual: dict[str, Any] | None
    accepted: dict[str, Any] | None


class Comparison(NamedTuple):
    """One turn compared; no ``differences`` means that it matched.

    ``captures`` holds all that is captured now, for the next turn. ``pairs`` are in the order of the turn;
    the net change of ``session.data`` is a single one.
    """

    differences: tuple[Difference, ...]
    pairs: tuple[Pair, ...]
    captures: Captures
