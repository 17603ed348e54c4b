"""What runs beside the turns: found by its context, whoever begins it and however."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest

import cpsl
from cpsl.model.identity import UserInfo
from cpsl.runtime.background import Background
from cpsl.runtime.home import suggestions
from cpsl.testing import Simulator


async def forever() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def app() -> cpsl.App:
    return cpsl.App("beside", image=cpsl.Image())


@pytest.fixture
async def own_factory() -> Any:
    """The test's loop with its own task factory; what a simulator has done to it is undone at its end."""
    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()
    yield loop
    loop.set_task_factory(before)


def says(app: cpsl.App, begin: Callable[[], object]) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        begin()


def names(sim: Simulator) -> list[str]:
    return sorted(task.get_name() for task in sim.left_running)


def task(name: str) -> asyncio.Task[None]:
    return asyncio.get_running_loop().create_task(forever(), name=name)


async def child_of(name: str) -> None:
    task(f"{name}'s child")
    await forever()


async def stopped(sim: Simulator) -> None:
    for one in sim.left_running:
        one.cancel()
    await sim.settled()
    assert sim.left_running == frozenset()


async def test_what_a_handler_begins_is_found_with_what_that_begins(app: cpsl.App) -> None:
    says(app, lambda: (task("one"), asyncio.get_running_loop().create_task(child_of("two"), name="two")))
    async with Simulator(app) as sim:
        outside = task("the test's own")
        await sim.chat().send("a")
        await asyncio.sleep(0)
        assert names(sim) == ["one", "two", "two's child"]
        await stopped(sim)
        assert not outside.done()
        outside.cancel()


async def test_what_a_callback_or_a_thread_begins_is_found(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(task, "callback")
        await asyncio.to_thread(lambda: loop.call_soon_threadsafe(task, "thread"))
        await asyncio.sleep(0)

    async with Simulator(app) as sim:
        await sim.chat().send("a")
        await asyncio.sleep(0)
        assert names(sim) == ["callback", "thread"]
        await stopped(sim)


async def test_what_ends_within_its_turn_is_not_left_running(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(5)))
        await asyncio.wait_for(asyncio.sleep(0), 60)

    async with Simulator(app) as sim:
        await sim.chat().send("a")
        assert sim.left_running == frozenset()


async def test_hooks_data_handlers_and_suggestions_leave_things_running_too(app: cpsl.App) -> None:
    @app.boot()
    async def boot() -> None:
        task("boot")

    @app.enter()
    async def enter(session: cpsl.Session) -> None:
        task("enter")

    @app.exit()
    async def leave(session: cpsl.Session) -> None:
        task("exit")

    @app.data("d")
    async def data() -> int:
        task("data")
        return 1

    @app.home_suggestions()
    async def home() -> list[str]:
        task("home")
        return []

    says(app, lambda: None)
    async with Simulator(app) as sim:
        chat = sim.chat()
        await chat.send("a")
        await chat.leave()
        await sim.data("d")
        await suggestions(app, UserInfo("local"))
        task("the test's").cancel()
        assert names(sim) == ["boot", "data", "enter", "exit", "home"]
        await stopped(sim)


async def test_a_handler_that_was_abandoned_runs_beside_the_next_turns(app: cpsl.App) -> None:
    begun, end = asyncio.Event(), asyncio.Event()

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        begun.set()
        while message.text == "stay" and not end.is_set():
            try:
                await end.wait()
            except asyncio.CancelledError:
                continue

    async with Simulator(app) as sim:
        chat = sim.chat()
        sending = asyncio.create_task(chat.send("stay"))
        await begun.wait()
        assert sim.left_running == frozenset()
        chat.conversation.stop()
        chat.conversation.abandon()
        assert (await sending).status == "interrupted"
        assert len(sim.left_running) == 1
        assert (await chat.send("b")).status == "ok"
        assert len(sim.left_running) == 1
        end.set()
        await sim.settled()
        assert sim.left_running == frozenset()


