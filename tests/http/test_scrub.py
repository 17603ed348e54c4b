"""Nothing secret is in the file, in any spelling; everything else is."""

from __future__ import annotations

import base64
import gzip
import html
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import cpsl
from cpsl.http.cassette import cassette
from cpsl.http.cassette_file import CassetteWriter, read_cassette
from cpsl.http.credentials import is_credential, secrets_by_name, spellings
from cpsl.http.exchange import Exchange, HttpRequest, HttpResponse
from cpsl.http.masks import MASKED
from cpsl.http.scrub import Scrubber
from cpsl.model.integration import IntegrationCredentials
from cpsl.model.secret import Secret
from cpsl.model.secret_source import secret_source
from cpsl.runtime.connected import Connected
from tests.http.asking import by_urllib
from tests.http.conftest import Service

Record = Callable[[Callable[[], Any]], Any]
SECRET = 'hush/"ü+&'
"""No spelling of it is like another."""


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_source, "cache", {})
    monkeypatch.setattr(secret_source, "names", set())
    monkeypatch.setattr(secret_source, "_held", {})


def kept(body: str | bytes = b"", uri: str = "http://h/", **headers: str) -> HttpRequest:
    asked = HttpRequest(
        "POST",
        uri,
        {name.replace("_", "-"): [value] for name, value in headers.items()},
        body.encode() if isinstance(body, str) else body,
    )
    return Scrubber().exchange(Exchange(asked, HttpResponse(204, None, {}, b""))).asked


def answered(body: str | bytes = b"", **headers: str) -> HttpResponse:
    fields = {name.replace("_", "-"): [value] for name, value in headers.items()}
    content = body.encode() if isinstance(body, str) else body
    asked = HttpRequest("GET", "http://h/", {}, b"")
    return Scrubber().exchange(Exchange(asked, HttpResponse(200, "OK", fields, content))).answered


def test_a_request_keeps_of_its_headers_what_it_asks_for() -> None:
    asked = kept(Authorization="Bearer s", Accept="text/plain", X_Api_Key="s", Cookie="sid=s", X_Shop="s", Host="h")
    assert asked.headers == {
        "Authorization": ["***1"],
        "Accept": ["text/plain"],
        "X-Api-Key": ["***1"],
        "Cookie": ["***"],
    }


def test_an_answer_keeps_its_headers_without_credentials() -> None:
    headers = answered(
        Set_Cookie="sid=k3Tz91; Path=/",
        X_Auth_Token="k3Tz91",
        Location="http://u/?code=1&access_token=pw-44x&theme=dark",
        X_RateLimit_Tokens="9",
    ).headers
    assert headers == {
        "Set-Cookie": ["sid=***1; Path=/"],
        "X-Auth-Token": ["***1"],
        "Location": ["http://u/?code=1&access_token=***2&theme=dark"],
        "X-RateLimit-Tokens": ["9"],
    }


OK = HttpResponse(200, None, {}, b"")
GET = HttpRequest("GET", "http://h/", {}, b"")


def said(body: str) -> HttpResponse:
    return HttpResponse(200, None, {}, body.encode())


