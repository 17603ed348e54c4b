"""The notebook, driven as its users drive it. What was recorded in transcripts/ is tested as it is."""

import json
from pathlib import Path

from cpsl.testing import Capsule, SimulatorStarter

HERE = Path(__file__).parent


async def test_it_keeps_notes_and_lists_them(capsule: Capsule) -> None:
    me = capsule("app.py").session()
    assert (await me.send("notes")).text == "No notes yet. Try: remember buy coffee"
    assert (await me.send("remember buy coffee")).text == "Saved note #1: buy coffee"
    assert (await me.send("remember send proposal")).text == "Saved note #2: send proposal"
    assert (await me.send("notes")).text == "1. buy coffee\n2. send proposal"
    assert me.data == {"notes": ["buy coffee", "send proposal"]}


async def test_every_person_has_a_notebook_of_their_own(capsule: Capsule) -> None:
    ann, bob = capsule("app.py").session("ann"), capsule("app.py").session("bob")
    await ann.send("remember buy coffee")
    assert (await bob.send("notes")).text.startswith("No notes yet")


async def test_history_has_one_line_for_each_earlier_message(capsule: Capsule) -> None:
    me = capsule("app.py").session()
    assert (await me.send("history")).text == "Nothing was said yet."
    await me.send("remember buy coffee")
    await me.send("remember send proposal")
    await me.send("notes")
    assert (await me.send("history")).text.splitlines()[2:] == [
        "user: remember buy coffee",
        "app: Saved note #1: buy coffee",
        "user: remember send proposal",
        "app: Saved note #2: send proposal",
        "user: notes",
        "app: 1. buy coffee / 2. send proposal",
    ]


async def test_anything_else_is_announced_and_then_streamed(capsule: Capsule) -> None:
    me = capsule("app.py").session()
    turn = await me.send("hello notebook")
    assert me.notifies == turn.notices == ["Thinking…"]
    assert turn.replies == ["You said: hello notebook"]
    assert [event.type for event in turn.events] == ["user", "notify", "reply", "data", "end"]


async def test_notes_are_there_after_a_restart(simulator: SimulatorStarter, tmp_path: Path) -> None:
    store = tmp_path / "notebook.db"
    async with simulator("app.py", store=store) as sim:
        await sim.chat().send("remember buy coffee")
    async with simulator("app.py", store=store) as sim:
        assert (await sim.chat().send("notes")).text == "1. buy coffee"


def test_the_recorded_talk_is_the_script_of_make_chat() -> None:
    lines = (HERE / "transcripts" / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    said = [line["text"] for line in map(json.loads, lines) if line["type"] == "user"]
    assert said == (HERE / "script.txt").read_text(encoding="utf-8").splitlines()
