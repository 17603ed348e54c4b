"""Which recorded answer a request gets, where requests hold what is masked."""

from __future__ import annotations

import base64
import json
import os
import urllib.parse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cpsl.http.cassette import cassette
from cpsl.http.cassette_errors import RequestNotRecorded
from cpsl.http.cassette_file import CassetteWriter, read_cassette
from cpsl.http.exchange import Exchange, Headers, HttpRequest, HttpResponse
from cpsl.http.matching import Recorded
from cpsl.http.scrub import Scrubber
from cpsl.model.secret_source import secret_source
from tests.http.conftest import Service

Record = Callable[[Callable[[], Any]], Any]
TOKEN = "Zx9-kQ2/7vv+LmA1"
ANN, BOB = "ann-7fK29Zt41QwX3", "bob-8gL30Au52RxY4"


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_source, "cache", {})
    monkeypatch.setattr(secret_source, "names", set())
    monkeypatch.setattr(secret_source, "_held", {})


def asked(path: str = "", body: str = "", headers: Headers | None = None) -> HttpRequest:
    return HttpRequest("POST" if body else "GET", f"http://h/{path}", headers or {}, body.encode())


def by(key: str) -> Headers:
    return {"Authorization": [f"Bearer {key}"]}


def kept(tape: Path, several: Iterable[tuple[HttpRequest, str]]) -> Recorded:
    """Those requests with their answers, written to a cassette and read again."""
    scrubber, writer = Scrubber(), CassetteWriter(tape)
    for number, (request, answer) in enumerate(several, 1):
        writer.add(scrubber.exchange(Exchange(request, HttpResponse(200, None, {}, answer.encode()), number)))
    writer.close()
    return Recorded(read_cassette(tape))


def answer(recorded: Recorded, request: HttpRequest) -> str | None:
    found = recorded.take(request)
    return found.answered.body.decode() if found else None


@pytest.mark.parametrize(
    ("ann", "bob"),
    [
        (asked("price?token=BTC"), asked("price?token=ETH")),
        (asked(f"me?api_key={ANN}"), asked(f"me?api_key={BOB}")),
        (asked("me", f'{{"client_secret": "{ANN}"}}'), asked("me", f'{{"client_secret": "{BOB}"}}')),
        (asked("me", f"user=1&access_token={ANN}"), asked("me", f"user=1&access_token={BOB}")),
        (asked("me", headers=by(ANN)), asked("me", headers=by(BOB))),
    ],
    ids=["a word", "query", "JSON", "form", "header"],
)
def test_requests_that_differ_in_a_masked_value_only_keep_their_answers_in_any_order(
    ann: HttpRequest, bob: HttpRequest, tape: Path
) -> None:
    exchanges = [(ann, "ann's"), (bob, "bob's")]
    assert [answer(kept(tape, exchanges), request) for request in (ann, bob)] == ["ann's", "bob's"]
    recorded = kept(tape, exchanges)
    assert [answer(recorded, request) for request in (bob, ann)] == ["bob's", "ann's"]


def test_one_value_never_gets_the_answer_to_another(tape: Path) -> None:
    recorded = kept(tape, [(asked("me?password=a"), "1"), (asked("me?password=b"), "2"), (asked("me?password=a"), "3")])
    # Other passwords do as well, but from then on they are those.
    assert [answer(recorded, asked(f"me?password={word}")) for word in ("x", "y", "x", "y")] == ["1", "2", "3", None]


SENT_BACK: dict[str, Callable[[str], HttpRequest]] = {
    "path": lambda value: asked(f"x/{urllib.parse.quote(value, safe='')}/y"),
    "path, unescaped": lambda value: asked(f"x/{value}/y"),
    "query of any name": lambda value: asked(f"x?{urllib.parse.urlencode({'q': value})}"),
    "form": lambda value: asked("x", urllib.parse.urlencode({"back": value, "n": 1})),
    "JSON": lambda value: asked("x", json.dumps({"deep": [{"back": value}]})),
    "JSON within JSON": lambda value: asked("x", json.dumps({"text": json.dumps({"back": value})})),
    "text": lambda value: asked("x", f"here it is: {value}, good"),
    "base64": lambda value: asked("x", base64.b64encode(f"user:{value}:1".encode()).decode()),
    "base64 for addresses": lambda value: asked(f"x/{base64.urlsafe_b64encode(value.encode()).decode()}"),
    "hexadecimal": lambda value: asked("x", value.encode().hex()),
}


