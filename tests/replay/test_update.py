"""``--update`` writes what the app does today, and nothing else."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from cpsl_cli.errors import USAGE
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.replay.run import FilePlayer
from cpsl_cli.replay.update import brought_up_to_date
from tests.conftest import Folder

SHOP = """\
@app.message()
async def on_message(session, message):
    if message.text == "thief":
        raise PermissionError("no")
    await session.reply(f"added {message.text}")
"""
# Spaces, an escape and another order of keys: a person wrote this.
WRITTEN = """\
{"type": "user", "text": "milk"}
{"text": "added m\\u0069lk",   "type": "reply"}

{"type": "user", "text": "eggs"}
{"type": "reply", "text": {"match": "glob", "value": "lost *"}}
{"type": "user", "text": "bread"}
{"type": "reply", "text": {"match": "contains", "value": "bread"}}
"""


@pytest.fixture
def shop(folder: Folder) -> Folder:
    """An app and a transcript in which the second of three turns differs."""
    folder.app(SHOP)
    folder.write("t.jsonl", WRITTEN)
    return folder


def test_only_the_turn_that_differs_changes(shop: Folder) -> None:
    run = shop.capsule("replay", "t.jsonl", "--app", "app.py", "--update")
    assert run.code == 0
    assert run.stderr == "t.jsonl: updated 1 turn.\n"
    before, after = (text.splitlines() for text in (WRITTEN, (shop.path / "t.jsonl").read_text()))
    assert [number for number, pair in enumerate(zip(before, after, strict=True), 1) if pair[0] != pair[1]] == [5]
    assert after[4] == '{"type": "reply", "text": "added eggs"}'
    assert shop.capsule("replay", "t.jsonl", "--app", "app.py").replies == ["3 turns, 3 matched"]


def test_a_file_that_matches_is_not_touched(shop: Folder) -> None:
    file = shop.path / "t.jsonl"
    file.write_text(WRITTEN.replace("lost", "added"))
    os.utime(file, ns=(1, 1))
    content = file.read_bytes()
    run = shop.capsule("replay", "t.jsonl", "--app", "app.py", "--update")
    assert (run.code, run.stderr) == (0, "")
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (content, 1)


def test_a_turn_that_fails_now_is_not_accepted_unawares(shop: Folder) -> None:
    file = shop.path / "t.jsonl"
    file.write_text(WRITTEN.replace('"bread"}\n{', '"thief"}\n{', 1))
    content = file.read_bytes()
    refused = shop.capsule("replay", "t.jsonl", "--app", "app.py", "--update")
    assert refused.code == 1
    assert "t.jsonl: not updated: turn 3 fails; mend the app, or add --accept-errors." in refused.stderr
    assert file.read_bytes() == content
    told = shop.capsule("replay", "t.jsonl", "--app", "app.py", "--update", "--accept-errors")
    assert told.code == 0
    assert '"error":"PermissionError"' in file.read_text()
    assert shop.capsule("replay", "t.jsonl", "--app", "app.py").code == 0


def test_the_file_keeps_its_rights_and_its_place_behind_a_link(shop: Folder) -> None:
    (shop.path / "real.jsonl").write_text(WRITTEN)
    (shop.path / "real.jsonl").chmod(0o640)
    (shop.path / "link.jsonl").symlink_to("real.jsonl")
    assert shop.capsule("replay", "link.jsonl", "--app", "app.py", "--update").code == 0
    assert (shop.path / "link.jsonl").is_symlink()
    assert stat.S_IMODE((shop.path / "real.jsonl").stat().st_mode) == 0o640
    assert "added eggs" in (shop.path / "real.jsonl").read_text()


def test_several_files_are_updated_at_once(shop: Folder) -> None:
    for name in "abc":
        shop.write(f"talks/{name}.jsonl", WRITTEN)
    run = shop.capsule("replay", "talks", "--app", "app.py", "--update", "-j", "2")
    assert run.code == 0
    assert shop.capsule("replay", "talks", "--app", "app.py").replies[-1] == "3 transcripts: 9 turns, 9 matched"
    assert sorted(path.name for path in (shop.path / "talks").iterdir()) == ["a.jsonl", "b.jsonl", "c.jsonl"]


def test_a_captured_value_stays_a_placeholder(shop: Folder) -> None:
    shop.write(
        "ids.jsonl",
        """\
        {"type":"user","text":"x17"}
        {"type":"reply","text":"added {{id}}"}
        {"type":"user","text":"{{id}}"}
        {"type":"reply","text":"removed {{id}}"}
        """,
    )
    assert shop.capsule("replay", "ids.jsonl", "--app", "app.py", "--update").code == 0
    replies = (shop.path / "ids.jsonl").read_text().splitlines()
    assert replies[1] == '{"type":"reply","text":"added {{id}}"}'
    assert replies[3] == '{"type":"reply","text":"added {{id}}"}'


@pytest.mark.parametrize("words", ["\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "\u202e"])
def test_what_apps_and_files_hold_does_not_reach_the_terminal(shop: Folder, words: str) -> None:
    shop.app(
        f"@app.message()\nasync def on_message(session, message):\n    await session.reply({words!r})\n", "evil.py"
    )
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in words)
    shop.write("evil.jsonl", f'{{"type":"user","text":"{escaped}"}}\n{{"type":"reply","text":"a{escaped}"}}\n')
    run = shop.capsule("replay", "evil.jsonl", "--app", "evil.py", "--color", "never")
    assert run.code == 1
    assert not set(run.stdout.decode() + run.stderr) & set("\x1b\x07\x9b\u202e")


def test_a_new_question_is_told_and_can_be_answered(shop: Folder) -> None:
    asking = """\
    @app.message()
    async def on_message(session, message):
        sure = await session.prompt_approval("Sure?")
        await session.reply(f"{sure} {message.text}")
    """
    shop.app(asking, "asking.py")
    hand = shop.write(
        "hand.jsonl", '{"type":"user","text":"a"}\n{"type":"reply","text":"b"}\n{"type":"end","status":"ok"}\n'
    )
    run = shop.capsule("replay", "hand.jsonl", "--app", "asking.py", "--update")
    assert run.stderr.splitlines() == [
        "hand.jsonl: updated 1 turn.",
        "hand.jsonl: there is a new question in turn 1; look at the answer after it.",
    ]
    assert shop.capsule("replay", "hand.jsonl", "--app", "asking.py").replies == ["1 turn, 1 matched"]
    hand.write_text(hand.read_text().replace('"value":null', '"value":true').replace("False a", "True a"))
    assert shop.capsule("replay", "hand.jsonl", "--app", "asking.py").replies == ["1 turn, 1 matched"]


def test_a_file_that_cannot_be_written_is_told_and_the_others_go_on(
    shop: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        shop.write(f"{name}.jsonl", WRITTEN)
    monkeypatch.chdir(shop.path)

    def refuse(source: str, target: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    options = ReplayOptions([], app="app.py", update=True)
    player = FilePlayer(options)
    try:
        one, other, third = (player.play(Path(f"{name}.jsonl")) for name in ("a", "b", "c"))
    finally:
        player.release()
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        results = [brought_up_to_date(one, options)]
    Path("b.jsonl").write_text("changed\n" * 9, encoding="utf-8")
    Path("c.jsonl").write_bytes(b"\xff")
    results += [brought_up_to_date(played, options) for played in (other, third)]
    assert [(result.code, result.note) for result in results] == [
        (USAGE, "a.jsonl: not updated (Permission denied)."),
        (USAGE, "b.jsonl:4: changed while it was replayed; nothing was updated, replay it again."),
        (USAGE, "c.jsonl: not updated ('utf-8' codec can't decode byte 0xff in position 0: invalid start byte)."),
    ]
    assert (Path("a.jsonl").read_text(encoding="utf-8"), sorted(os.listdir())) == (
        WRITTEN,
        ["a.jsonl", "app.py", "b.jsonl", "c.jsonl", "t.jsonl"],
    )
