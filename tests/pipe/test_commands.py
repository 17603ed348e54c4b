"""Slash commands in scripts."""

from __future__ import annotations

import json
import re

import pytest

from cpsl_cli.errors import UsageError
from cpsl_cli.repl.terminal_commands import ReplyView, terminal_commands
from cpsl_cli.slash.registry import Command
from cpsl_cli.slash.standard import IN_TERMINAL, standard_commands
from tests.conftest import Folder

NOTES = """\
@app.message()
async def on_message(session, message):
    session.data.setdefault("notes", []).append(message.text)
    await session.reply(f"{session.user.id} {len(session.data['notes'])} {message.text}")
"""


def test_a_doubled_slash_sends_a_single_one(folder: Folder) -> None:
    folder.app()
    run = folder.chat(stdin="//help\n///x\n//\n")
    assert run.replies == ["got /help", "got //x", "got /"]


def test_an_unknown_command_is_named_with_its_line_and_not_sent(folder: Folder) -> None:
    folder.app()
    run = folder.chat(stdin="a\n\n/stat\nb\n")
    assert (run.replies, run.code) == (["got a", "got b"], 2)
    assert run.stderr.startswith("<stdin>:3: unknown command /stat: did you mean /state?")
    assert folder.chat("-m", "/zzz").stderr.startswith("-m 1: unknown command /zzz: /help lists")


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("page", "/help lists"),
        ("task", "/help lists"),
        ("retry", "/help lists"),
        ("raww", "/help lists"),
        ("hlep", "did you mean /help?"),
        ("histroy", "did you mean /history?"),
        ("hist", "did you mean /history?"),
        ("sav", "did you mean /save?"),
        ("exit", "did you mean /quit?"),
        ("reload", "with capsule chat --watch"),
    ],
)
def test_only_a_near_command_is_proposed(command: str, hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"unknown command /{command}: {hint}")):
        standard_commands().find(command)


@pytest.mark.parametrize("command", sorted(IN_TERMINAL))
def test_a_command_of_the_terminal_says_so_in_a_script(folder: Folder, command: str) -> None:
    folder.app()
    for line in (f"/{command}", f"/help {command}"):
        run = folder.chat(stdin=line + "\n")
        assert (run.stdout, run.code) == (b"", 2)
        assert f"<stdin>:1: /{command} works in the terminal only" in run.stderr


def test_the_terminal_adds_the_commands_that_a_script_sends_there() -> None:
    commands = standard_commands()
    before = {command.name for command in commands}
    terminal_commands(commands, ReplyView(raw=False), lambda: None, lambda sequence: None)
    assert {command.name for command in commands} - before == IN_TERMINAL
    assert {commands.find(name).name for name in IN_TERMINAL} == IN_TERMINAL


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/as", "needs the id"),
        ("/as ' '", "needs the id"),
        ("/session ''", "needs one name"),
        ("/session a b", "needs one name"),
        ("/state --jsn", "--json"),
        ("/as 'a", "quotation"),
    ],
)
def test_a_command_with_bad_arguments_says_what_is_wrong(folder: Folder, line: str, words: str) -> None:
    folder.app()
    run = folder.chat(stdin=line + "\n")
    assert (run.stdout, run.code) == (b"", 2)
    assert words in run.stderr


def test_the_state_is_shown_for_people_and_as_json(folder: Folder) -> None:
    folder.app(NOTES)
    run = folder.chat(stdin="/state\nż\x1b\n/state\n/state --json\n")
    assert run.stdout.decode() == ('{}\nlocal 1 ż^[\n{\n  "notes": [\n    "ż\\u001b"\n  ]\n}\n{"notes":["ż\\u001b"]}\n')


def test_the_history_is_shown_for_people_and_as_json(folder: Folder) -> None:
    folder.app()
    run = folder.chat(stdin="/history\nhi\n/history\n/history --json\n")
    assert run.replies[:4] == ["nothing said yet", "got hi", "user: hi", " app: got hi"]
    records = [json.loads(line) for line in run.replies[4:]]
    assert [(record["sender"], record["text"]) for record in records] == [("user", "hi"), ("app", "got hi")]


def test_another_person_has_their_own_conversation(folder: Folder) -> None:
    folder.app(NOTES)
    run = folder.chat(stdin="a\n/as bob\nb\n/as local\nc\n")
    assert run.replies == ["local 1 a", "bob 1 b", "local 2 c"]
    assert run.stderr == "now bob, session main\nnow local, session main\n"
    assert folder.chat("--as", "bob", stdin="d\n").replies == ["bob 2 d"]