async def test_each_app_has_its_own(app: cpsl.App) -> None:
    other = cpsl.App("other", image=cpsl.Image())
    says(app, lambda: task("one"))
    says(other, lambda: task("two"))
    before = asyncio.get_running_loop().get_task_factory()
    async with Simulator(app) as first:
        async with Simulator(other) as second:
            await first.chat().send("a")
            await second.chat().send("a")
            assert (names(first), names(second)) == (["one"], ["two"])
            await stopped(second)
        await first.chat().send("a")
        assert names(first) == ["one", "one"]
        await stopped(first)
    assert asyncio.get_running_loop().get_task_factory() is before


@pytest.mark.parametrize("when", ["before", "boot", "turn"])
async def test_an_apps_own_task_factory_stays_and_is_watched(app: cpsl.App, own_factory: Any, when: str) -> None:
    loop: asyncio.AbstractEventLoop = own_factory
    made: list[str] = []

    def factory(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        made.append(work.__qualname__)
        return asyncio.Task(work, loop=loop, **options)

    @app.boot()
    async def boot() -> None:
        if when == "boot":
            loop.set_task_factory(factory)

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if when == "turn" and message.text == "first":
            loop.set_task_factory(factory)
        elif message.text == "second":
            task("found")

    if when == "before":
        loop.set_task_factory(factory)
    async with Simulator(app) as sim:
        chat = sim.chat()
        await chat.send("first")
        made.clear()
        await chat.send("second")
        assert made == ["RunningTurn._guarded", "forever"]
        assert names(sim) == ["found"]
        await stopped(sim)
    assert loop.get_task_factory() is factory


async def test_a_factory_that_an_app_sets_last_is_left_as_it_is(app: cpsl.App, own_factory: Any) -> None:
    def factory(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(work, loop=loop, **options)

    says(app, lambda: own_factory.set_task_factory(factory))
    async with Simulator(app) as sim:
        await sim.chat().send("a")
    assert own_factory.get_task_factory() is factory


async def test_an_app_that_does_not_boot_leaves_the_loop_as_it_was(app: cpsl.App) -> None:
    before = asyncio.get_running_loop().get_task_factory()

    @app.boot()
    async def boot() -> None:
        raise ValueError("no")

    with pytest.raises(cpsl.errors.BootError):
        async with Simulator(app):
            pass
    assert asyncio.get_running_loop().get_task_factory() is before


# The runtime's own work.


async def test_own_work_ends_with_the_runtime_and_is_not_the_apps(app: cpsl.App) -> None:
    ended: list[str] = []

    async def work() -> None:
        task("begun by it")
        try:
            await forever()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    @app.exit()
    async def leave(session: cpsl.Session) -> None:
        ended.append("exit")

    says(app, lambda: None)
    async with Simulator(app) as sim:
        await sim.chat().send("a")
        own = sim._runtime.background.start(work())
        await asyncio.sleep(0)
        assert names(sim) == ["begun by it"]
        await stopped(sim)
        assert not own.done()
    assert ended == ["cancelled", "exit"]
    assert own.cancelled()


async def test_own_work_begun_by_a_handler_is_not_the_apps_either(app: cpsl.App) -> None:
    background: list[Background] = []
    says(app, lambda: background[0].start(forever()))
    async with Simulator(app) as sim:
        background.append(sim._runtime.background)
        await sim.chat().send("a")
        assert sim.left_running == frozenset()
        await sim.settled(timeout=0)


async def test_own_work_that_does_not_end_is_given_up() -> None:
    background, end = Background(), asyncio.Event()

    async def stubborn() -> int:
        while not end.is_set():
            try:
                await end.wait()
            except asyncio.CancelledError:
                continue
        return 1

    own = background.start(stubborn())
    await asyncio.sleep(0)
    await background.close(0)
    assert not own.done()
    end.set()
    assert await own == 1
    await background.close(60)


async def test_a_task_with_a_context_of_its_own_belongs_where_that_came_from() -> None:
    background, loop = Background(), asyncio.get_running_loop()
    background.watch(loop)
    try:
        with background.owning():
            owned = copy_context()
        work = [owned.run(loop.create_task, forever()), loop.create_task(forever())]
        factory: Any = loop.get_task_factory()
        knows_contexts = sys.version_info >= (3, 11)
        made = factory(loop, forever(), context=owned) if knows_contexts else None
        assert background.left_running == {work[0], *([made] if made else [])}
        for one in (*work, made):
            if one:
                one.cancel()
    finally:
        background.unwatch(loop)
