"""What a turn does inside, for whoever traces it. No event: it has no wire form in a transcript."""

from __future__ import annotations

from typing import Any, NamedTuple


class Traced(NamedTuple):
    """One thing that a turn did.

    ``began`` are ticks of the clock, ``seconds`` how long it took, None for a moment. ``fields`` say more; they
    may hold objects of the app, so whoever keeps them copies them.
    """

    turn: int
    type: str
    fields: dict[str, Any]
    began: float
    seconds: float | None = None
