"""behaviour.md §5, §12: who the running code belongs to."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import cpsl
from cpsl.runtime.home import suggestions
from cpsl.testing import Simulator


async def test_the_session_is_current_in_its_handler_and_in_what_that_starts(app: cpsl.App) -> None:
    seen: list[tuple[str, bool]] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async def child() -> None:
            seen.append(("task", cpsl.current_session() is session))

        def thread() -> None:
            seen.append(("thread", cpsl.current_session() is None))

        seen.append(("handler", cpsl.current_session() is session))
        await asyncio.create_task(child())
        plain = threading.Thread(target=thread)
        plain.start()
        plain.join()

    async with Simulator(app) as sim:
        assert cpsl.current_session() is None
        await sim.chat().send("a")
        assert cpsl.current_session() is None
    assert seen == [("handler", True), ("task", True), ("thread", True)]


async def test_what_runs_for_somebody_else_within_a_handler_has_not_its_session(app: cpsl.App) -> None:
    seen: dict[str, Any] = {}
    app.data("without")(lambda: cpsl.current_session() is None)
    app.data("with")(lambda session: (cpsl.current_session() is session, session.user.id))
    app.home_suggestions()(lambda: ["none" if cpsl.current_session() is None else "some"])

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        seen["data"] = [await sim.data(name, user="bob") for name in ("without", "with")]
        seen["home"] = [found.label for found in await suggestions(app, cpsl.UserInfo("bob"))]
        seen["afterwards"] = cpsl.current_session() is session

    async with Simulator(app) as sim:
        await sim.chat("ann").send("a")
    assert seen == {"data": [True, (True, "bob")], "home": ["none"], "afterwards": True}


async def test_concurrent_handlers_each_have_their_own_session(app: cpsl.App) -> None:
    together = asyncio.Barrier(2) if hasattr(asyncio, "Barrier") else None
    seen: dict[str, Any] = {}

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if together:
            await together.wait()
        else:
            await asyncio.sleep(0)
        current = cpsl.current_session()
        seen[session.user.id] = current.user.id if current else None

    async with Simulator(app) as sim:
        await asyncio.gather(*(sim.chat(user).send("a") for user in ("ann", "bob")))
    assert seen == {"ann": "ann", "bob": "bob"}


async def test_an_app_cannot_hang_attributes_on_a_session(app: cpsl.App) -> None:
    @app.message()
    async def message(session: Any, message: cpsl.Message) -> None:
        session.extra = 1

    async with Simulator(app) as sim:
        assert isinstance((await sim.chat().send("a")).error, AttributeError)


async def test_the_session_id_stays_the_same_through_the_conversation(app: cpsl.App) -> None:
    ids: list[str] = []
    app.message()(lambda session, message: ids.append(session.id))
    async with Simulator(app) as sim:
        for user in ("ann", "ann", "bob"):
            await sim.chat(user).send("a")
    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) >= 8


async def test_the_default_person_has_no_e_mail_and_no_organisation(app: cpsl.App) -> None:
    seen: list[cpsl.UserInfo] = []
    app.message()(lambda session, message: seen.append(session.user))
    async with Simulator(app) as sim:
        await sim.chat().send("a")
    assert seen == [cpsl.UserInfo("local", None, None)]
    assert seen[0].owner_id == "local"


@pytest.mark.parametrize("seed", [0, 7])
async def test_the_same_seed_gives_the_same_ids(seed: int) -> None:
    ids = []
    for _ in range(2):
        async with Simulator(cpsl.App("probe", image=cpsl.Image()), seed=seed) as sim:
            ids.append(sim.chat().session_id)
    assert ids[0] == ids[1]
