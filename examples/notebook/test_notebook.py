"""The notebook, driven as its users drive it."""

import json
from pathlib import Path
from typing import Any

from cpsl.testing import Simulator

HERE = Path(__file__).parent
APP = str(HERE / "app.py")


async def test_it_keeps_notes_and_lists_them() -> None:
    async with Simulator(APP) as sim:
        chat = sim.chat()
        assert (await chat.send("notes")).text == "No notes yet. Try: remember buy coffee"
        assert (await chat.send("remember buy coffee")).text == "Saved note #1: buy coffee"
        assert (await chat.send("remember send proposal")).text == "Saved note #2: send proposal"
        assert (await chat.send("notes")).text == "1. buy coffee\n2. send proposal"
        assert chat.data == {"notes": ["buy coffee", "send proposal"]}


async def test_notes_are_there_after_a_restart(tmp_path: Path) -> None:
    store = tmp_path / "notebook.db"
    async with Simulator(APP, store=store) as sim:
        await sim.chat().send("remember buy coffee")
    async with Simulator(APP, store=store) as sim:
        assert (await sim.chat().send("notes")).text == "1. buy coffee"


async def test_every_person_has_a_notebook_of_their_own() -> None:
    async with Simulator(APP) as sim:
        await sim.chat("ann").send("remember buy coffee")
        assert (await sim.chat("bob").send("notes")).text.startswith("No notes yet")


async def test_history_has_one_line_for_each_earlier_message() -> None:
    async with Simulator(APP) as sim:
        chat = sim.chat()
        assert (await chat.send("history")).text == "Nothing was said yet."
        await chat.send("remember buy coffee")
        await chat.send("remember send proposal")
        await chat.send("notes")
        assert (await chat.send("history")).text.splitlines()[2:] == [
            "user: remember buy coffee",
            "app: Saved note #1: buy coffee",
            "user: remember send proposal",
            "app: Saved note #2: send proposal",
            "user: notes",
            "app: 1. buy coffee / 2. send proposal",
        ]


async def test_anything_else_is_announced_and_then_streamed() -> None:
    async with Simulator(APP) as sim:
        turn = await sim.chat().send("hello notebook")
        assert turn.notices == ["Thinking…"]
        assert turn.replies == ["You said: hello notebook"]
        assert [event.type for event in turn.events] == ["user", "notify", "reply", "data", "end"]


async def test_the_recorded_talk_still_goes_that_way() -> None:
    recorded = _events(HERE / "transcripts" / "notes.jsonl")
    said = [event["text"] for event in recorded if event["type"] == "user"]
    assert said == (HERE / "script.txt").read_text(encoding="utf-8").splitlines()
    async with Simulator(APP) as sim:
        chat = sim.chat()
        replies = [reply for text in said for reply in (await chat.send(text)).replies]
    assert replies == [event["text"] for event in recorded if event["type"] == "reply"]


def _events(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
