"""What a conversation can hold comes back in its replay: people, sessions, questions, files, stops, late words."""

from __future__ import annotations

import json
import signal

import pytest

from tests.conftest import Folder, finish

HEAR = """\
import random
from datetime import datetime

@app.message()
async def on_message(session, message):
    count = session.data["count"] = session.data.get("count", 0) + 1
    await session.reply(f"{session.id} {session.user.id} {session.user.email} {count} {message.text}")
    await session.reply(f"{datetime.now().isoformat()} {random.random()} {message.timestamp}")
    await session.show(cpsl.Block("card", {"title": message.text}))
"""


def recorded(folder: Folder, *arguments: str, stdin: str, code: int = 0) -> str:
    """Record a conversation, and give what a replay of it reports."""
    run = folder.chat("--record", "t.jsonl", *arguments, stdin=stdin)
    assert run.code == code, run.stderr
    return folder.capsule("replay", "t.jsonl").stdout.decode()


def test_several_people_in_several_sessions(folder: Folder) -> None:
    folder.app(HEAR)
    folder.write(".capsule/config.toml", '[users.bob]\nemail = "bob@x.test"\norg = "acme"\n')
    said = "a\n/as bob\nb\n/new\nc\n/as local\nd\n/session side\ne\n/as bob\nf\n"
    assert recorded(folder, stdin=said) == "6 turns, 6 matched\n"


def test_the_hour_is_the_same_wherever_it_is_replayed(folder: Folder) -> None:
    folder.app(HEAR)
    folder.chat("--record", "t.jsonl", stdin="a\n", env={"TZ": "Asia/Tokyo"})
    assert folder.capsule("replay", "t.jsonl", env={"TZ": "America/New_York"}).stdout == b"1 turn, 1 matched\n"


def test_the_conversation_went_on_from_an_earlier_one(folder: Folder) -> None:
    folder.app(
        HEAR + "    await session.reply(' '.join(m.text for m in session.history if m.sender == 'user'))\n"
        "@app.enter()\nasync def enter(session):\n    await session.reply('welcome')\n"
    )
    folder.chat(stdin="one\ntwo\n")
    assert recorded(folder, stdin="three\n/as eve\nfour\n") == "2 turns, 2 matched\n"


def test_the_history_before_begins_in_the_middle_of_a_turn(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            session.data["said"] = [*session.data.get("said", []), message.text]
            await session.reply(f"{len(session.history)} {session.data['said']}")
            for number in range(int(message.text)):
                await session.reply(f"{number} of {message.text}")
        """
    )
    folder.chat(stdin="1\n30\n30\n")
    assert recorded(folder, stdin="60\n") == "1 turn, 1 matched\n"
    assert recorded(folder, stdin="1\n") == "1 turn, 1 matched\n"


def test_answers_to_questions(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            yes = await session.prompt_approval("Sure?")
            file = await session.prompt_file(message="Which?")
            text = open(await file.download(session.id + ".copy")).read()
            keys = await session.prompt_integration("weather")
            await session.reply(f"{yes} {file.name} {text} {sorted(keys.fields)}")
            await session.reply(str(await session.prompt_approval("Still?")))
        """
    )
    folder.write("data.csv", "a,b")
    assert recorded(folder, stdin="go\ny\ndata.csv\nsecret-token\nn\n") == "1 turn, 1 matched\n"
    assert "secret-token" not in (folder.path / "t.jsonl").read_text()
    (folder.path / "data.csv").unlink()
    assert folder.capsule("replay", "t.jsonl").replies == ["1 turn, 1 matched"]


