"""Other libraries that hold the time: whoever begins and ends when, nothing stays as they made it."""

from __future__ import annotations

import datetime
import os
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Protocol

import freezegun
import pytest
import time_machine

import cpsl
from cpsl.clock import AdjustableClock, VirtualClock, as_seconds
from cpsl.errors import TimeHeldError
from cpsl.testing import Simulator

THEN = "2030-01-31T09:05:00Z"


def state() -> dict[str, object]:
    """All that a hold of the time can leave behind."""
    clocks = {name: value for name, value in vars(time).items() if callable(value)}
    ids = {name: vars(uuid).get(name) for name in ("os", "_node", "_generate_time_safe", "_UuidCreate")}
    return {
        **clocks,
        **ids,
        "datetime": datetime.datetime,
        "date": datetime.date,
        "zone": os.environ.get("TZ"),
        "zones": time.tzname,
        "travels": time_machine.escape_hatch.is_travelling(),
        "now": datetime.datetime.now(datetime.timezone.utc).year not in (2030, 2011),
    }


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    # What these modules keep from their first use on is no matter.
    uuid.getnode()
    before = state()
    yield
    assert state() == before


class Holder(Protocol):
    """What holds the time, from its start to its stop."""

    def start(self) -> object: ...

    def stop(self) -> object: ...


HOLDERS: dict[str, Callable[[], Holder]] = {
    "freezegun": lambda: freezegun.freeze_time("2011-11-11"),
    "time-machine": lambda: time_machine.travel("2011-11-11T00:00:00+00:00", tick=False),
}


@pytest.mark.parametrize("library", HOLDERS)
async def test_a_library_that_holds_the_time_already_is_named(app: cpsl.App, library: str) -> None:
    holder = HOLDERS[library]()
    holder.start()
    try:
        with pytest.raises(TimeHeldError, match=f"^{library} holds the time"):
            await Simulator(app, clock=THEN).__aenter__()
    finally:
        holder.stop()


@pytest.mark.parametrize("theirs_ends_first", [True, False])
@pytest.mark.parametrize("library", HOLDERS)
async def test_a_library_may_begin_meanwhile_and_end_whenever(
    app: cpsl.App, library: str, theirs_ends_first: bool
) -> None:
    holder = HOLDERS[library]()
    sim = await Simulator(app, clock=THEN).__aenter__()
    holder.start()
    assert time.gmtime().tm_year == 2011
    if theirs_ends_first:
        holder.stop()
        assert time.gmtime().tm_year == 2030
        await sim.__aexit__(None, None, None)
    else:
        await sim.__aexit__(None, None, None)
        assert time.gmtime().tm_year == 2011
        holder.stop()


async def test_a_world_that_cannot_go_on_ends_all_the_same(app: cpsl.App) -> None:
    ended = []

    @app.shutdown()
    async def shutdown() -> None:
        ended.append(time.gmtime().tm_year)

    sim = await Simulator(app, clock=THEN).__aenter__()
    sim.pause()
    with freezegun.freeze_time("2011-11-11"):
        with pytest.raises(TimeHeldError):
            sim.resume()
        await sim.__aexit__(None, None, None)
    assert ended == [2011]


async def test_a_moment_that_is_no_date_changes_nothing(app: cpsl.App) -> None:
    with pytest.raises((ValueError, OverflowError)):
        await Simulator(app, clock=1e30).__aenter__()  # type: ignore[arg-type]


def test_a_clock_that_cannot_go_there_stays_where_it_is() -> None:
    clock = VirtualClock(THEN)
    with pytest.raises((ValueError, OverflowError)):
        clock.set(1e30)
    assert clock.now() == as_seconds(THEN)
    running = AdjustableClock()
    with pytest.raises((ValueError, OverflowError)):
        running.advance("600000w")
    assert not running.is_set
    assert datetime.datetime.fromtimestamp(running.now(), datetime.timezone.utc).year < 9999


@pytest.mark.parametrize("first_ends_first", [True, False])
async def test_worlds_that_overlap_leave_nothing(app: cpsl.App, first_ends_first: bool) -> None:
    one = await Simulator(app, clock=THEN).__aenter__()
    other = await Simulator(app, clock="2011-11-11").__aenter__()
    for sim in (one, other) if first_ends_first else (other, one):
        await sim.__aexit__(None, None, None)


async def test_calls_without_an_argument_follow(app: cpsl.App) -> None:
    told: list[object] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        told.extend([time.ctime(), time.asctime(), time.strftime("%Y-%m-%d %H:%M"), time.localtime()[:5]])
        told.append((time.ctime(0), time.asctime(time.gmtime(0))))

    async with Simulator(app, clock=THEN) as sim:
        await sim.chat().send("a")
    when = "Thu Jan 31 09:05:00 2030"
    epoch = "Thu Jan  1 00:00:00 1970"
    assert told == [when, when, "2030-01-31 09:05", (2030, 1, 31, 9, 5), (epoch, epoch)]


async def test_an_id_by_time_repeats_and_tells_no_machine(app: cpsl.App) -> None:
    ids: list[uuid.UUID] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        ids.extend([uuid.uuid1(), uuid.uuid1()])

    for _ in range(2):
        async with Simulator(app, clock=THEN, seed=7) as sim:
            await sim.chat().send("a")
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]
    assert {id_.node for id_ in ids} == {0x010000000000}
    assert uuid.getnode() != 0x010000000000
