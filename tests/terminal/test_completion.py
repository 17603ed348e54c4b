"""The menu while a command is typed, filled from what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.screen import Start, TerminalProgram

APP = """
import cpsl

app = cpsl.App("menu", image=cpsl.Image())
orders = app.collection("orders", scope="app")
app.collection("orchids", scope="app")
app.collection("people", scope="app")
app.setting("currency", scope="user", type=str, default="EUR", options=["EUR", "USD"])
app.setting("limit", scope="user", type=int, default=3)


@app.data("totals")
async def totals(session):
    return {"currency": await app.settings.get("currency"), "limit": await app.settings.get("limit")}


@app.data("broken")
async def broken(session):
    raise ValueError("no way")


@app.message()
async def handle(session, msg):
    if msg.text.startswith("order"):
        await orders.insert_one({"what": msg.text, "total": 3})
    names = ", ".join(item.name for item in msg.attachments or ())
    await session.reply(f"got {msg.text} with {names or 'nothing'}")
"""


@pytest.fixture(autouse=True)
def menu(folder: Path) -> None:
    """The app of this file in the place of the usual one, and files to send."""
    (folder / "app.py").write_text(APP, encoding="utf-8")
    (folder / "photos").mkdir()
    (folder / "photos" / "my photo.png").write_bytes(b"pixels")
    (folder / "it's.txt").write_text("text", encoding="utf-8")


def offered(chat: TerminalProgram) -> list[str]:
    """What stands in the menu below the prompt."""
    lines = chat.lines()
    prompt = max(number for number, line in enumerate(lines) if "❯" in line)
    return [line.split()[0] for line in lines[prompt + 1 :] if line.strip()]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("/db or", ["orchids", "orders"]),
        ("/data ", ["broken", "totals"]),
        ("/set ", ["currency=", "limit="]),
        ("/attach ph", ["photos/"]),
        ("/help set", ["set", "settings"]),
        ("see @ph", ["photos/"]),
    ],
)
def test_arguments_are_completed_with_what_there_is(start: Start, typed: str, names: list[str]) -> None:
    chat = start()
    chat.keys(typed)
    chat.until(lambda: offered(chat) == names)


def test_sessions_and_people_are_those_of_the_store(start: Start) -> None:
    chat = start("--session", "first")
    chat.keys("hi\r")
    chat.until_line("got hi with nothing")
    chat.keys("/as bob\r")
    chat.until_line("now bob, session main")
    chat.keys("hi\r")
    chat.until(lambda: chat.lines().count("got hi with nothing") == 2)
    chat.keys("/as ")
    chat.until(lambda: offered(chat) == ["bob", "local"])
    chat.keys("local\r")
    chat.until_line("now local, session first")
    chat.keys("/session ")
    chat.until(lambda: offered(chat) == ["first"])


def test_a_name_with_a_space_is_quoted(start: Start) -> None:
    chat = start("--as", "bob smith", "--session", "first try")
    chat.keys("hi\r")
    chat.until_line("got hi with nothing")
    chat.keys("/as carol\r")
    chat.until_line("now carol, session main")
    chat.keys("/as bob")
    chat.until(lambda: offered(chat) == ["bob"])
    chat.keys("\t\r")
    chat.until_line("now bob smith, session first try")
    chat.keys("/session 'first t")
    chat.until(lambda: offered(chat) == ["first"])
    chat.keys("\t\r")
    chat.until_line("session first try")


def test_a_single_completion_is_taken_by_tab_and_the_next_enter_sends(start: Start) -> None:
    chat = start()
    chat.keys("/db peo")
    chat.until(lambda: offered(chat) == ["people"])
    chat.keys("\t\r")
    chat.until_line("nothing found")


@pytest.mark.parametrize(("typed", "name"), [("/attach it", "it's.txt"), ("/attach photos/my", "my photo.png")])
def test_a_completed_path_is_quoted_where_it_must_be(start: Start, typed: str, name: str) -> None:
    chat = start()
    chat.keys(typed)
    chat.until(lambda: bool(offered(chat)))
    chat.keys("\t\r")
    chat.until(lambda: any(line.startswith(f"with the next message: {name}") for line in chat.lines()))
    chat.until(lambda: chat.corner().startswith(f"main · {name} "))
    chat.keys("here\r")
    chat.until_line(f"got here with {name}")
    chat.until(lambda: chat.corner() == "main")


def test_a_mentioned_file_may_have_a_space_and_end_a_sentence(start: Start) -> None:
    chat = start()
    chat.keys("see @photos/my")
    chat.until(lambda: bool(offered(chat)))
    chat.keys("\t and @app.py.")
    chat.until(lambda: chat.lines()[-1] == "❯ see @'photos/my photo.png' and @app.py.")
    chat.keys("\r")
    chat.until_line("got see @'photos/my photo.png' and @app.py. with my photo.png, app.py")


def test_settings_are_typed_and_data_handlers_see_them(start: Start) -> None:
    chat = start()
    chat.keys("/set limit=many\r")
    chat.until(lambda: any(line.startswith("/set: ") and "limit" in line for line in chat.lines()))
    chat.keys("/set currency=GBP\r")
    chat.until(lambda: any("EUR" in line and "USD" in line for line in chat.lines()))
    chat.keys("/set limit=7\r")
    chat.until_line("limit = 7")
    chat.keys("/data totals\r")
    chat.until_line('{"currency":"EUR","limit":7}')


def test_a_failing_data_handler_is_told_once(start: Start) -> None:
    chat = start()
    chat.keys("/data broken\r")
    chat.until_line("ValueError: no way")
    chat.until_prompt()
    assert chat.lines().count("ValueError: no way") == 1
    assert '    raise ValueError("no way")' in chat.lines()
