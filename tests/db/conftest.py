"""A project whose app has stored something: orders of everybody, notes of two people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cpsl.testing import Simulator
from tests.conftest import Finished, Folder

APP = """
orders = app.collection("orders", columns=["total", "status", "name"], sortable=True, filterable=True)
notes = app.collection("notes", columns=["text"], scope="user")
leads = app.collection("leads", scope="owner")
app.setting("tone", scope="user", type=str, default="kind")


@app.data("totals", access="authenticated")
async def totals(status="open"):
    print("noise")
    return {"orders": await orders.find({"status": status}), "name": "Zoë"}


@app.data("crash")
def crash(kind="error"):
    raise SystemExit(3) if kind == "exit" else ValueError("no way")


@app.message()
async def on_message(session, message):
    if message.text.startswith("{"):
        import json
        await orders.insert_one(json.loads(message.text))
    else:
        session.data["last"] = message.text
        await notes.insert_one({"text": message.text})
        await leads.insert_one({"lead": message.text})
    await session.reply("ok " + message.text)
"""

ORDERS: list[dict[str, Any]] = [
    {"total": 12, "status": "open", "name": "acme co", "items": [{"sku": "a"}, {"sku": "b"}]},
    {"total": 5, "status": "done", "name": "Acme two"},
    {"total": 30, "status": "open", "name": "berta", "address": {"city": "Köln"}},
    {"total": 12.5, "status": "open", "name": None},
    {"total": "many", "status": "done", "name": "c|d\ne"},
    {"status": "open"},
]


class Shop(Folder):
    """The project, and ``capsule db`` in it."""

    @property
    def store(self) -> Path:
        """The database file."""
        return self.path / ".capsule" / "probe.db"

    def db(self, *arguments: str, **options: Any) -> Finished:
        """Run ``capsule db ARGUMENTS`` to its end."""
        return self.capsule("db", *arguments, **options)

    def rows(self, *arguments: str) -> list[Any]:
        """The JSON lines that ``capsule db ARGUMENTS`` prints."""
        done = self.db(*arguments)
        assert (done.code, done.stderr) == (0, ""), done
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def run(self, work: Callable[[Simulator], Any]) -> Any:
        """Do something with the app on the same database."""

        async def run() -> Any:
            async with Simulator(str(self.path / "app.py"), store=self.store) as sim:
                return await work(sim)

        return asyncio.run(run())

    def fails(self, *arguments: str, code: int = 1, **options: Any) -> str:
        """The one sentence that a refused command says."""
        done = self.db(*arguments, **options)
        assert (done.code, done.stdout) == (code, b""), done
        assert done.stderr.startswith("capsule: ")
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr


@pytest.fixture
def empty(folder: Folder) -> Shop:
    """The project before its first chat."""
    shop = Shop(folder.path, folder.home)
    shop.app(APP)
    shop.write("pyproject.toml", "")
    return shop


@pytest.fixture
def shop(empty: Shop) -> Shop:
    """The project with six orders, and a note of each of two people."""
    empty.store.parent.mkdir()

    async def fill(sim: Simulator) -> None:
        ann = sim.chat("ann", org="acme")
        for order in ORDERS:
            await ann.send(json.dumps(order))
        await ann.send("milk")
        await sim.chat("bob").send("bread")

    empty.run(fill)
    return empty
