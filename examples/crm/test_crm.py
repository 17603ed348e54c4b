"""The CRM, driven as its users drive it. What was recorded in transcripts/ is tested as it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from cpsl.runtime.data_handlers import DataFailure
from cpsl.testing import Simulator

HERE = Path(__file__).parent
APP = str(HERE / "app.py")


async def test_a_team_shares_its_leads_and_nobody_else_sees_them() -> None:
    async with Simulator(APP) as sim:
        ann, bob, eve = sim.chat("ann", org="acme"), sim.chat("bob", org="acme"), sim.chat("eve")
        await ann.send("add Acme ops@acme.test 1200")
        assert (await bob.send("add Bolt hi@bolt.test 300")).text == "Saved Bolt. You have 2 open leads."
        assert (await ann.send("leads")).text == "Acme: 1200 EUR, new\nBolt: 300 EUR, new"
        assert (await eve.send("leads")).text == "No leads."
        assert (await bob.send("won Acme")).text == "Acme is won."
        assert (await ann.send("leads won")).text == "Acme: 1200 EUR, won"


async def test_bookmarks_are_a_persons_own() -> None:
    async with Simulator(APP) as sim:
        ann, bob = sim.chat("ann", org="acme"), sim.chat("bob", org="acme")
        await ann.send("add Acme ops@acme.test")
        assert (await bob.send("star Acme")).text == "Starred Acme."
        assert (await bob.send("star Acme")).text == "Starred Acme."
        assert (await bob.send("stars")).text == "Acme"
        assert (await ann.send("stars")).text == "No stars yet."
        assert (await bob.send("star Zed")).text == "No lead 'Zed'."


async def test_the_scratchpad_belongs_to_the_conversation() -> None:
    async with Simulator(APP) as sim:
        one, two = sim.chat("ann", session="one"), sim.chat("ann", session="two")
        await one.send("jot call back")
        assert (await one.send("jots")).text == "call back"
        assert (await two.send("jots")).text == "Nothing noted here."


async def test_the_board_is_everybodys() -> None:
    async with Simulator(APP) as sim:
        await sim.chat("ann").send("post hello")
        assert (await sim.chat("eve").send("board")).text == "hello (ann)"


async def test_without_a_name_the_lead_spoken_of_last_is_meant() -> None:
    async with Simulator(APP) as sim:
        chat = sim.chat()
        await chat.send("add Acme ops@acme.test 10")
        assert (await chat.send("lost")).text == "Acme is lost."
        assert (await chat.send("lost")).text == "No open lead 'Acme'."
        assert chat.data == {"last": "Acme"}


async def test_settings_decide_how_leads_are_listed() -> None:
    async with Simulator(APP) as sim:
        chat = sim.chat()
        for line in ("add Acme ops@acme.test 10", "add Bolt hi@bolt.test 20", "won Bolt"):
            await chat.send(line)
        settings = {setting.name: setting for setting in sim.app.registry.settings.values()}
        assert settings["currency"].options == ("EUR", "USD")
        assert (await chat.send("leads")).text == "Bolt: 20 EUR, won\nAcme: 10 EUR, new"
        assert (await chat.send("leads new")).text == "Acme: 10 EUR, new"


async def test_metrics_are_for_who_is_signed_in() -> None:
    async with Simulator(APP) as sim:
        chat = sim.chat("ann", org="acme")
        for line in ("add Acme ops@acme.test 10", "add Bolt hi@bolt.test 20", "won Bolt"):
            await chat.send(line)
        assert await sim.data("lead_metrics", user="bob", org="acme") == {"total": 2, "value": 30, "won": 20}
        assert await sim.data("lead_metrics", user="ann", org="acme", status="new") == {
            "total": 1,
            "value": 10,
            "won": 0,
        }
        assert await sim.data("leads_by_status", user="ann", org="acme") == [
            {"status": "new", "leads": 1},
            {"status": "won", "leads": 1},
            {"status": "lost", "leads": 0},
        ]
        assert (await sim.data("lead_metrics", user="eve"))["total"] == 0
        with pytest.raises(DataFailure):
            await sim.data("lead_metrics", guest=True)


async def test_the_page_binds_to_handlers_collections_and_settings_there_are() -> None:
    async with Simulator(APP) as sim:
        registry = sim.app.registry
        (page,) = registry.pages
        widgets = list(_widgets(page.tree))
        assert {widget["type"] for widget in widgets} >= {"metric", "chart", "table", "toggle", "select"}
        assert {widget["data"] for widget in widgets if "data" in widget} <= set(registry.data)
        assert {widget["setting"] for widget in widgets if "setting" in widget} <= set(registry.settings)


async def test_leads_are_there_after_a_restart(tmp_path: Path) -> None:
    store = tmp_path / "crm.db"
    async with Simulator(APP, store=store) as sim:
        await sim.chat().send("add Acme ops@acme.test 10")
    async with Simulator(APP, store=store) as sim:
        assert (await sim.chat().send("leads")).text == "Acme: 10 EUR, new"


@pytest.mark.parametrize(("name", "script"), [("leads", "script"), ("board", "board")])
def test_the_recorded_talks_are_those_of_the_scripts(name: str, script: str) -> None:
    said = [event["text"] for event in _events(HERE / "transcripts" / f"{name}.jsonl") if event["type"] == "user"]
    assert said == [event["text"] for event in _events(HERE / f"{script}.jsonl")]


def _widgets(tree: Any) -> Any:
    if isinstance(tree, dict):
        if "type" in tree:
            yield tree
        for value in tree.values():
            yield from _widgets(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from _widgets(item)


def _events(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
