"""Writing in the terminal: menu, several lines, editor, queue, questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.screen import Start, TerminalProgram

QUESTIONS = """
import cpsl

app = cpsl.App("asking", image=cpsl.Image())
app.home(title="Ask me", suggestions=[cpsl.Suggestion("Approve", prompt="approve")])
app.add_integration("acme", fields=["key"])


@app.message()
async def handle(session, msg):
    if msg.text == "approve":
        await session.reply(f"approved {await session.prompt_approval('Really?')}")
    elif msg.text == "connect":
        found = await session.require_integration("acme")
        await session.reply(f"got {len(found.fields['key'])} characters")
    else:
        await session.reply(repr(msg.text))
"""


def until_more(chat: TerminalProgram) -> None:
    """Wait until the program has written something."""
    count = len(chat.raw)
    chat.until(lambda: len(chat.raw) > count)


def test_a_slash_opens_a_menu_with_meanings_and_tab_completes(start: Start) -> None:
    chat = start()
    chat.keys("/")
    chat.until(lambda: any("/as" in line and "go on as another person" in line for line in chat.lines()))
    chat.keys("stat")
    chat.until(lambda: any("what session.data holds" in line for line in chat.lines()))
    chat.keys("\t")
    chat.until(lambda: any(line.startswith("❯ /state") for line in chat.lines()))


def test_three_ways_to_write_a_new_line_and_a_paste_are_one_message(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(QUESTIONS, encoding="utf-8")
    chat = start()
    chat.keys("a\x1b\rb\nc\\\rd\r")
    chat.until_line(repr("a\nb\nc\nd"))
    chat.keys("\x1b[200~one\ntwo\nthree\x1b[201~")
    chat.until_line("  three")
    chat.keys("\r")
    chat.until_line(repr("one\ntwo\nthree"))


def test_keys_pressed_while_a_reply_is_drawn_are_neither_echoed_nor_changed(start: Start) -> None:
    chat = start(rows=14)
    chat.keys("drip\r")
    chat.until_line("❯ drip")
    for letter in "typed meanwhile":
        chat.keys(letter)
        until_more(chat)
    chat.keys("\r")
    chat.until_line("l1 typed meanwhile")
    chat.until_prompt()
    shown = [line for line in chat.everything()[3:] if line]
    assert shown == [*(f"drip {n}" for n in range(60)), "❯ typed meanwhile", "l1 typed meanwhile", "l2", "❯"]


def test_an_entry_typed_before_the_next_prompt_stands_is_sent_and_not_echoed(start: Start) -> None:
    """The first reply in Markdown loads what renders it, for longer than the next key takes."""
    chat = start()
    chat.keys("markdown\r")
    chat.keys("next\r")
    chat.until_line("l1 next")
    chat.until_prompt()
    assert [line for line in chat.everything() if "next" in line] == ["❯ next", "l1 next"]


def test_lines_typed_before_the_chat_opens_are_sent_and_what_lacks_its_enter_is_the_draft(start: Start) -> None:
    chat = start(typed="früh\rnext\rhalf")
    chat.until(lambda: chat.lines()[-2:] == ["l2", "❯ half"] and "❯ next" in chat.lines())
    assert chat.everything()[-7:] == ["❯ früh", "l1 früh", "l2", "❯ next", "l1 next", "l2", "❯ half"]


def test_ctrl_d_typed_before_the_chat_opens_leaves_it(start: Start) -> None:
    assert start(typed="\x04").wait() == 0


def with_editor(folder: Path, script: str) -> dict[str, str]:
    """An environment whose ``$EDITOR`` is that shell script; ``$1`` is the file to edit."""
    editor = folder / "editor.sh"
    editor.write_text("#!/bin/sh\n" + script, encoding="utf-8")
    editor.chmod(0o755)
    return {"EDITOR": str(editor), "VISUAL": str(editor)}


def test_the_editor_edits_the_draft_and_sends_nothing(start: Start, folder: Path) -> None:
    chat = start(env=with_editor(folder, 'echo editing; read words; printf " $words" >> "$1"\n'))
    chat.keys("draft")
    chat.until_line("❯ draft")
    chat.keys("\x18\x05")
    chat.until_line("editing")
    chat.keys("edited\r")
    chat.until_line("❯ draft edited")
    chat.keys(" here\r")
    chat.until_line("l1 draft edited here")


def test_an_editor_is_on_the_terminal(start: Start, folder: Path) -> None:
    chat = start(env=with_editor(folder, '[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && printf "seen" > "$1"\n'))
    chat.keys("\x18\x05")
    chat.until_line("❯ seen")


def test_vi_keys_edit_the_draft_with_v(start: Start, folder: Path) -> None:
    chat = start("--vi", env=with_editor(folder, 'printf " edited" >> "$1"\n'))
    chat.keys("draft\x1b")
    chat.until(lambda: chat.corner().endswith("vi normal"))
    chat.keys("v")
    chat.until_line("❯ draft edited")
    chat.keys("A here\r")
    chat.until_line("l1 draft edited here")


def test_ctrl_z_gives_the_terminal_to_the_shell_and_the_draft_comes_back(start: Start) -> None:
    chat = start(shell='set -m; "$0" "$@"; stty -a | grep -o " echo "; fg')
    chat.keys("draft")
    chat.until_line("❯ draft")
    chat.keys("\x1a")
    chat.until_line(" echo")
    chat.until(lambda: chat.lines()[-1] == "❯ draft")
    chat.keys(" kept\r")
    chat.until_line("l1 draft kept")


def test_a_handler_that_reads_finds_nothing_to_read(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(
        "import cpsl\n"
        'app = cpsl.App("reading", image=cpsl.Image())\n'
        "@app.message()\n"
        "async def handle(session, msg):\n"
        "    await session.reply(input())\n",
        encoding="utf-8",
    )
    chat = start()
    chat.keys("one\r")
    chat.until_line("│ EOFError: EOF when reading a line")


def test_what_waits_is_counted_and_up_takes_it_back(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("think\r")
    chat.until(lambda: any("Thinking hard" in line for line in chat.lines()))
    chat.keys("next one\r")
    chat.until(lambda: any("1 queued" in line for line in chat.lines()))
    chat.keys("\x1b[A")
    chat.until_line("❯ next one")
    (folder / "go").touch()
    chat.until_line("thought")
    chat.until(lambda: chat.lines()[-1] == "❯ next one")


def test_a_question_is_answered_at_the_prompt(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(QUESTIONS, encoding="utf-8")
    chat = start()
    assert chat.lines()[2:4] == ["Ask me", "  1  Approve"]
    chat.keys("/home 1\r")
    chat.until(lambda: chat.lines()[-1] == "Approve? [y/n] ❯")
    chat.keys("y\r")
    chat.until_line("approved True")


def test_what_is_typed_into_a_secret_form_is_never_shown(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(QUESTIONS, encoding="utf-8")
    chat = start()
    chat.keys("connect\r")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("hunter2\r")
    chat.until_line("got 7 characters")
    chat.keys("\x1b[A\x1b[A")
    chat.until(lambda: chat.lines()[-1] != "❯")
    assert "hunter2" not in chat.raw
    assert "hunter2" not in (folder / ".capsule" / "history").read_text(encoding="utf-8")


def test_connect_asks_for_hidden_fields_and_the_app_asks_no_more(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(QUESTIONS, encoding="utf-8")
    chat = start()
    chat.keys("/connect acme\r")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("hunter2\r")
    chat.until_line("acme is connected")
    chat.keys("connect\r")
    chat.until_line("got 7 characters")
    chat.keys("/connect\r")
    chat.until_line("acme  key  connected")
    assert "hunter2" not in chat.raw


def test_ctrl_c_declines_a_secret_form_and_forgets_what_was_typed(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(QUESTIONS, encoding="utf-8")
    chat = start()
    chat.keys("/connect acme\r")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("hunter2")
    chat.until(lambda: chat.lines()[-1] == "key: ❯ *******")
    chat.keys("\x03")
    chat.until_line("acme is left as it was")
    chat.until_prompt()
    chat.keys("connect\r")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("hunter2")
    chat.until(lambda: chat.lines()[-1] == "key: ❯ *******")
    chat.keys("\x03")
    chat.until_line("[interrupted]")
    chat.until_prompt()
    chat.keys("\x1b[A")
    chat.until_line("❯ connect")
    assert "hunter2" not in chat.raw
    assert "hunter2" not in (folder / ".capsule" / "history").read_text(encoding="utf-8")


@pytest.mark.parametrize(("options", "keys"), [((), "\x18\x05"), (("--vi",), "\x1bv")])
def test_no_editor_gets_a_secret(start: Start, folder: Path, options: tuple[str, ...], keys: str) -> None:
    (folder / "app.py").write_text(QUESTIONS, encoding="utf-8")
    chat = start(*options, env=with_editor(folder, 'cp "$1" seen\n'))
    chat.keys("/connect acme\r")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("hunter2")
    chat.until(lambda: chat.lines()[-1] == "key: ❯ *******")
    chat.keys(keys)
    chat.until_line("what is typed here is secret, so no editor gets it; type or paste it")
    chat.until(lambda: chat.lines()[-1] == "key: ❯ *******")
    chat.keys("\r")
    chat.until_line("acme is connected")
    assert not (folder / "seen").exists()


def test_a_secret_field_has_no_history_and_no_suggestion_and_leaves_nothing(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(QUESTIONS, encoding="utf-8")
    chat = start()
    chat.keys("hunter2 was said before\r")
    chat.until_line("'hunter2 was said before'")
    chat.keys("connect\r")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("\x1b[A\x10\x1b<\x1b.x")
    chat.until(lambda: chat.lines()[-1] == "key: ❯ *")
    chat.keys("\x15")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("hunter2 was")
    chat.until(lambda: chat.lines()[-1] == "key: ❯ ***********")
    # Ctrl-U cuts, Ctrl-Y pastes, within the field only; Ctrl-O would keep the entry.
    chat.keys("\x15\x19")
    chat.until(lambda: chat.lines()[-1] == "key: ❯ ***********")
    chat.keys("\x0f")
    chat.until_line("got 11 characters")
    chat.until_prompt()
    chat.keys("a\x19b")
    chat.until(lambda: chat.lines()[-1] == "❯ ab")
    chat.keys("\x15\x1b[A")
    chat.until(lambda: chat.lines()[-1] == "❯ connect")
    assert "hunter2" not in chat.raw.partition("'hunter2 was said before'")[2]
    history = (folder / ".capsule" / "history").read_text(encoding="utf-8")
    assert history.count("hunter2") == 1


def test_a_secret_that_is_pasted_is_hidden_as_well(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(QUESTIONS, encoding="utf-8")
    chat = start()
    chat.keys("connect\r")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("\x1b[200~hunter2\x1b[201~")
    chat.until(lambda: chat.lines()[-1] == "key: ❯ *******")
    chat.keys("\r")
    chat.until_line("got 7 characters")
    assert "hunter2" not in chat.raw


def test_leaving_while_a_form_waits_is_a_normal_end(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(QUESTIONS, encoding="utf-8")
    chat = start()
    chat.keys("/connect acme\r")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("\x04")
    assert chat.wait() == 0


def test_f4_switches_to_vi_keys_and_the_corner_says_so(start: Start) -> None:
    chat = start()
    assert chat.corner() == "main"
    chat.keys("\x1bOS")
    chat.until(lambda: chat.corner() == "main · vi")


def test_vi_keys_by_flag_with_their_mode_in_the_corner(start: Start) -> None:
    chat = start("--vi")
    assert chat.corner() == "main · vi"
    chat.keys("one\x1b\rtwo")
    chat.until_line("  two")
    chat.keys("\x1b")
    chat.until(lambda: chat.corner() == "main · vi normal")
    chat.keys("x")
    chat.until_line("  tw")
    chat.keys("A!")
    chat.until(lambda: "  tw!" in chat.lines() and chat.corner() == "main · vi")
    chat.keys("\r")
    chat.until_line("l1 one")
    chat.keys("\x1bOS")
    chat.until(lambda: chat.corner() == "main")


def test_the_flag_wins_over_the_setting(start: Start) -> None:
    assert start(env={"CAPSULE_KEYS": "vi"}).corner() == "main · vi"
    assert start("--emacs", env={"CAPSULE_KEYS": "vi"}).corner() == "main"


LEADS = """
import cpsl

