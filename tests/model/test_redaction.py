"""What is known to be secret is masked in texts, values and streams, however it is spelt; nothing else is."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.model.channel_decl import Slack
from cpsl.model.integration import IntegrationCredentials
from cpsl.model.redaction import StreamRedaction, known_secrets, looks_random, redact, redacted, secrets_among
from cpsl.model.secret import Secret
from cpsl.model.secret_source import secret_source

KEY = "sk-live-4f9a2b7c"
OTHER = "pa$$ wörd/1"


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_source, "names", set())
    monkeypatch.setattr(secret_source, "_held", {})
    monkeypatch.setattr(secret_source, "cache", {})


@pytest.mark.parametrize(
    ("variable", "value", "masked"),
    [
        ("OPENAI_API_KEY", KEY, True),
        ("GITHUB_TOKEN", "ghp_16C7e42F292c6912E7", True),
        ("STRIPE_SECRET", "correct horse battery", True),
        ("DB_PASSWORD", "Tr0ub4dor", True),
        ("POSTGRES_PASSWORD", "postgres", False),
        ("APP_SECRET", "changeme", False),
        ("SSH_AUTH_SOCK", "/tmp/ssh-XXXX9/agent.4711", False),
        ("AUTH_USER", "ann@example.com", False),
        ("AUTH_URL", "https://login.example.com/1", False),
        ("USE_AUTH", "true", False),
        ("KEYBOARD_LAYOUT", "qwerty-us-102", False),
        ("HOME_PAGE", KEY, False),
        ("DATABASE_URL", f"postgres://ann:{KEY}@db.test/x", True),
        ("BROKER", "amqp://guest:guest@localhost", False),
    ],
)
def test_variables_named_after_a_credential_are_secret_when_they_look_random(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, masked: bool
) -> None:
    monkeypatch.setenv(variable, value)
    secret = KEY if "://ann" in value else value
    assert redact(f"said <{secret}>") == ("said <***>" if masked else f"said <{secret}>")


def test_a_declared_secret_is_one_whatever_it_looks_like_from_six_characters_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLACE", "postgres")
    monkeypatch.setenv("SHORT", "abcde")
    assert redact("postgres") == "postgres"
    Secret.from_name("PLACE")
    Secret.from_name("SHORT")
    assert redact("postgres abcde") == "*** abcde"
    monkeypatch.setenv("PLACE", "replaced")
    assert redact("postgres replaced") == "postgres ***"


def test_credentials_of_people_and_of_declarations_are_secret_but_not_what_stands_beside_them() -> None:
    held = IntegrationCredentials(
        "tok-hunter2", fields={"secret": "s-hunter2", "region": "eu-central-1", "team": "growth"}
    )
    channel = Slack(bot_token="xoxb-1", signing_secret="signed")
    assert redact("tok-hunter2 s-hunter2 eu-central-1 growth xoxb-1 signed") == "*** *** eu-central-1 growth *** ***"
    del held, channel
    assert redact("tok-hunter2 xoxb-1") == "tok-hunter2 xoxb-1"
    assert list(secrets_among({"account": "acct_1Nv0FGQ9RKHgCVdK", "host": "db.internal.example.com"})) == [
        "acct_1Nv0FGQ9RKHgCVdK"
    ]


@pytest.mark.parametrize(
    "spelling",
    [OTHER, json.dumps({"a": OTHER}), repr([OTHER]), f"https://x.test/{quote(OTHER, safe='')}?a={quote(OTHER)}"],
)
def test_a_secret_is_found_however_it_is_spelt(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    monkeypatch.setenv("APP_PASSWORD", OTHER)
    shown = redact(spelling)
    assert "***" in shown
    assert "rd/1" not in shown
    assert "rd%2F1" not in shown


def test_each_line_of_a_key_of_several_lines_is_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
    monkeypatch.setenv("PRIVATE_KEY", f"-----BEGIN KEY-----\n{line}\n-----END KEY-----")
    assert redact(f"bad line: {line}") == "bad line: ***"
    assert redact("-----BEGIN KEY-----") == "-----BEGIN KEY-----"


def test_values_are_redacted_at_every_depth_and_left_alone_where_nothing_is_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value: Any = {"a": [f"x {KEY}", 1], KEY: None, "clean": {"b": ["c"]}}
    assert redacted(value) is value
    monkeypatch.setenv("API_KEY", KEY)
    assert redacted(value) == {"a": ["x ***", 1], "***": None, "clean": {"b": ["c"]}}
    assert value["a"] == [f"x {KEY}", 1]
    clean = {"a": ["b"]}
    assert redacted(clean) is clean


def test_the_longest_secret_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    monkeypatch.setenv("B_KEY", KEY + "-long")
    assert redact(f"{KEY}-long {KEY}") == "*** ***"
    assert known_secrets() == (KEY + "-long", KEY)


def test_what_looks_random() -> None:
    assert not looks_random("1234567")
    assert not looks_random("abcdefgh")
    assert looks_random("abcdefg1")
    assert looks_random("abcdefghijklmnop")


def test_a_stream_shows_all_but_what_may_become_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", KEY)
    stream = StreamRedaction()
    assert [stream.feed(piece) for piece in ("a sk", "-liv", "ely", " ", KEY[:9], KEY[9:], "!")] == [
        "a sk",
        "",
        "-lively",
        " ",
        "",
        "***",
        "!",
    ]
    assert stream.feed("sk-l") == ""
    assert stream.rest() == "sk-l"
    assert stream.rest() == ""


@given(st.data())
def test_a_stream_comes_out_as_its_whole_text_would_but_for_two_letters(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A_KEY", KEY)
        patch.setenv("B_KEY", "sk-live-other-9")
        parts = data.draw(
            st.lists(st.sampled_from([KEY, "sk-live-other-9", "sk-", "live", "s", "k", "-4f9", " ", "é"]))
        )
        text = "".join(parts)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
        pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        stream = StreamRedaction()
        shown = "".join([*map(stream.feed, pieces), stream.rest()])
        assert KEY not in shown
        assert "sk-live-other-9" not in shown
        for part, expected in zip(shown.split("***"), redact(text).split("***"), strict=True):
            assert part.startswith(expected)
            assert part[len(expected) :] in ("", "s", "sk")


QUOTED = "sk<1>&/it's\"4f9a2b7c"


@pytest.mark.parametrize(
    "spelling",
    [
        json.dumps(QUOTED)[1:-1].replace("/", "\\/"),
        json.dumps(QUOTED)[1:-1].replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
        json.dumps(QUOTED)[1:-1].replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026"),
        html.escape(QUOTED).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        html.escape(QUOTED).replace("&#x27;", "&#39;"),
        QUOTED.encode().hex(" "),
        QUOTED.encode().hex(":").upper(),
    ],
)
def test_spellings_of_other_encoders_are_masked_whole(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    monkeypatch.setenv("APP_PASSWORD", QUOTED)
    assert redact(f"({spelling})") == "(***)"


@pytest.mark.parametrize("before", range(40, 64))
def test_base64_broken_into_lines_holds_no_secret(monkeypatch: pytest.MonkeyPatch, before: int) -> None:
    monkeypatch.setenv("APP_PASSWORD", KEY)
    lines = base64.encodebytes(b"u" * before + KEY.encode() + b"u" * 60).decode()
    for text in (lines, lines.replace("\n", "\r\n"), json.dumps(lines)):
        shown = redact(text)
        assert shown.count("***") == 1
        kept = len(re.sub(r'["\s]|\\n', "", shown.partition("***")[0]))
        assert kept >= before
        # At both ends a letter may hold bits of what stands beside the secret.
        assert kept <= len(base64.b64encode(b"u" * before)) + 1
    assert redact("u" * 76 + "\n" + "v" * 76) == "u" * 76 + "\n" + "v" * 76


def test_tuples_are_redacted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("a", "b")
    assert redacted(names) is names
    monkeypatch.setenv("API_KEY", KEY)
    assert redacted(names) is names
    assert redacted((KEY, [KEY])) == ("***", ["***"])


@given(
    st.lists(st.text("abc", min_size=6, max_size=12), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "a", "b", " ", "abc"])), max_size=6),
    st.lists(st.integers(1, 5), min_size=1),
)
def test_a_stream_hides_secrets_that_begin_alike_or_hold_each_other(
    values: list[str], words: list[tuple[int, str]], sizes: list[int]
) -> None:
    values = [*values, values[0] + "cab"]
    text = "".join(values[number % len(values)] + between for number, between in words)
    secret_source.cache.clear()
    secret_source.changes += 1
    secret_source.cache.update({f"n{number}": value for number, value in enumerate(values)})
    stream, shown, at = StreamRedaction(), "", 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        shown += stream.feed(text[at : at + size])
        at += size
    shown += stream.rest()
    # Two characters are no secret's beginning yet, and shown at once.
    masked = "[abc]{0,2}".join(map(re.escape, redact(text).replace("***", "\0***").split("\0")))
    assert re.fullmatch(masked, shown)