@pytest.mark.parametrize("way", SENT_BACK)
def test_what_an_app_got_as_a_mask_and_sends_back_is_found(way: str, tape: Path) -> None:
    send = SENT_BACK[way]
    recorded = kept(tape, [(asked("login"), json.dumps({"access_token": TOKEN})), (send(TOKEN), "found")])
    assert TOKEN not in tape.read_text()
    got = json.loads(str(answer(recorded, asked("login"))))["access_token"]
    assert got == "***1"
    assert answer(recorded, send("***2")) is None
    assert answer(recorded, send(got)) == "found"


@pytest.mark.parametrize("here", ["771:AAbb-CCdd99", "another-Value77", "dummy", "x y"])
def test_a_named_secret_may_be_another_one_here(here: str, tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "771:AAbb-CCdd99")
    recorded = kept(tape, [(asked("bot771:AAbb-CCdd99/send"), "sent")])
    monkeypatch.setenv("BOT_TOKEN", here)
    assert answer(recorded, asked("bot-other/send")) is None
    found = answer(recorded, asked(f"bot{here.partition(' ')[0]}/send"))
    assert found == (None if " " in here else "sent")


def test_a_word_that_happens_to_be_a_password_is_a_word(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_PASSWORD", "postgres")
    recorded = kept(tape, [(asked("search?q=postgres"), "found")])
    monkeypatch.delenv("POSTGRES_PASSWORD")
    assert answer(recorded, asked("search?q=mysql")) is None
    assert answer(recorded, asked("search?q=postgres")) == "found"


def test_a_signature_is_another_one_each_time_and_says_nothing_about_whose_request_it_is(tape: Path) -> None:
    recorded = kept(tape, [(asked("x?n=1&sig=9f8e7d6c5b4a"), "1"), (asked("x?n=2&sig=1a2b3c4d5e6f"), "2")])
    assert [answer(recorded, asked(f"x?n={n}&sig=other{n}")) for n in (2, 1)] == ["2", "1"]


def test_equal_requests_get_their_answers_in_the_order_of_asking_however_they_were_answered(tape: Path) -> None:
    writer = CassetteWriter(tape)
    for number in (2, 1, 3):
        writer.add(Exchange(asked("x"), HttpResponse(200, None, {}, b"%d" % number), number))
    writer.close()
    recorded = Recorded(read_cassette(tape))
    assert [answer(recorded, asked("x")) for _ in range(3)] == ["1", "2", "3"]


def test_a_mask_of_old_without_a_number_stands_for_anything() -> None:
    recorded = Recorded([Exchange(asked("me?key=***&n=1"), HttpResponse(200, None, {}, b"old"))])
    assert answer(recorded, asked(f"me?key={ANN}&n=2")) is None
    assert answer(recorded, asked(f"me?key={ANN}&n=1")) == "old"


def test_the_refusal_says_whether_only_the_credential_is_another(tape: Path) -> None:
    recorded = kept(tape, [(asked(f"me?api_key={ANN}"), "1"), (asked(f"me?api_key={ANN}"), "2")])
    answer(recorded, asked(f"me?api_key={ANN}"))
    assert (
        recorded.refusal(asked(f"me?api_key={BOB}"))
        == "GET http://h/me?api_key=*** was recorded with another credential"
    )


def test_a_login_and_what_follows_from_it_replays_with_every_spelling(
    service: Service, recorded: Record, tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answers["/login"] = (
        200,
        {"Set-Cookie": "csrf=c5Rf77Tok8en1x; Path=/"},
        json.dumps({"access_token": TOKEN}).encode(),
    )

    def talk() -> list[str]:
        with httpx.Client(base_url=service.url) as client:
            token = client.post("/login", json={"password": os.environ["LOGIN"]}).json()["access_token"]
            return [
                client.get("/orders", headers={"Authorization": f"Bearer {token}"}).text,
                client.get(f"/by-path/{urllib.parse.quote(token, safe='')}").text[:12],
                client.post("/form", data={"csrf": client.cookies["csrf"], "n": "1"}).text[:10],
            ]

    monkeypatch.setenv("LOGIN", "hunter2")
    live = recorded(talk)
    assert live[0] == "GET /orders  1"
    monkeypatch.setenv("LOGIN", "anything")
    with cassette(tape, "replay") as refused:
        assert talk() == live
        with pytest.raises(RequestNotRecorded, match="another body"):
            httpx.post(service.url + "/form", data={"csrf": "***9", "n": "1"})
    assert len(refused) == 1
