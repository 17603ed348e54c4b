"""No secret leaves: not by a reply, an exception, a frame, a log line, a recording, a trace, a report or the store."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Folder

KEY = "sk-live-4f9a2b7c"
TOKEN = "tok-hunter2-91"
DECLARED = "postgres-of-ann"

APP = f"""\
import logging
app = cpsl.App("probe", image=cpsl.Image(), secrets=["PLACE"])
app.add_integration("acme", fields=["key"])
leads = app.collection("leads", columns=["name"])

def refuse(key):
    raise ValueError(f"bad key {{key!r}} at " + os.environ["PLACE"])

@app.message()
async def on_message(session, message):
    key, text = os.environ["OPENAI_API_KEY"], message.text
    acme = session.get_integration("acme")
    if text == "boom":
        refuse(key)
    if text == "cause":
        try:
            refuse(key)
        except ValueError as error:
            raise RuntimeError("no answer")  # {TOKEN}
    if text == "stream":
        async with session.stream_reply() as stream:
            for start in range(0, len(key), 5):
                stream.write(key[start:start + 5])
                await asyncio.sleep(0)
    if text == "data":
        session.data["key"] = key
        session.data["token"] = acme.fields["key"]
    if text == "later":
        async def fail():
            refuse(key)
        asyncio.create_task(fail())
    await session.notify("using " + key, detail=acme.fields["key"])
    await session.show(cpsl.Block("markdown", {{"text": key, "at": [os.environ["PLACE"]]}}))
    await session.emit("used", {{"key": key}})
    await leads.find({{"name": key}})
    await session.reply(f"{{key}} and {{acme.fields['key']}} and " + os.environ["PLACE"] + " " + text)

@app.data("all")
async def all_of_it(ctx):
    return {{"key": os.environ["OPENAI_API_KEY"]}}

@app.data("broken")
async def broken(ctx):
    refuse(os.environ["OPENAI_API_KEY"])
"""

SCRIPT = "hi\nboom\ncause\nstream\ndata\nlater\n/state\n/trace\n/traceback\n/data all\n/data broken\n/history\n"
SCRIPT += f"my key is {KEY}\n/save saved.jsonl\n"


def leaks(text: str) -> list[str]:
    """The secrets that stand in the text, and what is left of a key whose beginning was shown."""
    return [secret for secret in (KEY, TOKEN, DECLARED, KEY[5:], KEY[:-5]) if secret in text]


def secretive(folder: Folder) -> dict[str, str]:
    """The folder holds the app, and the environment its secrets."""
    folder.app(APP)
    folder.write(".capsule/config.toml", f'[users.local.integrations.acme]\nkey = "{TOKEN}"\n')
    return {"OPENAI_API_KEY": KEY, "PLACE": DECLARED}


def files_of(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file() and path.name not in ("app.py", "config.toml")]


def test_a_chat_shows_records_traces_and_stores_no_secret(folder: Folder) -> None:
    env = secretive(folder)
    run = folder.chat("--record", "t.jsonl", "--trace", "trace.jsonl", stdin=SCRIPT, env=env)
    assert run.code == 1
    assert run.replies[1] == "*** and *** and *** hi"
    assert "***" in run.replies
    assert "ValueError: bad key '***' at ***" in run.stderr
    assert 'raise RuntimeError("no answer")  # ***' in run.stderr
    assert "error in a background task: ValueError: bad key '***'" in run.stderr
    assert leaks(run.stdout.decode()) == []
    assert leaks(run.stderr) == []
    kept = files_of(folder.path)
    assert {"t.jsonl", "saved.jsonl", "trace.jsonl"} <= {path.name for path in kept}
    stored = [path for path in kept if path.suffix not in (".pyc", ".db", ".db-wal", ".db-shm")]
    assert {path.name: leaks(path.read_text(encoding="utf-8")) for path in stored} == {path.name: [] for path in stored}


def test_the_store_has_them_only_where_the_app_has_put_them(folder: Folder) -> None:
    env = secretive(folder)
    folder.chat(stdin=SCRIPT.replace("data\n", "\n"), env=env)
    for path in files_of(folder.path / ".capsule"):
        assert leaks(path.read_bytes().decode("latin-1")) == []
    folder.chat(stdin="data\n/state --json\n", env=env)
    state = json.loads(folder.capsule("db", "state").stdout)
    assert state["key"] == KEY


def test_a_replay_matches_and_its_reports_hold_none(folder: Folder) -> None:
    env = secretive(folder)
    lines = "hi\nboom\nstream\ndata\n"
    folder.chat("--record", "t.jsonl", stdin=lines, env=env)
    assert folder.capsule("replay", "t.jsonl", env=env).replies[-1] == "4 turns, 4 matched"
    folder.app(APP.replace("bad key", "no key").replace("} and {", "} or {"))
    run = folder.capsule("replay", "t.jsonl", "--junit", "out.xml", env=env)
    assert run.code == 1
    markdown = folder.capsule("replay", "t.jsonl", "--md", env=env)
    report = (folder.path / "out.xml").read_text(encoding="utf-8")
    shown = run.stdout.decode() + run.stderr + markdown.stdout.decode() + report
    assert "***" in shown
    assert leaks(shown) == []


def test_a_data_handler_and_a_failing_start_show_none(folder: Folder) -> None:
    env = secretive(folder)
    run = folder.capsule("data", "app.py", "all", env=env)
    assert json.loads(run.stdout) == {"key": "***"}
    failed = folder.capsule("data", "app.py", "broken", "--traceback", env=env)
    assert "bad key '***'" in failed.stderr
    assert leaks(failed.stderr) == []
    folder.app(APP + "\n@app.boot()\nasync def boot():\n    refuse(os.environ['OPENAI_API_KEY'])\n")
    for arguments in (("chat", "app.py", "-m", "hi"), ("chat", "app.py", "-m", "hi", "--traceback")):
        run = folder.capsule(*arguments, env=env)
        assert "bad key '***'" in run.stderr
        assert leaks(run.stdout.decode() + run.stderr) == []
    folder.app("import logging\n" + APP + "\nrefuse(os.environ['OPENAI_API_KEY'])\n")
    run = folder.capsule("chat", "app.py", "-m", "hi", env=env)
    assert run.code == 3
    assert "bad key '***'" in run.stderr
    assert leaks(run.stderr) == []


LOUD = """\
import logging, threading, warnings
log = logging.getLogger("loud")
logging.getLogger("own").addHandler(logging.StreamHandler())

