"""An app may leave the folder in which the command was started; what somebody has typed is meant from there."""

from __future__ import annotations

import pytest

from tests.conftest import Folder

AT_IMPORT = """\
import os
os.makedirs("elsewhere", exist_ok=True)
os.chdir("elsewhere")
"""
IN_A_TURN = """\
@app.message()
async def on_message(session, message):
    import os
    if os.path.isdir("elsewhere"):
        os.chdir("elsewhere")
    names = ", ".join(file.name for file in message.attachments or ())
    await session.reply(f"{os.path.basename(os.getcwd())}: {names}")
"""


@pytest.fixture(params=["when it is imported", "in a turn"])
def wandering(request: pytest.FixtureRequest, folder: Folder) -> Folder:
    """An app that goes to the folder ``elsewhere``, and replies where it is and what was attached."""
    folder.app((AT_IMPORT if request.param == "when it is imported" else "") + IN_A_TURN)
    (folder.path / "elsewhere").mkdir()
    (folder.path / "talks").mkdir()
    folder.write("note.txt", "content")
    return folder


def test_what_a_chat_reads_and_writes_is_meant_from_where_it_was_started(wandering: Folder) -> None:
    wandering.write("turns.jsonl", '{"text": "a", "attach": ["note.txt"]}\n/save talks/saved.jsonl\n')
    run = wandering.capsule(
        "chat", "app.py", "--input", "turns.jsonl", "--record", "talks/a.jsonl", "--trace", "trace.jsonl"
    )
    assert (run.code, run.replies) == (0, ["elsewhere: note.txt"])
    made = {path.relative_to(wandering.path).as_posix() for path in wandering.path.rglob("*.jsonl")}
    assert made == {"turns.jsonl", "talks/a.jsonl", "talks/saved.jsonl", "trace.jsonl"}
    assert [path.name for path in (wandering.path / "talks/attachments").rglob("*.txt")] == ["note.txt"]
    assert not list((wandering.path / "elsewhere").iterdir())


def test_files_are_attached_from_where_the_chat_was_started(wandering: Folder) -> None:
    run = wandering.capsule("chat", "app.py", stdin="hi\n/attach note.txt\nagain\n")
    assert run.replies == ["elsewhere: ", "elsewhere: note.txt"]


def test_each_replay_begins_where_the_command_was_started(wandering: Folder) -> None:
    for name in ("a", "b"):
        wandering.write("turns.jsonl", '{"text": "hi", "attach": ["note.txt"]}\n')
        recording = ("--input", "turns.jsonl", "--record", f"talks/{name}.jsonl", "--ephemeral")
        assert wandering.capsule("chat", "app.py", *recording).code == 0
        file = wandering.path / "talks" / f"{name}.jsonl"
        file.write_text(file.read_text().replace("elsewhere: ", "somewhere: "))
    run = wandering.capsule("replay", "talks", "--junit", "report.xml")
    assert (run.code, (wandering.path / "report.xml").is_file()) == (1, True)
    run = wandering.capsule("replay", "talks/a.jsonl", "talks/b.jsonl", "--update")
    assert run.stderr == "talks/a.jsonl: updated 1 turn.\ntalks/b.jsonl: updated 1 turn.\n"
    assert wandering.capsule("replay", "talks/a.jsonl", "talks/b.jsonl").code == 0
    assert not list((wandering.path / "elsewhere").iterdir())
