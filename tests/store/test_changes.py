"""What a turn changed, told from its before-images."""

from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.errors import DamagedError
from cpsl.store.before_images import ABSENT, undo_turn
from cpsl.store.changes import Changed, changes_of
from cpsl.testing import Simulator
from cpsl_cli.slash.last_turn import diff_lines

app = cpsl.App("changing", image=cpsl.Image())
leads = app.collection("leads", columns=["company"])
app.setting("mode", default="fast")


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    if msg.text == "first":
        session.data.update(kept=1, changed=1, dropped=[1])
        await leads.insert_many([{"company": name} for name in ("old", "gone")])
        return
    session.data["changed"] = 2
    del session.data["dropped"]
    session.data["new"] = None
    await leads.insert_one({"company": "brief"})
    await leads.delete_one({"company": "brief"})
    await leads.update_one({"company": "old"}, {"$set": {"company": "renamed", "size": 3}})
    await leads.delete_one({"company": "gone"})
    await leads.insert_one({"company": "added"})
    await app.settings.set("mode", "slow")


async def found_after(*messages: str) -> list[Changed]:
    async with Simulator(app) as sim:
        chat = sim.chat()
        for message in messages:
            assert (await chat.send(message)).error is None
        turn_id = sim._store.conversations.last_turn(chat.session_id)
        assert turn_id is not None
        return changes_of(sim._store.database, turn_id)


def company(value: Any) -> Any:
    return value["company"] if isinstance(value, dict) else value


async def test_each_change_is_found_once_with_both_values() -> None:
    found = [
        (item.where, item.sign, company(item.before), company(item.after)) for item in await found_after("first", "x")
    ]
    assert sorted(found, key=repr) == sorted(
        [
            ("data", "~", 1, 2),
            ("data", "-", [1], ABSENT),
            ("data", "+", ABSENT, None),
            ("leads", "~", "old", "renamed"),
            ("leads", "-", "gone", ABSENT),
            ("leads", "+", ABSENT, "added"),
            ("settings", "+", ABSENT, "slow"),
        ],
        key=repr,
    )


async def test_a_turn_that_changes_nothing_has_no_changes() -> None:
    async with Simulator(app) as sim:
        chat = sim.chat()
        await chat.send("first")
        store = sim._store
        turn = store.conversations.last_turn(chat.session_id)
        assert turn is not None
        assert [change.sign for change in changes_of(store.database, turn)] == ["+"] * 5
        assert store.conversations.last_turn("nobody") is None


def test_changes_read_as_lines() -> None:
    assert diff_lines(Changed("data", "step", 1, [2])) == ["~ data.step 1 -> [2]"]
    assert diff_lines(Changed("data", "step", ABSENT, None)) == ["+ data.step null"]
    assert diff_lines(Changed("leads", "6b", {"a": 1}, ABSENT)) == ['- leads 6b {"a":1}']
    before, after = {"_id": "6b", "a": 1, "b": 2}, {"_id": "6b", "a": 3, "c": 4}
    assert diff_lines(Changed("leads", "6b", before, after)) == [
        "~ leads 6b.b 2 -> gone",
        "~ leads 6b.a 1 -> 3",
        "~ leads 6b.c none -> 4",
    ]


async def test_an_entry_of_no_known_kind_is_damage_for_undo_and_for_looking_alike() -> None:
    async with Simulator(app) as sim:
        chat = sim.chat()
        await chat.send("first")
        database = sim._store.database
        turn_id = sim._store.conversations.last_turn(chat.session_id)
        assert turn_id is not None
        database.change("UPDATE _capsule_journal SET kind = 'strange' WHERE turn_id = ?", (turn_id,))
        for use in (changes_of, undo_turn):
            with pytest.raises(DamagedError, match="strange"):
                use(database, turn_id)
