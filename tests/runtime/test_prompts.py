"""Questions an app asks in the middle of a turn (behaviour.md §32)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import cpsl
from cpsl.model.events import Answered, Asked
from cpsl.testing import Simulator


def app_that(handler: Any) -> cpsl.App:
    app = cpsl.App("asking", image=cpsl.Image())
    app.add_integration("acme", fields=["key", "secret"])
    app.message()(handler)
    return app


async def approve(session: cpsl.Session, msg: cpsl.Message) -> None:
    await session.reply(str(await session.prompt_approval("Delete all?")))


async def test_an_approval_is_true_only_for_a_yes() -> None:
    async with Simulator(app_that(approve)) as sim:
        chat = sim.chat()
        answers: list[list[Any]] = [[True], ["yes"], [False], ["n"], [None], []]
        replies = [(await chat.send("x", answers=given)).text for given in answers]
    assert replies == ["True", "True", "False", "False", "False", "False"]


async def test_the_label_of_an_approval_approves() -> None:
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await session.reply(str(await session.prompt_approval("Deploy?", approve_label="Ship it", reject_label="Hold")))

    async with Simulator(app_that(handle)) as sim:
        chat = sim.chat()
        replies = [(await chat.send("x", answers=[given])).text for given in ("ship it ", "Hold", "", "y")]
    assert replies == ["True", "False", "False", "True"]


async def test_question_and_answer_are_events_of_the_turn() -> None:
    async with Simulator(app_that(approve)) as sim:
        turn = await sim.chat().send("x", answers=["y"])
    asked, answered = (event for event in turn.events if isinstance(event, (Asked, Answered)))
    assert isinstance(asked, Asked)
    assert isinstance(answered, Answered)
    assert (asked.kind, asked.message, answered.value) == ("approval", "Delete all?", True)


async def test_a_session_without_a_runtime_approves_nothing() -> None:
    session = cpsl.Session(id="s", user=cpsl.UserInfo("u"), channel=cpsl.SessionChannel("chat"))
    assert await session.prompt_approval("?") is False


async def test_a_file_is_copied_to_the_path_or_into_the_folder(tmp_path: Path) -> None:
    source = tmp_path / "data.csv"
    source.write_text("a,b", encoding="utf-8")
    made: list[Any] = []

    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        made.append(await session.prompt_file(path=str(tmp_path / "new" / "kept.csv")))
        made.append(await session.prompt_file(path=f"{tmp_path}/folder/"))

    async with Simulator(app_that(handle)) as sim:
        turn = await sim.chat().send("x", answers=[str(source), str(source)])
    assert turn.error is None
    assert [(file.name, file.size) for file in made] == [("data.csv", 3), ("data.csv", 3)]
    assert [Path(file.path).relative_to(tmp_path).as_posix() for file in made] == ["new/kept.csv", "folder/data.csv"]


async def test_no_file_is_a_time_out_that_is_a_timeout_error() -> None:
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await session.prompt_file()

    async with Simulator(app_that(handle)) as sim:
        turn = await sim.chat().send("x")
    assert isinstance(turn.error, cpsl.FileUploadTimeout)
    assert isinstance(turn.error, TimeoutError)


async def connect(session: cpsl.Session, msg: cpsl.Message) -> None:
    credentials = await session.require_integration("acme", reason="I need acme.")
    await session.reply(credentials.fields["key"])


async def test_an_integration_is_asked_for_once_and_its_reason_is_a_reply() -> None:
    async with Simulator(app_that(connect)) as sim:
        chat = sim.chat()
        first = await chat.send("x", answers=[{"key": "k", "secret": "s3cret"}])
        second = await chat.send("x")
    assert first.replies == ["I need acme.", "k"]
    assert second.replies == ["k"]
    assert "s3cret" not in repr(first.events)


async def test_declining_an_integration_and_not_answering_differ() -> None:
    async with Simulator(app_that(connect)) as sim:
        chat = sim.chat()
        declined = await chat.send("x", answers=[{}])
        silent = await chat.send("x")
    assert isinstance(declined.error, cpsl.IntegrationDeclined)
    assert isinstance(silent.error, cpsl.IntegrationTimeout)


async def test_the_time_limit_of_a_question_counts() -> None:
    class Patient:
        async def ask(self, question: Any, key: Any) -> Any:
            await asyncio.Event().wait()

    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        await session.reply(str(await session.prompt_approval("?", timeout=0.001)))

    async with Simulator(app_that(handle)) as sim:
        sim._collector.ask = Patient().ask  # type: ignore[method-assign]
        assert (await sim.chat().send("x")).text == "False"
