"""docs/http.md: a transcript with a cassette needs no service under pytest either."""

from __future__ import annotations

import pytest

from tests.conftest import Folder
from tests.http.conftest import Service
from tests.testing.conftest import HEADER, Shop

ASKING = """\
import os, urllib.request
import cpsl

app = cpsl.App("asking", image=cpsl.Image())


def ask(path):
    with urllib.request.urlopen(os.environ["SERVICE"] + path) as response:
        return response.read().decode()


@app.message()
async def on_message(session, message):
    await session.reply(ask("/model/" + message.text))
"""

NETWORK = """\
import os, urllib.error, urllib.request
import pytest

@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    try:
        urllib.request.urlopen(os.environ["SERVICE"])
    except urllib.error.URLError as error:
        assert isinstance(error.reason, ConnectionRefusedError)
    else:
        raise AssertionError("nobody is there")
"""


@pytest.fixture
def asking(shop: Shop, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A recorded conversation with an app that asks a service, which is not there any more."""
    service = Service()
    folder.write("app.py", ASKING)
    run = folder.chat("--record", "t.jsonl", "--http", "record", stdin="a\nb\n", env={"SERVICE": service.url})
    assert run.code == 0
    for name in ("app.py", "t.jsonl", "t.http.yaml"):
        (shop.path / name).write_bytes((folder.path / name).read_bytes())
    monkeypatch.setenv("SERVICE", service.url)
    monkeypatch.setenv("no_proxy", "*")
    service.stop()
    return shop


def test_what_was_asked_is_answered_from_the_cassette(asking: Shop) -> None:
    asking.process("t.jsonl").assert_outcomes(passed=2)
    asking.process("t.jsonl::turn 2").assert_outcomes(passed=1)


def test_between_turns_the_network_is_the_real_one(asking: Shop) -> None:
    (asking.path / "conftest.py").write_text(NETWORK, encoding="utf-8")
    asking.process("t.jsonl").assert_outcomes(passed=2)


def test_a_request_that_was_not_recorded_is_named_with_its_turn(asking: Shop) -> None:
    asking.change('"/model/" + message.text', '"/newer/a" if message.text == "a" else "/model/b"')
    run = asking.process("t.jsonl")
    run.assert_outcomes(passed=1, failed=1)
    assert "/newer/a" in next(line for line in run.outlines if "--http record" in line)


def test_a_damaged_cassette_is_an_error_of_one_line(asking: Shop) -> None:
    (asking.path / "t.http.yaml").write_text("rubbish", encoding="utf-8")
    run = asking.process("t.jsonl")
    run.assert_outcomes(errors=2)
    run.stdout.fnmatch_lines(["*t.http.yaml: is no cassette; record it again with --http record."])


REACHING = """\
import socket
import cpsl

app = cpsl.App("reaching", image=cpsl.Image())


@app.message()
async def on_message(session, message):
    try:
        socket.getaddrinfo("service.invalid", 443)
    except OSError:
        pass
    await session.reply("done")
"""
WITH_FIXTURE = """\
async def test_it(capsule):
    turn = await capsule("app.py").session("bob").send("hi")
    assert turn.replies == ["done"]
"""


@pytest.fixture
def reaching(shop: Shop) -> Shop:
    """A transcript without HTTP of an app that reaches for the network, and a test of it with a fixture."""
    shop.app.write_text(REACHING, encoding="utf-8")
    said = {"type": "user", "turn": 1, "text": "hi"}
    shop.write("t.jsonl", [HEADER, said, {"type": "reply", "turn": 1, "text": "done"}])
    (shop.path / "test_it.py").write_text(WITH_FIXTURE, encoding="utf-8")
    return shop


def test_a_missing_cassette_is_an_error_of_one_line(asking: Shop) -> None:
    (asking.path / "t.http.yaml").unlink()
    run = asking.process("t.jsonl")
    run.assert_outcomes(errors=2)
    run.stdout.fnmatch_lines(["*t.http.yaml: there is no such file, but t.jsonl was recorded with HTTP; *"])


def test_the_network_is_told_of_and_refused_where_that_is_wanted(
    reaching: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    told = reaching.process("t.jsonl", "test_it.py")
    told.assert_outcomes(passed=2, warnings=1)
    told.stdout.fnmatch_lines(["*the app uses the network in this replay (service.invalid:443)*"])
    reaching.process("t.jsonl", "test_it.py", "--capsule-offline").assert_outcomes(failed=2)


def test_on_a_build_server_transcripts_are_offline_and_tests_as_they_please(
    reaching: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    run = reaching.process("t.jsonl", "test_it.py")
    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines(["*service.invalid:443 is reached for, and t.jsonl is replayed offline*"])
    (reaching.path / "pytest.ini").write_text("[pytest]\ncapsule_offline = false\n", encoding="utf-8")
    reaching.process("t.jsonl", "test_it.py").assert_outcomes(passed=2, warnings=1)
    (reaching.path / "pytest.ini").write_text("[pytest]\ncapsule_offline = maybe\n", encoding="utf-8")
    assert "capsule_offline is true or false, not 'maybe'." in reaching.process("t.jsonl").stderr.str()