def test_connected_services_without_their_secrets(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            keys = await session.require_integration("linear")
            await session.reply(f"{session.user.id} {bool(keys.access_token)} {sorted(keys.fields)}")
        """
    )
    folder.write(
        ".capsule/config.toml",
        '[users.bob.integrations.linear]\naccess_token = "tok-secret"\nregion = "eu-secret"\n',
    )
    said = "/as bob\na\n/as ann\nb\ntyped-secret\nc\n/as eve\n/connect linear\nhers-secret\nd\n"
    assert recorded(folder, stdin=said) == "4 turns, 4 matched\n"
    assert "secret" not in (folder.path / "t.jsonl").read_text()
    (folder.path / ".capsule" / "config.toml").unlink()
    assert folder.capsule("replay", "t.jsonl").replies == ["4 turns, 4 matched"]


def test_settings_that_people_chose_in_between(folder: Folder) -> None:
    folder.app(
        """\
        app.setting("mode", scope="user", type=str, default="plain")
        app.setting("size", scope="app", type=int, default=1)

        @app.message()
        async def on_message(session, message):
            await session.reply(f"{await app.settings.get('mode')} {await app.settings.get('size')}")
        """
    )
    said = "/set mode=first\na\n/set size=7\n/as bob\n/set mode=loud\nb\n/as local\nc\n/set mode=last\n"
    assert recorded(folder, "--ephemeral", stdin=said) == "3 turns, 3 matched\n"
    text = (folder.path / "t.jsonl").read_text()
    replies = [json.loads(line)["text"] for line in text.splitlines() if '"type":"reply"' in line]
    assert replies == ["first 1", "loud 7", "first 7"]
    (folder.path / "t.jsonl").write_text(text.replace('"value":7', '"value":8'))
    assert "[-7-]" in folder.capsule("replay", "t.jsonl").stdout.decode()


def test_attachments(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            for file in message.attachments or []:
                path = await file.download(session.id)
                await session.reply(f"{file.name} {file.content_type} {file.size} {open(path).read()}")
        """
    )
    folder.write("in.jsonl", '{"text":"see","attach":["photo.txt"]}\n')
    photo = folder.write("photo.txt", "pixels")
    assert recorded(folder, "--input", "in.jsonl", stdin="") == "1 turn, 1 matched\n"
    photo.write_text("other")
    assert folder.capsule("replay", "t.jsonl").replies == ["1 turn, 1 matched"]
    copy = next((folder.path / "attachments").rglob("photo.txt"))
    copy.write_text("tampered")
    changed = folder.capsule("replay", "t.jsonl")
    copy.unlink()
    gone = folder.capsule("replay", "t.jsonl")
    assert (changed.code, gone.code) == (2, 2)
    assert "photo.txt is not the file that was recorded: its content differs" in changed.stderr
    assert gone.stderr.startswith("capsule: t.jsonl:2: Cannot attach")


def test_errors_are_expected_where_they_were_recorded(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            await session.reply("trying")
            raise ValueError(message.text)
        """
    )
    assert recorded(folder, stdin="a\nb\n", code=1) == "2 turns, 2 matched\n"


def test_braces_and_empty_replies_are_just_texts(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            session.data["template"] = {"match": "any", "text": "{{name}}"}
            await session.reply("Dear {{name}}, " + message.text)
            await session.reply("")
        """
    )
    assert recorded(folder, stdin="{{name}}\nb\n") == "2 turns, 2 matched\n"
    file = folder.path / "t.jsonl"
    file.write_text(file.read_text().replace("Dear {{name}}, b", "Dear {{other}}, b"))
    assert folder.capsule("replay", "t.jsonl").code == 1


def test_an_interrupted_turn_is_interrupted_where_it_was(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            if message.text != "drip":
                await session.reply(f"{session.data} {session.history[-1].text}")
                return
            async with session.stream_reply() as stream:
                for number in range(100):
                    session.data["reached"] = number
                    stream.write(f"{number} ")
                    await asyncio.sleep(0 if number < 5 else 60)
        """
    )
    process = folder.start("chat", "app.py", "--record", "t.jsonl")
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"drip\n")
    process.stdin.flush()
    while b"5 " not in process.stdout.read1():  # type: ignore[attr-defined]
        pass
    process.send_signal(signal.SIGINT)
    assert finish(process).code == 130
    assert json.loads((folder.path / "t.jsonl").read_text().splitlines()[-1])["status"] == "interrupted"
    assert folder.capsule("replay", "t.jsonl").replies == ["1 turn, 1 matched"]


def test_a_turn_that_timed_out_is_stopped_again(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            await session.notify("waiting")
            session.data["began"] = True
            await asyncio.Event().wait()
        """
    )
    run = folder.chat("--record", "t.jsonl", "--timeout", "0.2", stdin="a\n")
    assert run.code == 124
    replay = folder.capsule("replay", "t.jsonl")
    assert (replay.replies, replay.code) == (["1 turn, 1 matched"], 0)


def test_a_stopped_turn_that_was_followed_by_late_words(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            await session.reply("working")
            await asyncio.sleep(3600)

        @app.exit()
        async def leaving(session):
            await session.reply("bye")
        """
    )
    assert recorded(folder, "--timeout", "0.1", stdin="a\n", code=124) == "1 turn, 1 matched\n"


def test_data_that_changed_after_the_end_of_a_turn(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            if message.text == "wait":
                return await app.task

            async def later():
                await asyncio.sleep(0)
                if message.text == "speak":
                    await session.reply("late")
                session.data["late"] = message.text

            app.task = asyncio.ensure_future(later())
        """
    )
    assert recorded(folder, stdin="speak\nwait\nwork\nwait\nspeak\n") == "5 turns, 5 matched\n"
    kinds = [json.loads(line)["type"] for line in (folder.path / "t.jsonl").read_text().splitlines()]
    assert kinds.count("data") >= 2


