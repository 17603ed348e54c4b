"""docs/http.md: a transcript with a cassette needs no service under pytest either."""

from __future__ import annotations

import pytest

from tests.conftest import Folder
from tests.http.conftest import Service
from tests.testing.conftest import Shop

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
