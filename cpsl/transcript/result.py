"""What came of playing a turn again."""

from __future__ import annotations

from typing import Any, NamedTuple

from cpsl.transcript.comparison.difference import Difference
from cpsl.transcript.document import RecordedTurn


class TurnResult(NamedTuple):
    """A turn that was played: what was sent, what the app did (wire records), and what is not as recorded.

    ``failure`` describes the exception of a handler that raised: its headline, then the user's lines; ``""`` for
    none. Plain values: worker processes send them back.
    """

    turn: RecordedTurn
    sent: str
    actual: list[dict[str, Any]]
    differences: tuple[Difference, ...]
    failure: str

    @property
    def matches(self) -> bool:
        """Whether the app did what the file says."""
        return not self.differences