def test_leaving_a_conversation_and_coming_back(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            await session.reply(f"{len(session.history)} {message.text}")

        @app.exit()
        async def leaving(session):
            await session.reply("bye")
        """
    )
    assert recorded(folder, stdin="a\n/new\nb\n/session main\nc\n/as bob\nd\n") == "4 turns, 4 matched\n"


def test_words_after_the_end_of_a_turn(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            if message.text == "wait":
                while "said" not in session.data and not app.done:
                    await asyncio.sleep(0.001)
                return

            async def later():
                await asyncio.sleep(0)
                await session.reply("late " + message.text)
                app.done = True

            app.done = False
            app.task = asyncio.ensure_future(later())
            await session.reply("soon")

        @app.exit()
        async def leaving(session):
            await session.reply("bye")
        """
    )
    assert recorded(folder, stdin="a\nwait\n") == "2 turns, 2 matched\n"
    kinds = [json.loads(line)["type"] for line in (folder.path / "t.jsonl").read_text().splitlines()]
    assert kinds.count("reply") == 3
    file = folder.path / "app.py"
    file.write_text(file.read_text().replace('"bye"', '"so long"'))
    changed = folder.capsule("replay", "t.jsonl")
    assert changed.code == 1
    assert "{+so long+}" in changed.stdout.decode()


def test_words_that_waited_for_a_time_on_the_clock(folder: Folder) -> None:
    folder.app(
        """\
        async def remind(session, hours):
            for _ in range(2):
                await app.binding.environment().clock.sleep(hours * 3600)
                await session.reply(f"{hours} h")
                session.data[str(hours)] = time.time()

        @app.message()
        async def on_message(session, message):
            if message.text == "remind":
                app.tasks = [asyncio.create_task(remind(session, hours)) for hours in (30, 20)]
            await session.reply(f"{time.time():.0f} {len(session.data)}")
        """
    )
    said = "remind\n/clock +10h\n/clock 2030-01-02T16:00\n/clock +36h\na\n"
    assert recorded(folder, "--clock", "2030-01-01", stdin=said) == "2 turns, 2 matched\n"
    lines = [json.loads(line) for line in (folder.path / "t.jsonl").read_text().splitlines()]
    late = [(line["at"], line["text"]) for line in lines if line["type"] == "reply" and " h" in line["text"]]
    assert late == [
        ("2030-01-01T20:00:00.000Z", "20 h"),
        ("2030-01-02T06:00:00.000Z", "30 h"),
        ("2030-01-02T16:00:00.000Z", "20 h"),
        ("2030-01-03T12:00:00.000Z", "30 h"),
    ]


@pytest.mark.parametrize("arguments", [("--as", "ann"), ("--guest",), ("--email", "a@x.test", "--org", "acme")])
def test_whoever_began_it(folder: Folder, arguments: tuple[str, ...]) -> None:
    folder.app(HEAR)
    assert recorded(folder, *arguments, stdin="a\nb\n") == "2 turns, 2 matched\n"


HOLDER = """\
notes = app.collection("notes", columns=["text"], scope="user", filterable=True)
app.setting("mode", scope="app", type=str, default="plain")

@app.boot()
async def boot():
    seeds = await app.collections.get("seeds", scope="app")
    if await seeds.count() == 0:
        await seeds.insert_many([{"n": number} for number in range(3)])

@app.message()
async def on_message(session, message):
    for text in message.text.split():
        await session.db.notes.insert_one({"text": text, "deep": [{"a": None}]})
    loose = await session.collections.get("loose", scope="session")
    await loose.insert_one({"x": 1.5})
    await session.set("last", message.text, scope="user")
    seeds = await app.collections.get("seeds", scope="app")
    await session.reply(f"{[row['text'] for row in await session.db.notes.find()]} {await loose.count()}")
    first = await session.get("first", scope="user")
    await session.reply(f"{await seeds.count()} {await app.settings.get('mode')} {first}")
    if first is None:
        await session.set("first", message.text, scope="user")
"""


def test_what_was_stored_before_comes_along(folder: Folder) -> None:
    folder.app(HOLDER)
    folder.chat(stdin="one two\n/as bob\nhis\n/set mode=loud\n")
    assert recorded(folder, stdin="three\n/as bob\nmore\n/as eve\nhers\n") == "3 turns, 3 matched\n"
    replies = [line for line in (folder.path / "t.jsonl").read_text().splitlines() if '"type":"reply","turn":1' in line]
    assert "['one', 'two', 'three'] 2" in replies[0]
    assert "3 loud one two" in replies[1]