app = cpsl.App("leads", image=cpsl.Image())
leads = app.collection("leads", columns=["name", "total"])


@app.message()
async def handle(session, msg):
    await leads.insert_one({"name": msg.text, "address": {"city": "Bonn"}})
    drafts = await session.collections.get("drafts", scope="user")
    await drafts.insert_one({"body": msg.text})
    await session.reply("stored")
"""


def completed(chat: TerminalProgram, typed: str, expected: str) -> None:
    """Type, press Tab, and see the line completed; then empty it."""
    chat.keys(typed)
    chat.until(lambda: any(line.startswith(f"❯ {typed}") for line in chat.lines()))
    chat.keys("\t")
    chat.until_line(f"❯ {expected}")
    chat.keys("\x15")
    chat.until_prompt()


def test_the_terms_of_a_filter_complete_from_declared_columns_and_stored_fields(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(LEADS, encoding="utf-8")
    chat = start()
    completed(chat, "/db le", "/db leads")
    completed(chat, "/db leads to", "/db leads total")
    chat.keys("/db leads addr")
    chat.until_line("❯ /db leads addr")
    chat.keys("\x15")
    chat.keys("acme\r")
    chat.until_line("stored")
    chat.until_prompt()
    completed(chat, "/db dr", "/db drafts")
    completed(chat, "/db drafts bo", "/db drafts body")
    completed(chat, "/db leads name=acme address.", "/db leads name=acme address.city")
    completed(chat, "/db leads total>", "/db leads total>=")
    completed(chat, """/db leads '{"na""", """/db leads '{"name""")
    completed(chat, """/db leads '{"name": {"$reg""", """/db leads '{"name": {"$regex""")


