"""A small CRM to talk to: the leads of a team, and the four places where an app keeps things.

    add Acme ops@acme.test 1200     a new lead of yours, or of your organisation
    leads [new|won|lost]            list them, closed ones only if the setting says so
    won [Acme]  lost [Acme]         close a lead; without a name the one spoken of last
    star [Acme]  stars              bookmarks, which nobody else sees
    jot call back on Monday  jots   a scratchpad for this conversation
    post We moved!  board           a board for everybody

Leads have ``scope="owner"``: people of one organisation share them. Bookmarks belong to a person, the
scratchpad to a conversation, the board to the app. What is computed from leads is a data handler, what
somebody prefers is a setting, what was spoken of last is ``session.data``. The page "Leads" shows them.

It uses nothing but the hosted SDK's own surface, so it deploys as it is. Here:

    capsule chat examples/crm/app.py
    capsule chat examples/crm/app.py --as ann --org acme
    capsule chat examples/crm/app.py --input examples/crm/script.jsonl --ephemeral

and in a chat ``/data lead_metrics``, ``/set currency=USD``, ``/db leads status=new``.
"""

import cpsl
from cpsl import ui

app = cpsl.App("crm", image=cpsl.Image())

leads = app.collection(
    "leads",
    columns=["company", "email", {"key": "value", "type": "number"}, "status"],
    scope="owner",
    sortable=True,
    filterable=True,
)
bookmarks = app.collection("bookmarks", columns=["company"], scope="user", filterable=True)
board = app.collection("board", columns=["text", "by"])

app.setting("currency", scope="owner", type=str, default="EUR", options=["EUR", "USD"], label="Currency")
app.setting("show_closed", scope="user", type=bool, default=True, label="Show closed leads")

STATUSES = ("new", "won", "lost")
HELP = "Try: add Acme ops@acme.test 1200 · leads · won Acme · star Acme · jot … · post …"


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message):
    """Answer one message: the first word says what to do."""
    word, _, rest = msg.text.strip().partition(" ")
    command = COMMANDS.get(word.lower())
    await session.reply(await command(session, rest.strip()) if command else HELP)


async def add(session: cpsl.Session, text: str) -> str:
    """Keep a lead."""
    company, _, rest = text.partition(" ")
    email, _, amount = rest.partition(" ")
    if not company:
        return "Whom? Try: add Acme ops@acme.test 1200"
    value = float(amount) if amount.replace(".", "", 1).isdigit() else 0.0
    await leads.insert_one({"company": company, "email": email, "value": value, "status": "new"})
    session.data["last"] = company
    return f"Saved {company}. You have {await leads.count({'status': 'new'})} open leads."


async def list_leads(session: cpsl.Session, status: str) -> str:
    """The leads, the most valuable first."""
    if status and status not in STATUSES:
        return f"Leads are {', '.join(STATUSES)}."
    only_open = not await app.settings.get("show_closed")
    wanted = {"status": status} if status else {"status": "new"} if only_open else {}
    rows = await leads.find(wanted, limit=10, sort={"value": -1})
    currency = await app.settings.get("currency")
    return "\n".join(f"{row['company']}: {row['value']:g} {currency}, {row['status']}" for row in rows) or "No leads."


def closing(status: str):
    """A command that closes a lead."""

    async def close(session: cpsl.Session, text: str) -> str:
        company = text or session.data.get("last", "")
        session.data["last"] = company
        result = await leads.update_one({"company": company, "status": "new"}, {"$set": {"status": status}})
        return f"{company} is {status}." if result["matched"] else f"No open lead {company!r}."

    return close


async def star(session: cpsl.Session, text: str) -> str:
    """Bookmark a lead once, whoever of the team has found it."""
    company = text or session.data.get("last", "")
    if not await leads.find_one({"company": company}):
        return f"No lead {company!r}."
    if not await bookmarks.find_one({"company": company}):
        await bookmarks.insert_one({"company": company})
    return f"Starred {company}."


async def stars(session: cpsl.Session, text: str) -> str:
    """This person's bookmarks."""
    return ", ".join(row["company"] for row in await bookmarks.find()) or "No stars yet."


async def jot(session: cpsl.Session, text: str) -> str:
    """Write on the scratchpad: a collection that is made at its first use, for this conversation."""
    scratchpad = await session.collections.get("scratchpad", scope="session")
    await scratchpad.insert_one({"text": text})
    return "Noted."


async def jots(session: cpsl.Session, text: str) -> str:
    """What the scratchpad of this conversation says."""
    scratchpad = await session.collections.get("scratchpad", scope="session")
    return "\n".join(row["text"] for row in await scratchpad.find()) or "Nothing noted here."


async def post(session: cpsl.Session, text: str) -> str:
    """Pin something for everybody."""
    await board.insert_one({"text": text, "by": session.user.id})
    return "Posted."


async def show_board(session: cpsl.Session, text: str) -> str:
    """The last three posts, newest first."""
    rows = await board.find(limit=3, sort={"_id": -1})
    return "\n".join(f"{row['text']} ({row['by']})" for row in rows) or "The board is empty."


COMMANDS = {
    "add": add,
    "leads": list_leads,
    "won": closing("won"),
    "lost": closing("lost"),
    "star": star,
    "stars": stars,
    "jot": jot,
    "jots": jots,
    "post": post,
    "board": show_board,
}


@app.data("lead_metrics", access="authenticated")
async def lead_metrics(status: str = ""):
    """How many leads there are and what they are worth, all or those of one status."""
    rows = await leads.find({"status": status} if status else {}, limit=500)
    won = sum(row["value"] for row in rows if row["status"] == "won")
    return {"total": len(rows), "value": sum(row["value"] for row in rows), "won": won}


@app.data("leads_by_status", access="authenticated")
async def leads_by_status():
    """A point for each status, for the chart."""
    return [{"status": status, "leads": await leads.count({"status": status})} for status in STATUSES]


@app.page("Leads", icon="users", access="authenticated")
def leads_page():
    """The numbers, the chart, the table, and what a person can switch."""
    return ui.Page(
        [
            ui.Row(
                [
                    ui.Metric("Leads", data="lead_metrics", field="total"),
                    ui.Metric("Value", data="lead_metrics", field="value"),
                    ui.Metric("Won", data="lead_metrics", field="won"),
                ]
            ),
            ui.Chart(data="leads_by_status", chart_type="bar", x="status", y="leads"),
            ui.Table(leads, sortable=True, filterable=True, paginate=20),
            ui.Toggle("Show closed leads", setting="show_closed"),
            ui.Select("Currency", setting="currency", options=["EUR", "USD"]),
        ]
    )