QUERIES = [
    ("?key=k3Tz91Qw&q=1", "?key=***1&q=1"),
    ("?q=1&api_key=s", "?q=1&api_key=***1"),
    ("?token=BTC&key=user1&code=NEW", "?token=BTC&key=user1&code=NEW"),
    (
        "?X-Amz-Signature=9f8e7d6c5b4a&X-Amz-Credential=AKIA77QK29ZT&X-Amz-Date=1",
        "?X-Amz-Signature=***1&X-Amz-Credential=***2&X-Amz-Date=1",
    ),
    ("?monkey=1&max_tokens=5&page_token=x", "?monkey=1&max_tokens=5&page_token=x"),
    ("?token=", "?token="),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_secret_parameters_of_an_address_are_masked(query: str, expected: str) -> None:
    assert kept(uri=f"http://ann:s@h:1/p{query}#part").uri == f"http://h:1/p{expected}"


BODIES = [
    ('{"api_key": "s", "max_tokens": 5}', '{"api_key": "***1", "max_tokens": 5}'),
    ('{"auth": {"client_secret":"a\\"b", "n": [1]}}', '{"auth": {"client_secret":"***1", "n": [1]}}'),
    ('{"userPassword": 1234, "ok": "s"}', '{"userPassword": "***1", "ok": "s"}'),
    ('{"refresh_token": ["s", "t"]}', '{"refresh_token": ["***1", "***2"]}'),
    ('{"password": null, "secret": "", "passwd": true}', '{"password": null, "secret": "", "passwd": true}'),
    ('{"password": {"type": "string"}}', '{"password": {"type": "string"}}'),
    (
        '{"arguments": "{\\"password\\": \\"s\\", \\"n\\": 1}"}',
        '{"arguments": "{\\"password\\": \\"***1\\", \\"n\\": 1}"}',
    ),
    ('data: {"access_token": "s"}\n\ndata: {"n": 1}\n', 'data: {"access_token": "***1"}\n\ndata: {"n": 1}\n'),
    ('{"access_token": "cut off', '{"access_token": "***1"'),
    ("grant_type=password&username=ann&password=s&token=t", "grant_type=password&username=ann&password=***1&token=t"),
    (
        '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\ns\r\n--b\r\n\r\nx',
        '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n***1\r\n--b\r\n\r\nx',
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
    assert answered('{"token": "ghs_16C7e42F292c6912E7"}').body == b'{"token": "***1"}'
    assert answered('{"url": "https://h/?sig=Zm9vYmFyYmF6cXV4MTIz&v=1"}').body == b'{"url": "https://h/?sig=***1&v=1"}'


def test_the_length_of_an_answer_is_that_of_what_is_kept() -> None:
    scrubbed_answer = answered('{"access_token": "a-long-1-indeed"}', Content_Length="37")
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
        SECRET.encode().hex(" "),
        SECRET.encode().hex(":").upper(),
        html.escape(SECRET),
        html.escape(SECRET).replace("&quot;", "&#34;"),
        json.dumps(SECRET).replace("&", "\\u0026"),
        *(base64.b64encode(before + SECRET.encode() + b"...").decode() for before in (b"", b"u", b"u:", b"ann:")),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_known_secret_is_masked_however_it_is_spelt(spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", SECRET)
    for body in (kept(f"<{spelling}>").body, answered(f"<{spelling}>").body):
        assert any(mask.encode() in body for mask in spellings("***1"))
        assert spelling.strip('"=')[3:-3].encode() not in body


def test_what_is_known_are_declared_secrets_and_what_the_environment_calls_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "PLAIN", "BY_APP", "BY_REFERENCE"):
        monkeypatch.setenv(name, f"value-of-{name}")
    monkeypatch.setenv("STORE_URL", "postgres://ann:in-address@h/db")
    monkeypatch.setenv("SHORT_KEY", "abc")
    monkeypatch.setenv("POSTGRES_PASSWORD", "postgres")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent.sock")
    monkeypatch.setenv("AUTH", "db.example.com")
    cpsl.App("probe", secrets=["BY_APP"])
    Secret.from_name("BY_REFERENCE")
    secret_source.cache["ASKED"] = "asked-for-once"
    found = set(secrets_by_name())
    assert {
        "value-of-OPENAI_API_KEY",
        "value-of-BY_APP",
        "value-of-BY_REFERENCE",
        "in-address",
        "asked-for-once",
    } <= found
    assert not found & {"value-of-PLAIN", "abc", "postgres", "/run/agent.sock", "db.example.com"}


def test_a_credential_that_was_sent_is_masked_where_a_service_repeats_it() -> None:
    scrubber = Scrubber()
    sent = {
        "Authorization": ["Basic " + base64.b64encode(b"ann:hunter-2").decode()],
        "Cookie": ["a=dark; b=s1d2f3g4h5j6k7l8"],
    }
    said = b"hunter-2 may not; s1d2f3g4h5j6k7l8 is over; so is dark"
    first = scrubber.exchange(Exchange(HttpRequest("GET", "http://h/", sent, b""), HttpResponse(403, None, {}, said)))
    assert first.answered.body == b"***1 may not; ***3 is over; so is dark"
    later = Exchange(HttpRequest("GET", "http://h/hunter-2", {}, b""), HttpResponse(204, None, {}, b""))
    assert scrubber.exchange(later).asked.uri == "http://h/***1"


def test_a_credential_that_is_a_mere_word_is_masked_only_where_it_stands() -> None:
    said = b"enter your password"
    asked = HttpRequest("POST", "http://h/", {}, b'{"password": "password"}')
    kept_exchange = Scrubber().exchange(Exchange(asked, HttpResponse(200, "OK", {}, said)))
    assert (kept_exchange.asked.body, kept_exchange.answered.body) == (b'{"password": "***1"}', said)


def test_the_file_holds_no_secret_in_any_encoding(
    service: Service, recorded: Record, tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_KEY", "sk-environment")
    answer = json.dumps({"access_token": "at-answer", "echo": "you sent sk-environment", "n": 1}).encode()
    service.answers["/login"] = (
        200,
        {"Set-Cookie": "sid=ca-39Rr17Nb; Path=/", "Content-Encoding": "gzip", "X-Token": "header-answer"},
        gzip.compress(answer, mtime=0),
    )
    secrets = [
        "basic-pass",
        "key-header",
        "qk-71Zx93Lm",
        "body-secret",
        "sk-environment",
        "cs-55Tt82Wq",
        "packed-secret",
        "redirect-7hQ2zX9",
    ]
    secrets += ["at-answer", "ca-39Rr17Nb", "header-answer", "user-info"]

    def talk() -> list[Any]:
        with httpx.Client(base_url=service.url, follow_redirects=True, cookies={"sid": "cs-55Tt82Wq"}) as client:
            login = client.post(
                "/login?key=qk-71Zx93Lm",
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
    text = data.decode("latin-1")
    assert [spelling for secret in secrets for spelling in spellings(secret) if spelling in text] == []
    assert base64.b64encode(b"ann:basic-pass") not in data
    monkeypatch.setenv("MODEL_KEY", "sk-environment")
    with cassette(tape, "replay"):
        login, status = talk()
    assert (login["echo"], status) == ("you sent ***1", 200)
    assert MASKED.fullmatch(login["access_token"])


def test_a_replay_needs_no_credentials(
    service: Service, recorded: Record, tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(key: str) -> str:
        return httpx.get(service.url + f"/plain?key={key}", headers={"Authorization": f"Bearer {key}"}).text

    recorded(lambda: ask("sk-real"))
    with cassette(tape, "replay"):
        assert ask("x") == "GET /plain?key=***1  0"


def test_an_app_that_logs_everything_logs_no_address_because_of_the_cassette(
    service: Service, recorded: Record, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    caplog.set_level(0, "vcr")
    recorded(lambda: by_urllib(service.url + "/plain?api_key=hunter-2"))
    assert "hunter-2" not in caplog.text


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.Kx7Qm2Zt9Lw4"
KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY"
PLACES: dict[str, tuple[HttpRequest, HttpResponse, str]] = {
    "bearer": (HttpRequest("GET", "http://h/", {"authorization": [f"bearer {JWT}"]}, b""), OK, JWT),
    "no scheme": (HttpRequest("GET", "http://h/", {"AUTHORIZATION": [JWT]}, b""), OK, JWT),
    "proxy": (HttpRequest("GET", "http://h/", {"Proxy-Authorization": [f"Basic {JWT}"]}, b""), OK, JWT),
    "own header": (HttpRequest("GET", "http://h/", {"X-Vault-Token": [JWT]}, b""), OK, JWT),
    "any header": (HttpRequest("GET", "http://h/", {"X-Anything": [JWT]}, b""), OK, JWT),
    "cookie": (HttpRequest("GET", "http://h/", {"Cookie": [f"a=1; sid={JWT}"]}, b""), OK, JWT),
    "address": (HttpRequest("GET", f"http://ann:{JWT}@h/", {}, b""), OK, JWT),
    "address in a text": (HttpRequest("POST", "http://h/", {}, f'{{"url": "http://a:{JWT}@h/"}}'.encode()), OK, JWT),
    "query": (HttpRequest("GET", f"http://h/?Access_Token={JWT}", {}, b""), OK, JWT),
    "query, escaped": (HttpRequest("GET", f"http://h/?api_key={KEY.replace('/', '%2F')}", {}, b""), OK, KEY),
    "fragment": (HttpRequest("GET", f"http://h/#access_token={JWT}", {}, b""), OK, JWT),
    "presigned, Amazon": (HttpRequest("GET", f"http://h/?X-Amz-Security-Token={KEY}&X-Amz-Date=1", {}, b""), OK, KEY),
    "presigned, Google": (HttpRequest("GET", "http://h/?X-Goog-Signature=9f8e7d6c5b4a", {}, b""), OK, "9f8e7d6c5b4a"),
    "presigned, Azure": (HttpRequest("GET", "http://h/?sv=2&sig=Zm9vYmFyYmF6cXV4", {}, b""), OK, "Zm9vYmFyYmF6cXV4"),
    "presigned, in an answer": (GET, said(f'{{"url": "http://h/?X-Amz-Signature={JWT}"}}'), JWT),
    "signature, Amazon": (
        HttpRequest(
            "GET", "http://h/", {"Authorization": ["AWS4-HMAC-SHA256 Credential=a/b, Signature=9f8e7d6c5b4a"]}, b""
        ),
        OK,
        "9f8e7d6c5b4a",
    ),
    "form": (HttpRequest("POST", "http://h/", {}, f"user=ann&client_secret={JWT}".encode()), OK, JWT),
    "JSON": (HttpRequest("POST", "http://h/", {}, f'{{"a": {{"apiKey": "{JWT}"}}}}'.encode()), OK, JWT),
    "JSON, slashes escaped": (GET, said(json.dumps({"id_token": KEY}).replace("/", "\\/")), KEY),
    "answer": (GET, said(f'{{"refresh_token": "{JWT}", "ok": true}}'), JWT),
    "answer to a login": (GET, said(f"access_token={JWT}&token_type=bearer"), JWT),
    "set-cookie": (GET, HttpResponse(200, None, {"set-cookie": [f"sid={JWT}; HttpOnly", f'x="{KEY}"']}, b""), KEY),
    "location": (GET, HttpResponse(302, None, {"Location": [f"http://h/#access_token={JWT}"]}, b""), JWT),
    "repeated": (HttpRequest("GET", "http://h/", {"X-Api-Key": [KEY]}, b""), said(f"no access for {KEY}"), KEY),
    "repeated in Base64": (
        HttpRequest("GET", "http://h/", {"X-Api-Key": [KEY]}, b""),
        said(base64.b64encode(f"ann:{KEY}:9".encode()).decode()),
        KEY,
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_place_of_a_credential_keeps_it_in_any_spelling(place: str, tape: Path) -> None:
    asked, answer, secret = PLACES[place]
    writer = CassetteWriter(tape)
    writer.add(Scrubber().exchange(Exchange(asked, answer)))
    writer.close()
    text = tape.read_text()
    assert [spelling for spelling in spellings(secret) if spelling in text] == []


PLAIN_VALUES = [
    "BTC",
    "postgres",
    "user1",
    "api.example.com",
    "2026-11-29",
    "step-2-of-registration",
    "[DONE]",
    "12345678",
]


@pytest.mark.parametrize("value", PLAIN_VALUES)
def test_a_value_that_could_be_anything_is_not_taken_for_a_credential(value: str) -> None:
    assert not is_credential(value, sure=False)
    assert kept(uri=f"http://h/?token={value}").uri == f"http://h/?token={value}"


def test_what_turns_out_to_be_a_secret_is_masked_in_what_was_written_before(
    service: Service, recorded: Record, tape: Path
) -> None:
    service.answers["/list"] = (200, {}, b'{"id": "k3Tz91QwLm"}')
    recorded(lambda: [httpx.get(service.url + path) for path in ("/list", "/plain?token=k3Tz91QwLm")])
    assert b"k3Tz91QwLm" not in tape.read_bytes()
    assert read_cassette(tape)[0].answered.body == b'{"id": "***1"}'


def test_credentials_of_a_connected_service_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = Connected()
    connected.of("ann")["shop"] = IntegrationCredentials(access_token="", fields={"shop_key": "seven-words"})
    assert kept(uri="http://h/seven-words/x").uri == "http://h/***1/x"
    assert secrets_by_name()["seven-words"] == "connected shop_key"


def test_a_declared_secret_is_masked_even_if_it_is_a_word_unless_it_is_trivially_short(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tape: Path
) -> None:
    monkeypatch.setenv("GREETING", "postgres")
    monkeypatch.setenv("PIN", "123")
    cpsl.App("probe", secrets=["GREETING", "PIN"])
    assert kept(uri="http://h/?q=postgres&n=123").uri == "http://h/?q=***1&n=123"
    with caplog.at_level("WARNING", "cpsl"), cassette(tape, "record"):
        pass
    assert caplog.messages == [f"secret PIN is not masked in {tape}: it is shorter than 4 characters"]