def test_a_command_of_an_input_line_is_run_for_its_person(folder: Folder) -> None:
    folder.app(NOTES)
    folder.chat("--as", "bob", stdin="theirs\n")
    folder.write("t.jsonl", '{"text":"/state --json","as":"bob"}\n{"text":"mine"}\n')
    assert folder.chat("--input", "t.jsonl").replies == ['{"notes":["theirs"]}', "local 1 mine"]


def test_sessions_can_be_made_opened_and_listed(folder: Folder) -> None:
    folder.app(NOTES)
    run = folder.chat(stdin="a\n/new\nb\n/session work\nc\n/session main\nd\n/sessions --json\n")
    assert run.replies[:4] == ["local 1 a", "local 1 b", "local 1 c", "local 2 d"]
    assert run.stderr == "session main-2\nsession work\nsession main\n"
    listed = [json.loads(line) for line in run.replies[4:]]
    assert {(record["name"], record["user"], record["turns"]) for record in listed} == {
        ("main", "local", 2),
        ("main-2", "local", 1),
        ("work", "local", 1),
    }
    listed = folder.chat(stdin="/sessions\n").replies
    assert listed[0].split()[:4] == ["main", "local", "2", "turns"]
    assert [line.endswith("this one") for line in listed] == [True, False, False]


def test_quit_ends_the_script(folder: Folder) -> None:
    folder.app()
    run = folder.chat(stdin="a\n/quit\nb\n")
    assert (run.replies, run.code) == (["got a"], 0)


def test_help_lists_every_command_and_explains_one(folder: Folder) -> None:
    folder.app()
    listed = folder.chat(stdin="/help\n").stdout.decode()
    for name in ("/help", "/quit", "/new", "/session", "/sessions", "/as", "/state", "/history"):
        assert name in listed
    assert "example: /state --json" in folder.chat(stdin="/help state\n").stdout.decode()
    assert folder.chat(stdin="/help stat\n").code == 2


def test_a_failing_home_fails_the_command_and_not_the_chat(folder: Folder) -> None:
    folder.app(
        NOTES
        + """
@app.home_suggestions()
async def suggest():
    raise ValueError("nothing comes to mind")
"""
    )
    run = folder.chat(stdin="/home\nhi\n")
    assert (run.replies, run.code) == (["local 1 hi"], 1)
    assert "home_suggestions failed: ValueError: nothing comes to mind" in run.stderr


def test_a_digit_that_is_no_number_chooses_nothing_at_home(folder: Folder) -> None:
    folder.app(NOTES + '\napp.home(title="Hello", suggestions=["hi"])\n')
    run = folder.chat(stdin=f"/home ²\n/home {'9' * 5000}\n/home 1\n")
    assert run.replies == ["local 1 hi"]
    assert "/home takes a number from 1 to 1, not '²'" in run.stderr
    assert "Traceback" not in run.stderr


EVERYTHING = """\
app.home(title="Hello", suggestions=["hi"])
app.setting("currency")
leads = app.collection("leads", columns=["status"])

@app.data("lead_metrics")
async def lead_metrics(status):
    return {"new": await leads.count({"status": status})}
"""


@pytest.mark.parametrize("command", list(standard_commands()), ids=lambda command: command.name)
def test_the_example_of_each_command_works(folder: Folder, command: Command) -> None:
    folder.app(EVERYTHING)
    folder.write("a.png", "")
    run = folder.chat(stdin=f"hi\n{command.example}\n")
    assert command.example.split()[0] == f"/{command.name}"
    assert run.code == 0, run.stderr
    assert command.example in folder.chat(stdin=f"/help {command.name}\n").stdout.decode()


def test_names_cannot_drive_the_terminal(folder: Folder) -> None:
    folder.app(NOTES)
    run = folder.chat(stdin="/session a\x1b[2J\n/session\nhi\n/sessions\n/as \x1b]0;x\x07\n/\x1b[2J\n")
    assert b"\x1b" not in run.stdout
    assert b"\x07" not in run.stdout
    assert "\x1b" not in run.stderr


def test_the_last_error_can_be_seen_in_full(folder: Folder) -> None:
    folder.app("@app.message()\nasync def on_message(session, message):\n    raise ValueError('no way')\n")
    run = folder.chat(stdin="/traceback\na\n/traceback\n")
    assert run.replies[0] == "no error so far"
    assert run.replies[1] == "Traceback (most recent call last):"
    assert run.replies[-1] == "ValueError: no way"


def test_what_a_turn_changed_is_asked_for_or_told_after_each(folder: Folder) -> None:
    folder.app(NOTES)
    asked = folder.chat(stdin="a\n/diff\n")
    assert asked.replies == ["local 1 a", '+ data.notes ["a"]']
    told = folder.chat("--show-diff", stdin="b\n")
    assert told.replies == ["local 2 b"]
    assert told.stderr == '~ data.notes ["a"] -> ["a","b"]\n'
