"""Several processes on one file: readers are never locked out and never see half of anything."""

import sqlite3
import subprocess

from tests.conftest import PATIENCE
from tests.db.conftest import Shop

CHATS = 8
READS = 16
LINES = 40
APP = """
pairs = app.collection("pairs", columns=["n"], sortable=True)

@app.message()
async def on_message(session, message):
    await pairs.insert_many([{"n": message.text, "half": 1}, {"n": message.text, "half": 2}])
    await session.reply("ok")
"""


def test_reads_while_eight_chats_write(empty: Shop) -> None:
    empty.app(APP)
    assert empty.chat(stdin="first\n").code == 0
    chats = [empty.start("chat", "app.py", "--as", f"p{number}") for number in range(CHATS)]
    for number, chat in enumerate(chats):
        assert chat.stdin
        chat.stdin.write("".join(f"{number}.{line}\n" for line in range(LINES)).encode())
        chat.stdin.close()
    seen = []
    for number in range(READS):
        if number % 4 == 0:
            assert empty.db("insert", "pairs", '[{"n": "db"}, {"n": "db"}]').code == 0
        rows = empty.rows("pairs")
        assert len(rows) % 2 == 0
        halves = [row["half"] for row in rows if row["n"] != "db"]
        assert halves.count(1) == halves.count(2)
        seen.append(len(rows))
        for row in empty.rows("sessions"):
            history = empty.rows("history", row["id"]) if number == READS // 2 else []
            assert all(line["text"] for line in history)
    errors = [_ended(chat) for chat in chats]
    assert errors == [b""] * CHATS
    assert seen == sorted(seen)
    assert len(empty.rows("pairs")) == 2 * (1 + CHATS * LINES + READS // 4)
    with sqlite3.connect(empty.store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def _ended(chat: "subprocess.Popen[bytes]") -> bytes:
    assert chat.stdout
    assert chat.stderr
    errors = chat.stderr.read()
    chat.stdout.close()
    chat.stderr.close()
    assert chat.wait(PATIENCE) == 0
    return errors