def test_without_a_store_the_declared_columns_complete(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(LEADS, encoding="utf-8")
    completed(start("--ephemeral"), "/db leads to", "/db leads total")


FILES = """
import cpsl

app = cpsl.App("files", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    names = [f"{item.name} {item.content_type} {item.size}" for item in msg.attachments or ()]
    await session.reply(f"**{msg.text}** with {', '.join(names) or 'nothing'}")
"""


def test_attached_and_mentioned_files_go_with_the_next_message(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(FILES, encoding="utf-8")
    (folder / "a.csv").write_text("1,2", encoding="utf-8")
    (folder / "b.txt").write_text("hello", encoding="utf-8")
    chat = start()
    chat.keys("/attach missing.png\r")
    chat.until(lambda: any("missing.png" in line and "does not exist" in line for line in chat.lines()))
    chat.keys("/attach a.csv\r")
    chat.until_line("with the next message: a.csv 3 B")
    chat.keys("see @b.txt and @nobody\r")
    chat.until_line("see @b.txt and @nobody with a.csv text/csv 3, b.txt text/plain 5")
    chat.keys("more\r")
    chat.until_line("more with nothing")


def test_what_was_attached_can_be_gone_changed_or_unwanted(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(FILES, encoding="utf-8")
    (folder / "a.csv").write_text("1,2", encoding="utf-8")
    (folder / "b.txt").write_text("hello", encoding="utf-8")
    chat = start()
    chat.keys("/attach a.csv\r")
    chat.until_line("with the next message: a.csv 3 B")
    (folder / "a.csv").write_text("1,2,3", encoding="utf-8")
    chat.keys("changed\r")
    chat.until_line("changed with a.csv text/csv 5")
    chat.keys("/attach b.txt\r")
    chat.until_line("with the next message: b.txt 5 B")
    (folder / "b.txt").unlink()
    chat.keys("gone\r")
    chat.until(lambda: "b.txt': it does not exist." in "".join(chat.lines()))
    chat.keys("/attach a.csv\r")
    chat.until(lambda: chat.corner() == "main · a.csv 5 B")
    chat.keys("/attach --clear\r")
    chat.until_line("nothing is attached")
    chat.keys("unwanted\r")
    chat.until_line("unwanted with nothing")
    assert not any(line.startswith("gone with") for line in chat.everything())


def test_raw_shows_replies_as_they_are(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(FILES, encoding="utf-8")
    chat = start()
    chat.keys("/raw\r")
    chat.until_line("replies as they are")
    chat.keys("x\r")
    chat.until_line("**x** with nothing")
