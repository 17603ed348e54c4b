"""Waiting on a clock: on the machine's, on one that is moved, and on one that is now this and now that."""

from __future__ import annotations

import asyncio
import math
from bisect import insort
from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.clock import AdjustableClock, Clock, SystemClock, VirtualClock

START = 1893456000.0  # 2030-01-01


async def passes(number: int = 10) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


class Log:
    """What happened, and at which time of the clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lines: list[tuple[object, float]] = []

    def note(self, what: object) -> None:
        self.lines.append((what, self.clock.now() - START))

    async def wait(self, what: object, *seconds: float) -> None:
        """Wait so long, then so long, and note each end."""
        for each in seconds:
            try:
                await self.clock.sleep(each)
            except asyncio.CancelledError:
                self.note(f"{what} cancelled")
                raise
            self.note(what)

    async def limited(self, what: object, seconds: float, body: Callable[[], object]) -> None:
        try:
            with self.clock.timeout(seconds):
                await body()  # type: ignore[misc]
            self.note(f"{what} done")
        except TimeoutError:
            self.note(f"{what} timed out")


async def forever() -> None:
    await asyncio.Event().wait()


# Many waits against a sorted list.


class Waiter(NamedTuple):
    """Waits so long, one after the other; at the end it cancels the waiter of that place, if there is one."""

    seconds: list[int]
    cancels: int


WAITERS = st.lists(
    st.builds(
        Waiter,
        st.tuples(st.integers(1, 6), st.lists(st.integers(0, 6), max_size=4)).map(lambda it: [it[0], *it[1]]),
        st.integers(-3, 5),
    ),
    max_size=6,
)


def expected(waiters: Sequence[Waiter], until: int) -> list[tuple[object, float]]:
    order, log = count(), list[tuple[object, float]]()
    queue = [(waiter.seconds[0], next(order), place, 0) for place, waiter in enumerate(waiters)]
    queue.sort()
    while queue and queue[0][0] <= until:
        now, _, place, step = queue.pop(0)
        log.append((place, now))
        rest = waiters[place].seconds[step + 1 :]
        while rest and rest[0] == 0:
            log.append((place, now))
            step, rest = step + 1, rest[1:]
        if rest:
            insort(queue, (now + rest[0], next(order), place, step + 1))
            continue
        for other in [entry for entry in queue if entry[2] == waiters[place].cancels]:
            queue.remove(other)
            log.append((f"{other[2]} cancelled", now))
    return log


def played(waiters: Sequence[Waiter], steps: Sequence[int]) -> list[tuple[object, float]]:
    clock = VirtualClock(START)
    log = Log(clock)

    async def one(waiter: Waiter, place: int, tasks: list[asyncio.Task[None]]) -> None:
        await log.wait(place, *waiter.seconds)
        if 0 <= waiter.cancels < len(tasks) and waiter.cancels != place:
            tasks[waiter.cancels].cancel()

    async def play() -> None:
        tasks: list[asyncio.Task[None]] = []
        tasks.extend(asyncio.create_task(one(waiter, place, tasks)) for place, waiter in enumerate(waiters))
        for step in steps:
            await clock.run_for(step)
        assert clock.now() == START + sum(steps)
        assert clock.waiting == sum(not task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        still = list(log.lines)
        await asyncio.gather(*tasks, return_exceptions=True)
        log.lines = still
        assert clock.waiting == 0

    asyncio.run(play())
    return log.lines


@given(WAITERS, st.integers(0, 30))
def test_waits_end_in_the_order_in_which_they_are_due(waiters: list[Waiter], seconds: int) -> None:
    assert played(waiters, [seconds]) == expected(waiters, seconds)


@given(WAITERS, st.lists(st.integers(0, 7), min_size=1, max_size=8))
def test_many_small_steps_are_one_large_one(waiters: list[Waiter], steps: list[int]) -> None:
    assert played(waiters, steps) == played(waiters, [sum(steps)])


# Time that passes.


async def test_a_clock_that_nobody_moves_wakes_nobody() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.wait("a", 1e-3))
    await passes(100)
    assert (log.lines, clock.waiting, task.done()) == ([], 1, False)
    task.cancel()
    await passes()
    assert (clock.waiting, task.cancelled()) == (0, True)


async def test_what_a_woken_one_does_is_done_before_the_next_one_wakes() -> None:
    clock = VirtualClock(START)
    log = Log(clock)

    async def busy() -> None:
        await clock.sleep(1)
        for step in range(3):
            await asyncio.gather(asyncio.sleep(0), asyncio.wait_for(passes(5), 60))
            log.note(f"step {step}")
        # A task of its own, which waits within the span that passes.
        await asyncio.create_task(log.wait("child", 0.25))
        await clock.sleep(0.25)
        log.note("end")

    tasks = [asyncio.create_task(work) for work in (log.wait("late", 1.5), busy(), log.wait("early", 1))]
    await clock.run_for(2)
    assert log.lines == [
        ("step 0", 1), ("step 1", 1), ("step 2", 1), ("early", 1), ("child", 1.25), ("late", 1.5), ("end", 1.5),
    ]  # fmt: skip
    assert all(task.done() for task in tasks)


async def test_the_followers_see_each_moment() -> None:
    clock = VirtualClock(START)
    moments: list[float | None] = []
    clock.follow(moments.append)
    task = asyncio.create_task(Log(clock).wait("a", 1, 0.5, 9))
    await clock.run_to(START + 5)
    assert moments == [START + 1, START + 1.5, START + 5]
    task.cancel()


async def test_none_and_less_than_none_are_one_pass_of_the_loop() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.wait("a", 0, -5, 1e-9))
    await passes()
    assert task.done()
    assert log.lines == [("a", 0), ("a", 0), ("a", 0)]


@pytest.mark.parametrize("clock", [VirtualClock(START), SystemClock(), AdjustableClock()])
async def test_what_is_no_number_is_refused(clock: Clock) -> None:
    with pytest.raises(ValueError, match="nan is no number of seconds"):
        await clock.sleep(math.nan)
    with pytest.raises(ValueError, match="nan is no number of seconds"), clock.timeout(math.nan):
        pass


async def test_a_wait_may_be_longer_than_time() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    tasks = [asyncio.create_task(log.wait(seconds, seconds)) for seconds in (math.inf, 1e15, 3e9)]
    await clock.run_for("1000w")
    assert log.lines == []
    await clock.run_for(3e9)
    assert log.lines == [(3e9, 3e9)]
    with pytest.raises((ValueError, OverflowError)):
        await clock.run_for(1e15)
    assert clock.now() == START + 1000 * 604800 + 3e9
    for task in tasks:
        task.cancel()


async def test_a_moment_that_no_date_shows_wakes_nobody() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.wait("a", 1))
    for moment in (1e12, 1e18, math.inf):
        with pytest.raises((ValueError, OverflowError)):
            await clock.run_to(moment)
    with pytest.raises(ValueError, match="only moves forward"):
        await clock.run_for(-1)
    with pytest.raises((ValueError, OverflowError)):
        clock.set(1e18)
    assert (clock.now(), log.lines, clock.waiting) == (START, [], 1)
    task.cancel()


async def test_a_second_run_goes_on_after_the_first() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.wait("a", 1, 1, 1, 1, 1))
    await asyncio.gather(clock.run_for(2), clock.run_for(2))
    assert log.lines == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]
    task.cancel()


async def test_a_run_that_is_cancelled_lets_the_next_one_run() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    running: list[asyncio.Task[None]] = []

    async def stop() -> None:
        await clock.sleep(1)
        running[0].cancel()

    task = asyncio.create_task(stop())
    running.append(asyncio.create_task(clock.run_for(9)))
    await asyncio.wait(running)
    assert (clock.now() - START, running[0].cancelled(), task.done()) == (1, True, True)
    await asyncio.gather(log.wait("a", 1), clock.run_for(1))
    assert log.lines == [("a", 2)]


async def test_a_woken_one_may_let_time_pass_itself() -> None:
    clock = VirtualClock(START)
    log = Log(clock)

    async def move() -> None:
        await clock.sleep(1)
        await clock.run_for(5)
        log.note("moved")

    tasks = [asyncio.create_task(move()), asyncio.create_task(log.wait("a", 1.5, 4))]
    await clock.run_for(2)
    await asyncio.wait(tasks)
    assert log.lines == [("a", 1.5), ("a", 5.5), ("moved", 7)]


async def test_one_that_never_rests_does_not_keep_time_from_passing() -> None:
    clock = VirtualClock(START)
    log = Log(clock)

    async def spin() -> None:
        while True:
            await asyncio.sleep(0)

    spinning = asyncio.create_task(spin())
    await asyncio.gather(log.wait("a", 1), clock.run_for(2))
    assert log.lines == [("a", 1)]
    spinning.cancel()


async def test_a_loop_that_does_not_tell_what_is_ready_is_given_some_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unknown:
        pass

    clock = VirtualClock(START)
    log = Log(clock)
    work = [asyncio.create_task(log.wait("a", 1, 1)), asyncio.create_task(log.wait("b", 1.5))]
    await passes()
    loop = asyncio.get_running_loop()
    with monkeypatch.context() as patched:
        patched.setattr("cpsl.timers.asyncio.get_running_loop", Unknown)
        from cpsl.timers import run_ready

        ready = run_ready()
        with pytest.raises(StopIteration):
            for _ in range(1000):
                ready.send(None)
    assert asyncio.get_running_loop() is loop
    await clock.run_for(2)
    assert log.lines == [("a", 1), ("b", 1.5), ("a", 2)]
    await asyncio.wait(work)


def test_a_loop_that_was_closed_over_its_waits_is_left_alone() -> None:
    clock = VirtualClock(START)
    loop = asyncio.new_event_loop()
    task = loop.create_task(clock.sleep(1))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    clock.advance(2)
    assert clock.waiting == 0
    assert not task.done()
    task.get_coro().close()
    task._log_destroy_pending = False  # type: ignore[attr-defined]


# Time that jumps.


async def test_who_is_due_after_a_jump_goes_on_in_order_and_sees_the_new_time() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    tasks = [asyncio.create_task(log.wait(seconds, seconds)) for seconds in (3, 1, 2, 11)]
    await passes()
    clock.advance(10)
    await passes()
    assert log.lines == [(1, 10), (2, 10), (3, 10)]
    clock.set(START + 11)
    await passes()
    assert log.lines[3:] == [(11, 11)]
    assert all(task.done() for task in tasks)


async def test_a_clock_that_is_set_back_makes_no_wait_longer() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.wait("a", 10))
    await clock.run_for(4)
    clock.set(START - 1000)
    await clock.run_for(5)
    assert log.lines == []
    await clock.run_for(5)
    assert log.lines == [("a", -994)]
    assert task.done()


async def test_an_earlier_moment_is_set() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.wait("a", 10))
    await clock.run_to(START - 100)
    assert (clock.now(), log.lines) == (START - 100, [])
    await clock.run_for(10)
    assert log.lines == [("a", -90)]
    assert task.done()


# Time limits.


async def test_a_time_limit_ends_what_waits() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.limited("a", 5, forever))
    await clock.run_for(4)
    assert log.lines == []
    await clock.run_for(4)
    assert log.lines == [("a timed out", 5)]
    assert (task.done(), clock.waiting) == (True, 0)


async def test_a_body_that_ends_in_time_is_let_alone() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.limited("a", 5, lambda: clock.sleep(3)))
    await clock.run_for(10)
    assert log.lines == [("a done", 3)]
    assert (task.done(), clock.waiting) == (True, 0)


@pytest.mark.parametrize(
    ("outer", "inner", "lines"),
    [
        (5, 3, [("inner timed out", 3), ("outer done", 3)]),
        (3, 5, [("outer timed out", 3)]),
        (3, 3, [("outer timed out", 3)]),
    ],
)
async def test_the_limit_that_ends_first_counts(outer: float, inner: float, lines: list[tuple[str, float]]) -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.limited("outer", outer, lambda: log.limited("inner", inner, forever)))
    await clock.run_for(10)
    assert log.lines == lines
    assert (task.done(), clock.waiting) == (True, 0)


async def test_no_time_at_all_ends_it_where_it_first_waits() -> None:
    clock = VirtualClock(START)
    log = Log(clock)

    async def body() -> None:
        log.note("begun")
        await asyncio.sleep(0)
        log.note("gone on")

    for seconds in (0, -1):
        await log.limited(seconds, seconds, body)
    assert log.lines == [("begun", 0), ("0 timed out", 0), ("begun", 0), ("-1 timed out", 0)]


async def test_cancelling_the_task_is_no_time_out() -> None:
    clock = VirtualClock(START)
    log = Log(clock)
    task = asyncio.create_task(log.limited("a", 5, forever))
    await passes()
    task.cancel()
    await passes()
    assert (task.cancelled(), log.lines, clock.waiting) == (True, [], 0)


async def test_another_error_of_the_body_is_its_own() -> None:
    clock = VirtualClock(START)
    with pytest.raises(KeyError, match="mine"), clock.timeout(5):
        raise KeyError("mine")
    with pytest.raises(TimeoutError, match="mine"), clock.timeout(5):
        raise TimeoutError("mine")
    assert clock.waiting == 0


# The machine's clock.


@pytest.mark.parametrize("make", [SystemClock, AdjustableClock, lambda: AdjustableClock(by_turn=True)])
async def test_the_machines_clock_moves_by_itself(make: Callable[[], Clock]) -> None:
    clock = make()
    clock.begin_turn()
    await clock.sleep(0.001)
    await clock.sleep(0)
    await clock.sleep(-1)
    with pytest.raises(TimeoutError), clock.timeout(0.001):
        await forever()
    with pytest.raises(TimeoutError), clock.timeout(0):
        await asyncio.sleep(0)
    task = asyncio.create_task(clock.sleep(math.inf))
    await passes()
    task.cancel()
    with clock.timeout(3600):
        await clock.sleep(0.001)
    await passes()
    assert task.cancelled()


# The machine's until it is set.


async def test_setting_a_clock_that_runs_wakes_who_is_due_by_then() -> None:
    clock = AdjustableClock()
    began = clock.now()
    seen: list[tuple[int, float]] = []

    async def wait(hours: int) -> None:
        await clock.sleep(hours * 3600)
        seen.append((hours, clock.now()))

    tasks = [asyncio.create_task(wait(hours)) for hours in (30, 1, 2)]
    await clock.run_for("3h")
    assert [hours for hours, _ in seen] == [1, 2]
    assert [0 <= now - began - hours * 3600 < 3600 for hours, now in seen] == [True, True]
    assert clock.is_set
    assert clock.waiting == 1
    await clock.run_for("40h")
    assert [hours for hours, _ in seen] == [1, 2, 30]
    assert all(task.done() for task in tasks)


async def test_a_clock_that_is_let_go_counts_what_is_left_in_real_seconds() -> None:
    clock = AdjustableClock()
    clock.set("2030-01-01")
    task = asyncio.create_task(clock.sleep(60.001))
    long = asyncio.create_task(clock.sleep(1000))
    await clock.run_for(60)
    clock.release()
    await asyncio.wait_for(task, 60)
    assert (clock.waiting, long.done()) == (1, False)
    clock.set("2031-01-01")
    await asyncio.wait_for(long, 60)
    assert clock.waiting == 0


async def test_a_clock_that_was_in_the_past_wakes_who_is_due_at_the_machines_time() -> None:
    clock = AdjustableClock()
    clock.set("2001-01-01")
    task = asyncio.create_task(clock.sleep(86400))
    await passes()
    clock.release()
    await passes()
    assert task.done()


async def test_a_clock_that_stood_by_turn_shows_nobody_an_earlier_moment_than_they_wanted() -> None:
    clock = AdjustableClock(by_turn=True)
    clock.set("2030-01-01T00:00:00.001Z")
    wanted, seen = [], []

    async def wait(seconds: float) -> None:
        wanted.append(clock.now() + seconds)
        await clock.sleep(seconds)
        seen.append(clock.now())

    tasks = [asyncio.create_task(wait(seconds)) for seconds in (0.0003, 0.0007, 0.001)]
    await clock.run_for(1)
    assert all(task.done() for task in tasks)
    assert all(want <= now <= want + 0.001 for want, now in zip(wanted, seen, strict=True))


async def test_a_turn_that_begins_wakes_nobody() -> None:
    clock = AdjustableClock(by_turn=True)
    clock.begin_turn()
    task = asyncio.create_task(clock.sleep(3600))
    await passes()
    clock.begin_turn()
    await passes()
    assert (clock.waiting, task.done()) == (1, False)
    task.cancel()
