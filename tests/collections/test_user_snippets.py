"""The snippets of the user's own documents, run exactly as they stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.testing import Simulator

HEAD = 'import cpsl\napp = cpsl.App("leads", image=cpsl.Image())\n'

COUNTER = """
@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message):
    count = int(session.data.get("count", 0)) + 1
    session.data["count"] = count
    await session.reply(f"This is message {count} in this session.")
"""

DECLARED = """
leads = app.collection(
    "leads",
    columns=["company", "email", "status"],
    scope="owner",
    sortable=True,
    filterable=True,
)
"""

SAVED = """
@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message):
    await leads.insert_one(
        {
            "company": "Acme",
            "email": "ops@acme.test",
            "status": "new",
        }
    )
    await session.reply("Saved one lead.")
"""

LISTED = """
@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message):
    rows = await leads.find(limit=10)
    await session.reply(f"You have {len(rows)} leads.")
"""

METRICS = """
@app.data("lead_metrics", access="authenticated")
async def lead_metrics():
    rows = await leads.find(limit=500)
    return {"total": len(rows)}
"""

PAGE = """
from cpsl import ui

@app.page("Leads")
def leads_page():
    return ui.Page([
        ui.Metric("Leads", data="lead_metrics", field="total"),
        ui.Table(leads),
    ])
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "snippet_app.py"


async def test_the_counter_counts_in_its_session(source: Path) -> None:
    source.write_text(HEAD + COUNTER, encoding="utf-8")
    async with Simulator(str(source)) as sim:
        chat = sim.chat()
        await chat.send("a")
        assert (await chat.send("b")).text == "This is message 2 in this session."
        assert (await sim.chat("bob").send("a")).text == "This is message 1 in this session."


async def test_leads_are_saved_counted_and_measured(source: Path, tmp_path: Path) -> None:
    store = tmp_path / "leads.db"
    source.write_text(HEAD + DECLARED + SAVED, encoding="utf-8")
    async with Simulator(str(source), store=store) as sim:
        for _ in range(12):
            assert (await sim.chat().send("x")).text == "Saved one lead."
    source.write_text(HEAD + DECLARED + LISTED + METRICS + PAGE, encoding="utf-8")
    async with Simulator(str(source), store=store) as sim:
        assert (await sim.chat().send("x")).text == "You have 10 leads."
        assert (await sim.chat("bob").send("x")).text == "You have 0 leads."
        assert await sim.data("lead_metrics") == {"total": 12}
        (page,) = sim.app.registry.pages
        assert page.tree
        assert [child["type"] for child in page.tree["children"]] == ["metric", "table"]
