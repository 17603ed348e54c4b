"""The commits of a turn to ``session.data``, recorded and actual, as one change each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cpsl.transcript.comparison.captures import Captures
from cpsl.transcript.comparison.difference import Difference, Pair, difference
from cpsl.transcript.comparison.json_comparison import Mismatch
from cpsl.transcript.comparison.net_change import net, net_checked
from cpsl.transcript.document import RecordedTurn


class Commits:
    """Both sides of one turn, compared when it is made; ``captures`` holds all that is captured then."""

    def __init__(self, turn: RecordedTurn, actual: Sequence[dict[str, Any]], captures: Captures) -> None:
        self._records = actual
        self._lines = turn.of_type("data")
        self._commits = [record for record in actual if record["type"] == "data"]
        self._expected = net(line.fields for line in self._lines)
        self._actual = net(self._commits)
        self._result = net_checked(self._expected, self._actual, captures, listed=not turn.complete)
        self.captures = self._result.captures

    def differences(self) -> list[Difference]:
        """One for each differing place, with the line and the record that decided its key."""
        return [self._difference(*found) for found in zip(self._result.mismatches, self._result.keys, strict=True)]

    def among(self, pairs: list[Pair]) -> list[Pair]:
        """The pairs of a turn together with what becomes of its ``data`` lines; nothing if they match."""
        if not self._result.mismatches:
            return pairs
        if not self._lines:
            at = self._position(pairs)
            return [*pairs[:at], Pair(None, self._merged(), None), *pairs[at:]]
        first, *others = self._lines
        accepted = self._result.accepted
        if not accepted["set"] and not accepted["unset"]:
            return [*pairs, *(Pair(line, None, None) for line in self._lines)]
        changed = Pair(first, self._merged(), _in_place(first.fields, accepted))
        return [*pairs, changed, *(Pair(line, None, None) for line in others)]

    def _difference(self, mismatch: Mismatch, key: str) -> Difference:
        line = self._expected.origin.get(key)
        # A hand-written key may be a path; what the app changed is known by its first step.
        commit = self._actual.origin.get(str(mismatch.place[1]))
        return difference(
            mismatch,
            None if line is None else self._lines[line],
            None if commit is None else self._commits[commit],
        )

    def _merged(self) -> dict[str, Any] | None:
        if not self._commits:
            return None
        return {**self._commits[-1], "set": self._actual.set, "unset": list(self._actual.unset)}

    def _position(self, pairs: Sequence[Pair]) -> int:
        """Where the last commit happened among the pairs."""
        last = max(index for index, record in enumerate(self._records) if record["type"] == "data")
        before = {id(record) for record in self._records[:last]}
        return max((at + 1 for at, pair in enumerate(pairs) if id(pair.actual) in before), default=0)


def _in_place(fields: Mapping[str, Any], accepted: Mapping[str, Any]) -> dict[str, Any]:
    """The line's fields with the accepted ones; an empty one that the line did not have is left out."""
    needed = {name: value for name, value in accepted.items() if value or name in fields}
    return {**fields, **needed}
