"""``capsule chat --http``: what an app exchanges is recorded beside the transcript, and served again."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from cpsl.http.cassette_file import read_cassette
from tests.conftest import Finished, Folder, finish
from tests.http.conftest import Service

MODEL = """\
import json, urllib.request

def ask(path):
    with urllib.request.urlopen(os.environ["SERVICE"] + path) as response:
        return response.read().decode()

imported = ask("/imported")

@app.boot()
async def boot():
    global booted
    booted = await asyncio.to_thread(ask, "/booted")

@app.message()
async def on_message(session, message):
    await session.reply(f"{imported} | {booted} | {ask('/turn/' + message.text)}")
"""


def chat(folder: Folder, service: Service, *options: str, stdin: str = "a\nb\n") -> Finished:
    return folder.chat("--ephemeral", "--record", "t.jsonl", *options, stdin=stdin, env={"SERVICE": service.url})


def uris(file: Path, service: Service) -> list[str]:
    return [exchange.asked.uri.removeprefix(service.url) for exchange in read_cassette(file)]


def test_import_boot_and_turns_are_recorded_and_served_without_the_service(folder: Folder, service: Service) -> None:
    folder.app(MODEL)
    live = chat(folder, service, "--http", "record")
    assert (live.code, live.replies[0]) == (0, "GET /imported  0 | GET /booted  1 | GET /turn/a  2")
    assert uris(folder.path / "t.http.yaml", service) == ["/imported", "/booted", "/turn/a", "/turn/b"]
    transcript = (folder.path / "t.jsonl").read_bytes()
    service.stop()
    again = chat(folder, service, "--http", "replay")
    assert (again.replies, again.stderr, again.code) == (live.replies, live.stderr, 0)
    assert transcript.count(b"\n") == (folder.path / "t.jsonl").read_bytes().count(b"\n")


def test_what_is_not_recorded_fails_its_turn_and_the_chat_goes_on(folder: Folder, service: Service) -> None:
    folder.app(MODEL)
    chat(folder, service, "--http", "record", stdin="a\n")
    asked = service.asked
    run = chat(folder, service, "--http", "replay", stdin="c\na\n")
    assert (len(run.replies), run.code, service.asked) == (1, 1, asked)
    sentence = f"GET {service.url}/turn/c was not recorded (t.http.yaml); record the conversation again"
    assert f"RequestNotRecorded: {sentence} with --http record.\n" in run.stderr
    assert "app.py:" in run.stderr
    assert "site-packages" not in run.stderr


def test_a_killed_chat_leaves_a_cassette_with_every_exchange(folder: Folder, service: Service) -> None:
    folder.app(MODEL)
    process = folder.start(*("chat", "app.py", "--record", "t.jsonl", "--http", "record"), env={"SERVICE": service.url})
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"a\n")
    process.stdin.flush()
    process.stdout.readline()
    process.kill()
    assert finish(process).code == -signal.SIGKILL
    assert uris(folder.path / "t.http.yaml", service) == ["/imported", "/booted", "/turn/a"]


@pytest.mark.parametrize("content", ["notes: mine\n", "{}", "my own text"])
def test_a_file_that_is_no_cassette_is_replaced_by_force_only(folder: Folder, service: Service, content: str) -> None:
    folder.app(MODEL)
    cassette = folder.path / "t.http.yaml"
    cassette.write_text(content)
    run = chat(folder, service, "--http", "record")
    assert (run.stdout, run.code) == (b"", 2)
    assert run.stderr == "capsule: --http: t.http.yaml exists and is no cassette; --force replaces it.\n"
    assert cassette.read_text() == content
    assert chat(folder, service, "--http", "record", "--force").code == 0
    assert uris(cassette, service)[:2] == ["/imported", "/booted"]
    # A cassette is replaced by a cassette.
    assert chat(folder, service, "--http", "record").code == 0
    cassette.write_text(content)
    run = folder.capsule("replay", "t.jsonl", "--http", "record", env={"SERVICE": service.url})
    assert (run.code, cassette.read_text()) == (2, content)
    assert "--http: t.http.yaml exists and is no cassette; --force replaces it." in run.stderr


def test_a_cassette_is_for_its_owner_and_keeps_the_permissions_it_was_given(folder: Folder, service: Service) -> None:
    folder.app(MODEL)
    cassette = folder.path / "t.http.yaml"
    assert chat(folder, service, "--http", "record").code == 0
    assert cassette.stat().st_mode & 0o777 == 0o600
    cassette.chmod(0o644)
    assert chat(folder, service, "--http", "record").code == 0
    assert cassette.stat().st_mode & 0o777 == 0o644


def test_off_is_the_default(folder: Folder, service: Service) -> None:
    folder.app(MODEL)
    assert chat(folder, service).code == chat(folder, service, "--http", "off").code == 0
    assert not (folder.path / "t.http.yaml").exists()


REFUSED = {
    ("--http", "record"): "--http needs --record FILE: what is exchanged lies beside the transcript.",
    ("--http", "replay"): "--http needs --record FILE: what is exchanged lies beside the transcript.",
    ("--http", "later", "--record", "t.jsonl"): "--http is record, replay or off.",
    ("--http", "replay", "--record", "t.jsonl"): "t.http.yaml: there is no such file; --http record makes it.",
    ("--http", "replay", "--record", "no/t.jsonl"): "no/t.http.yaml: there is no such file; --http record makes it.",
    ("--http", "record", "--record", "no/t.jsonl"): "no/t.http.yaml: its folder does not exist; make it first.",
    ("--http", "replay", "--record", "bad.jsonl"): "bad.http.yaml:1: is no YAML; record it again with --http record.",
}


@pytest.mark.parametrize("options", REFUSED)
def test_what_cannot_be_is_refused_in_one_sentence(folder: Folder, options: tuple[str, ...]) -> None:
    folder.app()
    folder.write("bad.http.yaml", "'")
    run = folder.chat(*options, stdin="hi\n")
    assert (run.stdout, run.stderr, run.code) == (b"", f"capsule: {REFUSED[options]}\n", 2)


def test_without_the_extra_one_sentence_says_how_to_get_it(folder: Folder) -> None:
    folder.app()
    folder.write("without/vcr/__init__.py", "raise ModuleNotFoundError('gone', name='vcr')\n")
    run = folder.chat(
        *("--record", "t.jsonl", "--http", "record"), stdin="hi\n", env={"PYTHONPATH": str(folder.path / "without")}
    )
    assert (run.stdout, run.code) == (b"", 2)
    assert "that is not installed (vcr): pip install 'capsule-local[http]'.\n" in run.stderr


def test_a_cassette_that_cannot_be_written_is_told_at_the_end(folder: Folder, service: Service) -> None:
    folder.app(MODEL.replace("def ask", "os.rename('in', 'gone') if os.path.exists('in') else None\n\ndef ask"))
    (folder.path / "in").mkdir()
    run = folder.chat("--record", "in/t.jsonl", "--http", "record", stdin="a\n", env={"SERVICE": service.url})
    assert run.code == 2
    assert "in/t.http.yaml: cannot be written (No such file or directory)" in run.stderr


def test_an_app_that_fails_to_load_leaves_what_it_had_asked(folder: Folder, service: Service) -> None:
    folder.app(MODEL + "\nraise ValueError('broken')\n")
    run = chat(folder, service, "--http", "record")
    assert (run.code, uris(folder.path / "t.http.yaml", service)) == (3, ["/imported"])


def test_a_file_url_and_the_store_are_no_exchange(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            from cpsl.model.download import download
            await download("file://" + os.path.abspath("app.py"), "copy.py")
            session.data["copied"] = True
            await session.reply("copied")
        """
    )
    run = folder.chat("--record", "t.jsonl", "--http", "record", stdin="a\n")
    assert (run.replies, run.code) == (["copied"], 0)
    assert (folder.path / "copy.py").read_bytes() == (folder.path / "app.py").read_bytes()
    assert read_cassette(folder.path / "t.http.yaml") == []


def test_secrets_of_the_environment_are_not_in_the_file(folder: Folder, service: Service) -> None:
    folder.app(MODEL.replace("'/turn/'", "'/turn/' + os.environ['MODEL_TOKEN'] + '/'"))
    run = folder.chat(
        *("--ephemeral", "--record", "t.jsonl", "--http", "record"),
        stdin="a\n",
        env={"SERVICE": service.url, "MODEL_TOKEN": "hush-hush"},
    )
    assert run.replies[0].endswith(" | GET /turn/***/a  2")
    assert b"hush-hush" not in (folder.path / "t.http.yaml").read_bytes()
    assert uris(folder.path / "t.http.yaml", service)[-1] == "/turn/***1/a"
