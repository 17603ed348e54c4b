"""A short run of the torture; ``make torture`` is the long one."""

from tests.torture.kills import torture


def test_a_few_kills_lose_nothing() -> None:
    result = torture(12, seed=7)
    assert result.faults == [], result.summary
    assert result.kills.total() == 12