def test_too_much_to_come_along_is_told(folder: Folder) -> None:
    folder.app(HOLDER)
    folder.chat("-m", " ".join(map(str, range(1001))))
    run = folder.chat("--record", "t.jsonl", stdin="a\n")
    assert run.stderr.startswith("note: so much is stored that the recording leaves it out")
    assert '"collection"' not in (folder.path / "t.jsonl").read_text()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            '{"type":"collection","turn":0,"declaration":{"nme":"a"},"documents":[]}',
            "the declaration of",
        ),
        ('{"type":"collection","turn":0,"declaration":{"name":"a","columns":[]},"documents":[{"n":1}]}', "has no _id"),
        ('{"type":"values","turn":0,"table":"kv","rows":[{"scope":"app"}]}', "'owner' is missing"),
        ('{"type":"values","turn":0,"table":"turns","rows":[]}', "'table': must be one of settings, kv, columns"),
        ('{"type":"collection","turn":1,"declaration":{"name":"a"},"documents":[]}', "so its 'turn' is 0"),
    ],
)
def test_what_cannot_have_been_stored_is_named(folder: Folder, line: str, what: str) -> None:
    folder.app(HOLDER)
    folder.write("t.jsonl", line + '\n{"type":"user","text":"a"}\n')
    run = folder.capsule("replay", "t.jsonl", "--app", "app.py")
    assert (run.code, run.stdout) == (2, b"")
    assert run.stderr.startswith("capsule: t.jsonl:1: ")
    assert what in run.stderr


def test_ids_of_documents(folder: Folder) -> None:
    folder.app(
        """\
        notes = app.collection("notes")

        @app.message()
        async def on_message(session, message):
            note = await notes.insert_one({"text": message.text})
            await session.reply(f"{note.id} of {await notes.count()}")
        """
    )
    assert recorded(folder, stdin="a\nb\nc\n") == "3 turns, 3 matched\n"


def test_the_app_is_found_from_a_folder_beside_its_own(folder: Folder) -> None:
    folder.app(name="src/app.py")
    folder.write("tests/.keep", "")
    run = folder.capsule("chat", "src/app.py", "--record", "tests/t.jsonl", stdin="a\n/save tests/saved.jsonl\n")
    assert run.code == 0, run.stderr
    assert json.loads((folder.path / "tests" / "t.jsonl").read_text().splitlines()[0])["app"] == "src/app.py:app"
    for place in (folder.path, folder.path / "tests"):
        replayed = folder.capsule("replay", str(folder.path / "tests"), cwd=place)
        assert replayed.replies[-1] == "2 transcripts: 2 turns, 2 matched", replayed.stderr
    moved = folder.path.rename(folder.path.with_name("moved"))
    assert folder.capsule("replay", str(moved / "tests"), cwd=folder.home).code == 0
    (moved / "src" / "app.py").unlink()
    lost = folder.capsule("replay", "tests/t.jsonl", cwd=moved)
    assert lost.code == 3
    assert lost.stderr.startswith("capsule: tests/t.jsonl: its header names src/app.py, which is neither beside it")


def test_answers_written_by_hand_need_no_questions(folder: Folder) -> None:
    folder.app(
        """\
        @app.message()
        async def on_message(session, message):
            file = await session.prompt_file(message="Which?")
            keys = await session.prompt_integration("weather")
            await session.reply(f"{file.name} {bool(keys)} {await session.prompt_approval('Sure?')}")
        """
    )
    folder.write("talks/data.csv", "a,b")
    written = '{"type":"user","text":"go"}\n'
    written += "".join(f'{{"type":"answer","value":{value}}}\n' for value in ('"data.csv"', '["key"]', "true"))
    folder.write("talks/t.jsonl", written + '{"type":"reply","text":"data.csv True True"}\n')
    assert folder.capsule("replay", "talks", "--app", "app.py").replies == ["1 turn, 1 matched"]


def test_what_the_app_does_before_the_first_message(folder: Folder) -> None:
    folder.app(
        """\
        import random
        from datetime import datetime
        LOADED = f"{datetime.now().isoformat()} {random.random()}"
        notes = app.collection("notes", columns=["text"])

        @app.boot()
        async def boot():
            await notes.insert_one({"text": f"{datetime.now().isoformat()} {random.random()}"})

        @app.message()
        async def on_message(session, message):
            await session.reply(f"{LOADED} {[(note.id, note['text']) for note in await notes.find()]}")
        """
    )
    assert recorded(folder, "--ephemeral", stdin="a\nb\n") == "2 turns, 2 matched\n"
