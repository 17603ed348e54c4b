"""The virtual clock of a chat, and what makes two recordings the same bytes."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Folder

APP = """\
import random
from datetime import datetime, timezone

@app.message()
async def on_message(session, message):
    now = datetime.now(timezone.utc)
    await session.reply(f"{now:%Y-%m-%d %H:%M} {message.timestamp:.0f} {time.time():.0f} {random.random()}")
"""


def test_the_clock_is_set_moved_and_let_go(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat(stdin="/clock 2030-01-01\na\n/clock +36h\nb\n/clock real\nc\n")
    first, moved, real = (line.split() for line in run.replies)
    assert first[:4] == ["2030-01-01", "00:00", "1893456000", "1893456000"]
    assert moved[:4] == ["2030-01-02", "12:00", "1893585600", "1893585600"]
    assert real[0] not in ("2030-01-01", "2030-01-02")
    assert "2030-01-02T12:00:00.000Z (stands still; /clock real ends it)" in run.stderr
    assert run.code == 0


def test_what_waits_for_a_time_on_the_way_there_is_woken_at_that_time(folder: Folder) -> None:
    folder.app("""\
import asyncio
from datetime import datetime, timezone

async def remind(session, hours):
    for _ in range(2):
        await app.binding.environment().clock.sleep(hours * 3600)
        await session.reply(f"{hours} h {datetime.now(timezone.utc):%d %H:%M}")

@app.message()
async def on_message(session, message):
    app.tasks = [asyncio.create_task(remind(session, hours)) for hours in (30, 20)]
""")
    run = folder.chat("--clock", "2030-01-01", stdin="a\n/clock +10h\n/clock 2030-01-02T16:00\n/clock +36h\n")
    assert run.replies == ["20 h 01 20:00", "30 h 02 06:00", "20 h 02 16:00", "30 h 03 12:00"]
    assert run.code == 0


def test_the_clock_is_shown(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat("--clock", "2030-01-31T09:05", stdin="/clock\n")
    assert run.replies == ["2030-01-31T09:05:00.000Z (stands still; /clock real ends it)"]


@pytest.mark.parametrize("words", ["tomorrow", "+3", "2030-13-01", "+36 parsecs", "-1d"])
def test_what_is_no_time_is_refused(folder: Folder, words: str) -> None:
    folder.app(APP)
    in_chat = folder.chat(stdin=f"/clock {words}\n")
    at_start = folder.chat(f"--clock={words}", stdin="a\n")
    assert "is no time; write 2030-01-31, 2030-01-31T09:00 (UTC), +36h" in in_chat.stderr
    assert "is no time" in at_start.stderr
    assert (in_chat.code, at_start.code, at_start.stdout) == (2, 2, b"")


def test_the_same_conversation_recorded_twice_is_the_same_bytes(folder: Folder) -> None:
    folder.app(APP)
    said = "/clock 2030-01-01\na\n/as bob\nb\n/new\nc\n/clock +1d\nd\n"
    for name in ("one", "two"):
        assert folder.chat("--ephemeral", "--record", f"{name}.jsonl", stdin=said).code == 0
    one, two = ((folder.path / f"{name}.jsonl").read_bytes() for name in ("one", "two"))
    assert one == two
    assert one.count(b'"type":"user"') == 4


def test_another_seed_is_another_conversation(folder: Folder) -> None:
    folder.app(APP)
    replies = [
        folder.chat("--ephemeral", "--clock", "2030-01-01", "--seed", seed, stdin="a\n").replies
        for seed in ("1", "2", "1")
    ]
    assert replies[0] == replies[2] != replies[1]


def test_a_seed_needs_a_store_that_is_thrown_away(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat("--seed", "1", stdin="a\n")
    assert (run.code, run.stdout) == (2, b"")
    assert "--seed needs --ephemeral" in run.stderr


def test_recordings_into_a_store_that_stays_have_ids_of_their_own(folder: Folder) -> None:
    folder.app(APP)
    for name in ("one", "two"):
        assert folder.chat("--new", "--record", f"{name}.jsonl", stdin="a\n").code == 0
    headers = [json.loads((folder.path / f"{name}.jsonl").read_text().splitlines()[0]) for name in ("one", "two")]
    assert headers[0]["session"] != headers[1]["session"]
    assert headers[0]["seed"] != headers[1]["seed"]
