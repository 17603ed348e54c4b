"""A handler that waits for the time of a recorded turn is no riddle."""

from __future__ import annotations

from cpsl_cli.chat.conditions import STANDSTILL_NOTE, tell_of_standstill


def test_a_turn_that_is_seen_twice_is_told_of_once() -> None:
    looks = iter([set(), {1}, {2}, {3, 4}, {4}])
    told: list[str] = []
    waits: list[float] = []
    tell_of_standstill(lambda: frozenset(next(looks)), waits.append, told.append)
    assert told == [STANDSTILL_NOTE]
    assert len(waits) == 4
    assert "time.time()" in STANDSTILL_NOTE