class Sorry:
    def __del__(self):
        refuse(os.environ["OPENAI_API_KEY"])

def refuse(key):
    raise ValueError(f"bad key {key}")

app = cpsl.App("probe", image=cpsl.Image())

@app.message()
async def on_message(session, message):
    key = os.environ["OPENAI_API_KEY"]
    log.warning("using %s", key)
    log.warning({"key": key, "bytes": key.encode()})
    try:
        refuse(key)
    except ValueError:
        logging.getLogger("own").exception("failed")
    warnings.warn("no more " + key)
    thread = threading.Thread(target=refuse, args=[key], name=key)
    thread.start()
    thread.join()
    Sorry()
    asyncio.get_running_loop().call_exception_handler({"message": key, "key": key})
    await session.set_title("with " + key)
    await session.publish("key", key)
    print("printed", key, file=sys.stdout)
"""


def test_what_python_itself_says_on_stderr_is_masked(folder: Folder) -> None:
    folder.app("import sys\n" + LOUD)
    env = {"OPENAI_API_KEY": KEY}
    run = folder.chat("--record", "t.jsonl", stdin="hi\n", env=env)
    lines = run.stderr.splitlines()
    assert "using ***" in lines
    assert "{'key': '***', 'bytes': b'***'}" in lines
    assert lines.count("ValueError: bad key ***") == 3
    assert "Exception in thread ***:" in lines
    assert any(line.endswith("UserWarning: no more ***") for line in lines)
    assert [line for line in lines if KEY in line] == [f"printed {KEY}"]
    again = folder.capsule("replay", "t.jsonl", env=env)
    assert [line for line in again.stderr.splitlines() if KEY in line] == [f"printed {KEY}"]


def test_titles_and_stored_conversations_hold_none(folder: Folder) -> None:
    folder.app("import sys\n" + LOUD)
    env = {"OPENAI_API_KEY": KEY}
    folder.chat(stdin="hi\n", env=env)
    assert json.loads(folder.capsule("db", "sessions").stdout)["title"] == "with ***"
    told = folder.capsule("db", "history", "--transcript", env=env)
    assert [line["set"] for line in map(json.loads, told.replies) if line["type"] == "data"] == [{"key": "***"}]
