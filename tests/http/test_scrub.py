"""Nothing secret is in the file, in any spelling; everything else is."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import cpsl
from cpsl.http.cassette import cassette
from cpsl.http.credentials import known_secrets, spellings
from cpsl.http.exchange import Answered, Asked, Exchange
from cpsl.http.scrub import Scrubber
from cpsl.model.secret import Secret, secret_source
from tests.http.asking import by_urllib
from tests.http.conftest import Service

Record = Callable[[Callable[[], Any]], Any]
SECRET = 'hush/"ü+&'
"""No spelling of it is like another."""


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_source, "cache", {})
    monkeypatch.setattr(secret_source, "names", set())


def kept(body: str | bytes = b"", uri: str = "http://h/", **headers: str) -> Asked:
    asked = Asked(
        "POST",
        uri,
        {name.replace("_", "-"): [value] for name, value in headers.items()},
        body.encode() if isinstance(body, str) else body,
    )
    once = Scrubber().request(asked)
    assert Scrubber().request(once) == once
    return once


def answered(body: str | bytes = b"", **headers: str) -> Answered:
    fields = {name.replace("_", "-"): [value] for name, value in headers.items()}
    content = body.encode() if isinstance(body, str) else body
    asked = Asked("GET", "http://h/", {}, b"")
    return Scrubber().exchange(Exchange(asked, Answered(200, "OK", fields, content))).answered


def test_a_request_keeps_of_its_headers_what_it_asks_for() -> None:
    asked = kept(Authorization="Bearer s", Accept="text/plain", X_Api_Key="s", Cookie="sid=s", X_Shop="s", Host="h")
    assert asked.headers == {
        "Authorization": ["***"],
        "Accept": ["text/plain"],
        "X-Api-Key": ["***"],
        "Cookie": ["***"],
    }


def test_an_answer_keeps_its_headers_without_credentials() -> None:
    headers = answered(
        Set_Cookie="sid=s; Path=/", X_Auth_Token="s", Location="http://u/?code=1&access_token=s", X_RateLimit_Tokens="9"
    ).headers
    assert headers == {
        "Set-Cookie": ["sid=***; Path=/"],
        "X-Auth-Token": ["***"],
        "Location": ["http://u/?code=1&access_token=***"],
        "X-RateLimit-Tokens": ["9"],
    }


QUERIES = [
    ("?key=s&q=1", "?key=***&q=1"),
    ("?q=1&api_key=s", "?q=1&api_key=***"),
    ("?X-Amz-Signature=s&X-Amz-Credential=s&X-Amz-Date=1", "?X-Amz-Signature=***&X-Amz-Credential=***&X-Amz-Date=1"),
    ("?monkey=1&max_tokens=5&page_token=x", "?monkey=1&max_tokens=5&page_token=x"),
    ("?token=", "?token="),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_secret_parameters_of_an_address_are_masked(query: str, expected: str) -> None:
    assert kept(uri=f"http://ann:s@h:1/p{query}#part").uri == f"http://h:1/p{expected}"


BODIES = [
    ('{"api_key": "s", "max_tokens": 5}', '{"api_key": "***", "max_tokens": 5}'),
    ('{"auth": {"client_secret":"a\\"b", "n": [1]}}', '{"auth": {"client_secret":"***", "n": [1]}}'),
    ('{"userPassword": 1234, "ok": "s"}', '{"userPassword": "***", "ok": "s"}'),
    ('{"refresh_token": ["s", "t"]}', '{"refresh_token": "***"}'),
    ('{"password": null, "secret": "", "passwd": true}', '{"password": null, "secret": "", "passwd": true}'),
    ('{"password": {"type": "string"}}', '{"password": {"type": "string"}}'),
    (
        '{"arguments": "{\\"password\\": \\"s\\", \\"n\\": 1}"}',
        '{"arguments": "{\\"password\\": \\"***\\", \\"n\\": 1}"}',
    ),
    ('data: {"access_token": "s"}\n\ndata: {"n": 1}\n', 'data: {"access_token": "***"}\n\ndata: {"n": 1}\n'),
    ('{"access_token": "cut off', '{"access_token": "***"'),
    ("grant_type=password&username=ann&password=s&token=t", "grant_type=password&username=ann&password=***&token=***"),
    (
        '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\ns\r\n--b\r\n\r\nx',
        '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n***\r\n--b\r\n\r\nx',
    ),
    ("plain text about a password", "plain text about a password"),
]


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_secret_fields_of_a_body_are_masked(body: str, expected: str) -> None:
    assert kept(body).body == expected.encode()


def test_bytes_that_are_no_text_come_out_as_they_were() -> None:
    everything = bytes(range(256))
    assert kept(everything).body == everything
    assert answered(everything).body == everything


def test_a_name_that_may_mean_something_else_is_masked_in_an_answer_only_with_a_credential() -> None:
    said = '{"token": "Hello", "secret": "of success"}'
    assert answered(said).body == said.encode()
    assert answered('{"token": "ghs_16C7e42F292c6912E7"}').body == b'{"token": "***"}'
    assert answered('{"url": "https://h/?sig=Zm9vYmFyYmF6cXV4MTIz&v=1"}').body == b'{"url": "https://h/?sig=***&v=1"}'


def test_the_length_of_an_answer_is_that_of_what_is_kept() -> None:
    scrubbed_answer = answered('{"access_token": "a long one indeed"}', Content_Length="37")
    assert scrubbed_answer.headers == {"Content-Length": [str(len(scrubbed_answer.body))]}


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        urllib.parse.quote(SECRET, safe=""),
        urllib.parse.quote_plus(SECRET),
        SECRET.encode().hex(),
        *(base64.b64encode(before + SECRET.encode() + b"...").decode() for before in (b"", b"u", b"u:", b"ann:")),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_known_secret_is_masked_however_it_is_spelt(spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", SECRET)
    for body in (kept(f"<{spelling}>").body, answered(f"<{spelling}>").body):
        assert b"***" in body
        assert spelling.strip('"=')[3:-3].encode() not in body


def test_what_is_known_are_declared_secrets_and_what_the_environment_calls_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "PLAIN", "BY_APP", "BY_REFERENCE"):
        monkeypatch.setenv(name, f"value-of-{name}")
    monkeypatch.setenv("STORE_URL", "postgres://ann:in-address@h/db")
    monkeypatch.setenv("SHORT_KEY", "abc")
    cpsl.App("probe", secrets=["BY_APP"])
    Secret.from_name("BY_REFERENCE")
    secret_source.cache["ASKED"] = "asked-for-once"
    found = set(known_secrets())
    assert {
        "value-of-OPENAI_API_KEY",
        "value-of-BY_APP",
        "value-of-BY_REFERENCE",
        "in-address",
        "asked-for-once",
    } <= found
    assert not found & {"value-of-PLAIN", "abc"}


def test_a_credential_that_was_sent_is_masked_where_a_service_repeats_it() -> None:
    scrubber = Scrubber()
    sent = {
        "Authorization": ["Basic " + base64.b64encode(b"ann:hunter-2").decode()],
        "Cookie": ["a=dark; b=s1d2f3g4h5j6k7l8"],
    }
    said = b"hunter-2 may not; s1d2f3g4h5j6k7l8 is over; so is dark"
    first = scrubber.exchange(Exchange(Asked("GET", "http://h/", sent, b""), Answered(403, None, {}, said)))
    assert first.answered.body == b"*** may not; *** is over; so is dark"
    assert scrubber.request(Asked("GET", "http://h/hunter-2", {}, b"")).uri == "http://h/***"


def test_a_credential_that_is_a_mere_word_is_masked_only_where_it_stands() -> None:
    said = b"enter your password"
    asked = Asked("POST", "http://h/", {}, b'{"password": "password"}')
    kept_exchange = Scrubber().exchange(Exchange(asked, Answered(200, "OK", {}, said)))
    assert (kept_exchange.asked.body, kept_exchange.answered.body) == (b'{"password": "***"}', said)


def test_without_secrets_nothing_is_looked_for() -> None:
    assert spellings(()) is None


def test_the_file_holds_no_secret_in_any_encoding(
    service: Service, recorded: Record, tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_KEY", "sk-environment")
    answer = json.dumps({"access_token": "at-answer", "echo": "you sent sk-environment", "n": 1}).encode()
    service.answers["/login"] = (
        200,
        {"Set-Cookie": "sid=cookie-answer; Path=/", "Content-Encoding": "gzip", "X-Token": "header-answer"},
        gzip.compress(answer, mtime=0),
    )
    secrets = [
        "basic-pass",
        "key-header",
        "query-key",
        "body-secret",
        "sk-environment",
        "cookie-sent",
        "packed-secret",
        "tok-of-1-redirect",
    ]
    secrets += ["at-answer", "cookie-answer", "header-answer", "user-info"]

    def talk() -> list[Any]:
        with httpx.Client(base_url=service.url, follow_redirects=True, cookies={"sid": "cookie-sent"}) as client:
            login = client.post(
                "/login?key=query-key",
                json={"client_secret": "body-secret", "prompt": "use sk-environment"},
                auth=("ann", "basic-pass"),
                headers={"x-goog-api-key": "key-header"},
            ).json()
            packed = gzip.compress(b'{"password": "packed-secret"}')
            client.post("/empty", content=packed, headers={"Content-Encoding": "gzip"})
            client.get(service.url.replace("://", "://ann:user-info@") + "/moved")
            return [login, client.get(f"/plain?token={login['access_token']}").status_code]

    live = recorded(talk)
    assert live[0]["access_token"] == "at-answer"
    data = tape.read_bytes()
    pattern = spellings(tuple(secrets))
    assert pattern
    assert not pattern.findall(data.decode("latin-1"))
    assert base64.b64encode(b"ann:basic-pass") not in data
    monkeypatch.setenv("MODEL_KEY", "sk-environment")
    with cassette(tape, "replay"):
        assert talk() == [{"access_token": "***", "echo": "you sent ***", "n": 1}, 200]


def test_a_replay_needs_no_credentials(
    service: Service, recorded: Record, tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(key: str) -> str:
        return httpx.get(service.url + f"/plain?key={key}", headers={"Authorization": f"Bearer {key}"}).text

    recorded(lambda: ask("sk-real"))
    with cassette(tape, "replay"):
        assert "key=***" not in ask("x")


def test_an_app_that_logs_everything_logs_no_address_because_of_the_cassette(
    service: Service, recorded: Record, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    caplog.set_level(0, "vcr")
    recorded(lambda: by_urllib(service.url + "/plain?api_key=hunter-2"))
    assert "hunter-2" not in caplog.text
