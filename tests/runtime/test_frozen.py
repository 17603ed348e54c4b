"""The time and the chance that an app takes itself follow the world's."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import subprocess
import sys
import time
import uuid
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

import cpsl
from cpsl.clock import AdjustableClock, as_duration, as_seconds, machine_time
from cpsl.errors import BootError
from cpsl.testing import Simulator

THEN = "2030-01-31T09:05:00Z"


@pytest.fixture
def clock_app(app: cpsl.App) -> cpsl.App:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        today = date.today()  # noqa: DTZ011 - as apps do
        await session.reply(f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} {today} {time.time():.0f}")
        await session.reply(str(random.random()))

    return app


async def test_the_app_reads_the_virtual_time(clock_app: cpsl.App) -> None:
    async with Simulator(clock_app, clock=THEN) as sim:
        first = await sim.chat().send("a")
        await sim.advance("1d12h")
        later = await sim.chat().send("b")
        assert sim.now == datetime(2030, 2, 1, 21, 5, tzinfo=timezone.utc)
    assert first.replies[0] == "2030-01-31 09:05 2030-01-31 1896080700"
    assert later.replies[0] == "2030-02-01 21:05 2030-02-01 1896210300"


@pytest.mark.parametrize("zone", ["Asia/Kolkata", None])
async def test_local_time_is_utc_while_time_stands_still_and_the_machines_afterwards(
    app: cpsl.App, monkeypatch: pytest.MonkeyPatch, zone: str | None
) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply(f"{datetime.now():%H:%M} {time.strftime('%H:%M %z')}")  # noqa: DTZ005 - as apps do

    monkeypatch.delenv("TZ", raising=False)
    if zone:
        monkeypatch.setenv("TZ", zone)
    time.tzset()
    before = time.timezone
    try:
        async with Simulator(app, clock=THEN) as sim:
            assert (await sim.chat().send("a")).text == "09:05 09:05 +0000"
        assert (os.environ.get("TZ"), time.timezone) == (zone, before)
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_timers_run_while_time_stands_still(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await asyncio.wait_for(asyncio.sleep(0.001), 10)
        await session.reply("woken")

    async with Simulator(app, clock=THEN) as sim:
        assert (await sim.chat().send("a")).text == "woken"


async def test_each_turn_draws_from_its_own_seed(clock_app: cpsl.App) -> None:
    async def drawn(*texts: str, seed: int) -> list[str]:
        async with Simulator(clock_app, seed=seed) as sim:
            return [(await sim.chat().send(text)).replies[1] for text in texts]

    first = await drawn("a", "b", seed=1)
    assert first == await drawn("a", "b", seed=1)
    assert len({*first, *await drawn("a", "b", seed=2)}) == 4


async def test_ids_that_the_app_makes_itself_follow_the_seed(app: cpsl.App) -> None:
    imported = uuid.uuid4

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply(f"{imported()} {uuid.uuid4()}")

    async def said(seed: int) -> list[str]:
        async with Simulator(app, seed=seed) as sim:
            turns = [await sim.chat().send(text) for text in "ab"]
            return [made for turn in turns for made in turn.text.split()]

    first = await said(1)
    assert first == await said(1)
    assert len({*first, *await said(2), str(uuid.uuid4()), str(uuid.uuid4())}) == 10
    assert {uuid.UUID(made).version for made in first} == {4}


async def test_what_is_meant_to_be_secret_stays_so(app: cpsl.App) -> None:
    app.message()(lambda session, message: session.reply(secrets.token_hex(8) + os.urandom(8).hex()))
    texts = []
    for _ in range(2):
        async with Simulator(app) as sim:
            texts.append((await sim.chat().send("a")).text)
    assert texts[0] != texts[1]


async def test_what_a_turn_draws_does_not_depend_on_earlier_draws(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        draws = [random.random() for _ in range(int(message.text))]
        await session.reply(str(draws[0]))

    async with Simulator(app) as sim:
        few = [(await sim.chat().send(text)).text for text in ("1", "1")]
    async with Simulator(app) as sim:
        many = [(await sim.chat().send(text)).text for text in ("9", "1")]
    assert few == many


async def test_afterwards_time_and_chance_are_the_machines_again(clock_app: cpsl.App) -> None:
    random.seed(5)
    expected = random.random()
    random.seed(5)
    async with Simulator(clock_app, clock=THEN) as sim:
        await sim.chat().send("a")
        assert time.time() == sim.now.timestamp()
    assert random.random() == expected
    assert time.time() < sim.now.timestamp()
    assert abs(time.time() - machine_time()) < 60


async def test_a_boot_that_fails_leaves_nothing_frozen(app: cpsl.App) -> None:
    @app.boot()
    async def boot() -> None:
        raise ValueError("no")

    with pytest.raises(BootError, match="boot raised ValueError"):
        await Simulator(app, clock=THEN).__aenter__()
    assert datetime.now(timezone.utc) < datetime(2030, 1, 1, tzinfo=timezone.utc)


async def test_an_app_is_loaded_at_the_virtual_time_and_anew_each_time(tmp_path: Path) -> None:
    (tmp_path / "helper_of_fresh.py").write_text("import random\nseen = []\ndrawn = random.random()\n")
    (tmp_path / "fresh.py").write_text(
        "import cpsl, time, helper_of_fresh as helper\nloaded = time.time()\n"
        "app = cpsl.App('fresh', image=cpsl.Image())\n"
        "@app.message()\n"
        "async def message(session, message):\n"
        "    helper.seen.append(message.text)\n"
        "    await session.reply(f'{loaded:.0f} {helper.drawn} {len(helper.seen)}')\n"
    )

    async def said(seed: int) -> str:
        async with Simulator(str(tmp_path / "fresh.py"), clock=THEN, seed=seed) as sim:
            return (await sim.chat().send("a")).text

    first = await said(1)
    assert first == await said(1)
    assert first.startswith("1896080700 ")
    assert first.endswith(" 1")
    assert first != await said(2)


async def test_settled_waits_for_what_the_handler_left_running(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async def later() -> None:
            await asyncio.sleep(0)
            session.data["done"] = True
            await session.reply("late")

        session.data["task"] = str(asyncio.ensure_future(later()))[:1]

    async with Simulator(app) as sim:
        chat = sim.chat()
        turn = await chat.send("a")
        await sim.settled()
        assert [event.type for event in chat.later(turn.events[0].turn)] == ["reply", "data"]
        assert chat.data["done"] is True


async def test_settled_names_what_does_not_end(app: cpsl.App) -> None:
    left: list[asyncio.Task[None]] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async def forever() -> None:
            await asyncio.Event().wait()

        left.append(asyncio.ensure_future(forever()))

    async with Simulator(app) as sim:
        await sim.chat().send("a")
        with pytest.raises(TimeoutError, match="forever"):
            await sim.settled(timeout=0)
        left[0].cancel()


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("35m", 2100), ("+36h", 129600), ("1d12h", 129600), ("2w", 1209600), ("1.5h", 5400), (7, 7)],
)
def test_a_length_of_time_is_written_as_people_do(written: str | float, seconds: float) -> None:
    assert as_duration(written) == seconds


def test_a_length_of_time_can_be_a_timedelta() -> None:
    assert as_duration(timedelta(minutes=2)) == 120


@pytest.mark.parametrize("written", ["", "5", "h", "-3h", "3 parsecs", "1h and 2m"])
def test_other_text_is_no_length_of_time(written: str) -> None:
    with pytest.raises(ValueError, match="is no length of time; write it as 90s"):
        as_duration(written)


def test_an_adjustable_clock_is_the_machines_until_it_is_set() -> None:
    clock = AdjustableClock()
    moments: list[float | None] = []
    clock.follow(moments.append)
    before = machine_time()
    assert before <= clock.now() <= machine_time()
    assert not clock.is_set
    clock.set("2030-01-01")
    clock.advance("1h")
    assert (clock.now(), clock.is_set) == (1893459600.0, True)
    clock.begin_turn()
    assert clock.now() == 1893459600.0
    clock.release()
    assert before <= clock.now() <= machine_time()
    assert moments == [1893456000.0, 1893459600.0, None]


def test_a_clock_by_turn_stands_still_within_each(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = iter([0.0, 1000.0004, 2000.0])
    monkeypatch.setattr("cpsl.clock.machine_time", lambda: next(machine))
    clock = AdjustableClock(by_turn=True)
    moments: list[float | None] = []
    clock.follow(moments.append)
    clock.begin_turn()
    assert (clock.now(), clock.now()) == (1000.0, 1000.0)
    clock.begin_turn()
    assert clock.now() == 2000.0
    assert moments == [1000.0, 2000.0]


def test_freezing_does_not_load_pytest_into_a_users_process() -> None:
    code = (
        "import sys\nfrom cpsl.runtime.app_time import AppTime\nt = AppTime()\nt.move_to(0)\n"
        "import time\nassert time.time() == 0\nt.release()\n"
        "print('pytest' in sys.modules, '_pytest' in sys.modules)\nimport pytest\nprint(pytest.raises)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("False False\n<function raises")


async def test_the_app_reads_the_very_moment_of_its_message(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        sent = datetime.fromtimestamp(message.timestamp, timezone.utc)
        await session.reply(f"{datetime.now(timezone.utc) - sent} {datetime.now(timezone.utc).isoformat()}")

    async with Simulator(app, clock="2030-01-01T00:00:00.123Z") as sim:
        assert (await sim.chat().send("a")).text == "0:00:00 2030-01-01T00:00:00.123000+00:00"


def test_a_clock_of_turns_is_set_to_what_a_transcript_can_tell() -> None:
    clock = AdjustableClock(by_turn=True)
    clock.set("2030-01-01T00:00:00.123456Z")
    assert clock.now() == as_seconds("2030-01-01T00:00:00.123Z")
    clock.advance(0.0006)
    assert clock.now() == as_seconds("2030-01-01T00:00:00.124Z")


async def test_worlds_may_end_in_any_order(clock_app: cpsl.App) -> None:
    zone, source, state = os.environ.get("TZ"), vars(uuid)["os"], random.getstate()
    one, two = Simulator(clock_app, clock=THEN), Simulator(clock_app, clock="2031-02-03T04:05Z")
    await one.__aenter__()
    await two.__aenter__()
    await one.__aexit__(None, None, None)
    assert (await two.chat().send("a")).replies[0].startswith("2031-02-03 04:05")
    assert time.time() == two.now.timestamp()
    await two.__aexit__(None, None, None)
    assert (os.environ.get("TZ"), vars(uuid)["os"], random.getstate()) == (zone, source, state)
    assert datetime.now(timezone.utc).year < 2030


async def test_what_another_world_shows_comes_back_with_the_end_of_this(clock_app: cpsl.App) -> None:
    async with Simulator(clock_app, clock=THEN) as sim:
        async with Simulator(clock_app, clock="2031-02-03T04:05Z"):
            await sim.advance("1h")
        assert time.time() == sim.now.timestamp()
