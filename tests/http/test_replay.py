"""An app that calls a service replays offline (docs/http.md)."""

from __future__ import annotations

import pytest

from tests.conftest import Folder
from tests.http.conftest import Service

MODEL = """\
import urllib.request

def ask(path):
    with urllib.request.urlopen(os.environ["SERVICE"] + path) as response:
        return response.read().decode()

@app.message()
async def on_message(session, message):
    await session.reply(ask("/model/" + message.text))
"""


@pytest.fixture
def recorded(folder: Folder, service: Service) -> Folder:
    """A conversation of two turns with a service, ``t.jsonl`` and its cassette."""
    folder.app(MODEL)
    run = folder.chat(
        "--record", "t.jsonl", "--http", "record", "--ephemeral", stdin="a\nb\n", env={"SERVICE": service.url}
    )
    assert run.code == 0
    return folder


def test_a_replay_needs_no_service(recorded: Folder, service: Service) -> None:
    service.stop()
    run = recorded.capsule("replay", "t.jsonl", env={"SERVICE": service.url})
    assert (run.replies, run.stderr, run.code) == (["2 turns, 2 matched"], "", 0)


def test_each_transcript_has_its_own_cassette(recorded: Folder, service: Service) -> None:
    service.stop()
    for name in ("t.jsonl", "t.http.yaml"):
        (recorded.path / name.replace("t.", "u.")).write_bytes((recorded.path / name).read_bytes())
    run = recorded.capsule("replay", "t.jsonl", "u.jsonl", env={"SERVICE": service.url})
    assert run.replies[-1] == "2 transcripts: 4 turns, 4 matched"


def test_a_request_that_was_not_recorded_is_named(recorded: Folder, service: Service) -> None:
    service.stop()
    app = recorded.path / "app.py"
    app.write_text(app.read_text().replace("/model/", "/newer/"))
    run = recorded.capsule("replay", "t.jsonl", "-x", env={"SERVICE": service.url})
    assert run.code == 1
    assert "/newer/a" in run.stderr
    assert "--http record" in run.stderr


def test_the_network_can_be_left_alone_and_recorded_anew(recorded: Folder, service: Service) -> None:
    asked = service.asked
    live = recorded.capsule("replay", "t.jsonl", "--http", "off", env={"SERVICE": service.url})
    assert live.code == 1  # the service counts its requests
    assert service.asked == asked + 2
    update = recorded.capsule("replay", "t.jsonl", "--http", "record", "--update", env={"SERVICE": service.url})
    assert (update.code, service.asked) == (0, asked + 4)
    service.stop()
    assert recorded.capsule("replay", "t.jsonl", env={"SERVICE": service.url}).code == 0


def test_another_mode_is_refused(recorded: Folder) -> None:
    run = recorded.capsule("replay", "t.jsonl", "--http", "maybe")
    assert (run.code, run.stdout) == (2, b"")
    assert "--http is record, replay or off" in run.stderr


def test_a_chat_that_goes_on_says_that_requests_go_out(recorded: Folder, service: Service) -> None:
    asked = service.asked
    run = recorded.capsule("replay", "t.jsonl", "--chat", stdin="c\n", env={"SERVICE": service.url})
    assert run.code == 0
    assert service.asked == asked + 1
    words = "from here on HTTP requests really go out: t.http.yaml is for the recorded turns"
    assert run.stderr.splitlines()[-1] == words
    quiet = recorded.capsule("replay", "t.jsonl", "--chat", "--http", "off", env={"SERVICE": service.url})
    assert words not in quiet.stderr


REACHING = """\
import socket

@app.message()
async def on_message(session, message):
    try:
        socket.getaddrinfo("service.invalid", 443)
    except OSError:
        pass
    await session.reply("done")
"""
"""An app that swallows what a missing network does, but not a refusal."""


def test_a_service_that_was_down_makes_an_empty_cassette_and_stays_unasked(folder: Folder, service: Service) -> None:
    service.stop()
    folder.app(MODEL)
    run = folder.chat(
        "--record", "t.jsonl", "--http", "record", "--ephemeral", stdin="a\n", env={"SERVICE": service.url}
    )
    assert run.code == 1
    assert '"http":true' in (folder.path / "t.jsonl").read_text().splitlines()[0]
    again = folder.capsule("replay", "t.jsonl", env={"SERVICE": service.url})
    assert again.code == 1
    assert f"GET {service.url}/model/a was not recorded (t.http.yaml)" in again.stderr


def test_a_cassette_that_is_missing_is_no_leave_to_ask(recorded: Folder, service: Service) -> None:
    asked = service.asked
    (recorded.path / "t.http.yaml").unlink()
    run = recorded.capsule("replay", "t.jsonl", env={"SERVICE": service.url})
    assert (run.code, run.stdout, service.asked) == (2, b"", asked)
    assert run.stderr == (
        "capsule: t.http.yaml: there is no such file, but t.jsonl was recorded with HTTP; "
        "put it beside the transcript, or record the conversation again with --http record.\n"
    )


def test_the_network_in_a_replay_is_told_once_or_refused(folder: Folder) -> None:
    folder.app(REACHING)
    folder.chat("--record", "t.jsonl", "--ephemeral", stdin="a\nb\n")
    told = folder.capsule("replay", "t.jsonl")
    assert (told.code, told.replies) == (0, ["2 turns, 2 matched"])
    assert told.stderr.count("(service.invalid:443)") == told.stderr.count("\n") == 1
    for run in (
        folder.capsule("replay", "t.jsonl", "--offline"),
        folder.capsule("replay", "t.jsonl", env={"CI": "true"}),
    ):
        assert run.code == 1
        assert "service.invalid:443 is reached for, and t.jsonl is replayed offline" in run.stderr
    assert folder.capsule("replay", "t.jsonl", "--no-offline", env={"CI": "true"}).code == 0
    assert folder.capsule("replay", "t.jsonl", "--http", "record", "--offline").code == 2


def test_a_replay_that_records_says_so_in_the_transcript(folder: Folder, service: Service) -> None:
    folder.app(MODEL)
    folder.chat("--record", "t.jsonl", "--ephemeral", stdin="a\n", env={"SERVICE": service.url})
    before = (folder.path / "t.jsonl").read_text()
    run = folder.capsule("replay", "t.jsonl", "--http", "record", env={"SERVICE": service.url})
    assert "t.jsonl: its header says now that HTTP was recorded" in run.stderr
    after = (folder.path / "t.jsonl").read_text()
    assert after.splitlines()[1:] == before.splitlines()[1:]
    assert after.splitlines()[0] == before.splitlines()[0].removesuffix("}") + ',"http":true}'


def test_a_recording_without_http_says_that_the_old_cassette_stays(recorded: Folder, service: Service) -> None:
    kept = (recorded.path / "t.http.yaml").read_bytes()
    run = recorded.chat("--record", "t.jsonl", "--ephemeral", stdin="a\n", env={"SERVICE": service.url})
    assert (run.code, (recorded.path / "t.http.yaml").read_bytes()) == (0, kept)
    assert run.stderr.startswith("note: t.http.yaml stays, and is of an earlier recording")
