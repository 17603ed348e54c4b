"""The folder a chat runs in may change, or be no longer there."""

from __future__ import annotations

import pytest

from tests.cli.capsule import shell
from tests.conftest import Folder

SAYS = """\
@app.message()
async def on_message(session, message):
    {what}
    await session.reply("got " + message.text)
"""
GOES = "os.chdir('elsewhere') if os.path.isdir('elsewhere') else None"
TAPED = ("--record", "talk.jsonl", "--trace", "trace.jsonl", "--http", "record")


@pytest.mark.parametrize("app", [f"{GOES}\n" + SAYS.format(what="pass"), SAYS.format(what=GOES)], ids=["top", "turn"])
def test_files_lie_where_they_were_named_whatever_folder_the_app_goes_to(folder: Folder, app: str) -> None:
    folder.app("import os\n" + app)
    (folder.path / "elsewhere").mkdir()
    (folder.path / "in.txt").write_text("hi\nthere\n")
    run = folder.chat(*TAPED, "--input", "in.txt")
    assert (run.stdout, run.code) == (b"got hi\ngot there\n", 0)
    assert list((folder.path / "elsewhere").iterdir()) == []
    assert {"talk.jsonl", "trace.jsonl", "talk.http.yaml"} <= {file.name for file in folder.path.iterdir()}


def test_an_app_that_removes_its_folder_gets_its_errors_told(folder: Folder) -> None:
    goes = "os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone'); raise ValueError('bad')"
    folder.app("import os\n" + SAYS.format(what=goes))
    run = folder.chat("--record", "talk.jsonl", stdin="hi\n")
    assert run.code == 1
    assert "error in turn 1: ValueError: bad\n" in run.stderr
    assert (folder.path / "talk.jsonl").is_file()


@pytest.mark.parametrize("command", ["chat", "chat app.py", "db", "replay talk.jsonl", "inspect app.py"])
def test_a_folder_that_is_gone_is_one_sentence(folder: Folder, command: str) -> None:
    done = shell(f'mkdir gone; cd gone; rmdir "$PWD"; capsule {command} </dev/null', cwd=folder.path)
    sentence = "capsule: the folder you are in is no longer there: change to one that is.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


def test_an_app_that_stops_the_loop_ends_neither_its_turn_nor_the_chat(folder: Folder) -> None:
    folder.app("import asyncio\n" + SAYS.format(what="asyncio.get_running_loop().stop(); await asyncio.sleep(0)"))
    run = folder.chat(stdin="hi\nthere\n")
    assert (run.stdout, run.code) == (b"got hi\ngot there\n", 0)
    assert run.stderr.count("the app has stopped the event loop, which goes on.\n") == 2
