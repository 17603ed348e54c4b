"""The lines of a transcript, character by character (transcripts.md)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.model.codec import LineEncoder, dumps, record
from cpsl.model.events import (
    BlockShown,
    Chunk,
    DataChanged,
    Event,
    Notice,
    Reply,
    TurnEnded,
    TurnFailed,
    UserMessage,
)
from cpsl.model.identity import SessionKey, UserInfo

AT = 1769850300.25  # 2026-01-31T09:05:00.250Z
ANN = SessionKey("s1", "main", UserInfo("ann", "ann@x.test", "acme"))
LOCAL = SessionKey("s0", "main", UserInfo("local"))

FILE = {"name": "a.png", "content_type": "image/png", "size": 3, "sha256": "00", "path": "t.files/a.png"}

LINES: list[tuple[Event, str]] = [
    (
        UserMessage(1, AT, "remember milk"),
        '{"type":"user","turn":1,"at":"2026-01-31T09:05:00.250Z","text":"remember milk"}',
    ),
    (
        UserMessage(1, AT, "see", (FILE,)),
        '{"type":"user","turn":1,"at":"2026-01-31T09:05:00.250Z","text":"see","attachments":[{"name":"a.png",'
        '"content_type":"image/png","size":3,"sha256":"00","path":"t.files/a.png"}]}',
    ),
    (
        Notice(1, AT, "Thinking…"),
        '{"type":"notify","turn":1,"at":"2026-01-31T09:05:00.250Z","text":"Thinking…","detail":""}',
    ),
    (Chunk(1, AT, "Sav"), '{"type":"chunk","turn":1,"at":"2026-01-31T09:05:00.250Z","text":"Sav"}'),
    (Chunk(1, AT, "x", 2), '{"type":"chunk","turn":1,"at":"2026-01-31T09:05:00.250Z","text":"x","stream":2}'),
    (
        Reply(1, AT, "Saved note #1: milk", True, 1),
        '{"type":"reply","turn":1,"at":"2026-01-31T09:05:00.250Z","text":"Saved note #1: milk","streamed":true}',
    ),
    (
        BlockShown(1, AT, {"id": "b", "type": "task_card", "payload": {"task_id": "t"}}),
        '{"type":"block","turn":1,"at":"2026-01-31T09:05:00.250Z",'
        '"block":{"id":"b","type":"task_card","payload":{"task_id":"t"}}}',
    ),
    (
        DataChanged(1, AT, {"notes": ["milk"]}, ("old",)),
        '{"type":"data","turn":1,"at":"2026-01-31T09:05:00.250Z","set":{"notes":["milk"]},"unset":["old"]}',
    ),
    (
        TurnFailed(1, AT, "ValueError", "bad", ValueError("bad")),
        '{"type":"error","turn":1,"at":"2026-01-31T09:05:00.250Z","error":"ValueError","message":"bad"}',
    ),
    (TurnEnded(1, AT, "ok"), '{"type":"end","turn":1,"at":"2026-01-31T09:05:00.250Z","status":"ok"}'),
]


@pytest.mark.parametrize(("event", "line"), LINES, ids=[event.type for event, _ in LINES])
def test_an_event_is_exactly_its_documented_line(event: Event, line: str) -> None:
    assert dumps(record(event)) == line


def test_the_first_event_brings_the_header() -> None:
    first, second = LineEncoder("app.py:app", "notebook").lines(UserMessage(1, AT, "hi"), ANN)
    assert first == (
        '{"type":"header","format":"capsule-transcript","version":1,"app":"app.py:app","name":"notebook",'
        '"session":"s1","user":{"id":"ann","email":"ann@x.test","org_id":"acme"},"channel":"chat",'
        '"at":"2026-01-31T09:05:00.250Z"}'
    )
    assert json.loads(second)["type"] == "user"


def test_the_header_comes_once() -> None:
    encoder = LineEncoder("app.py:app", "notebook")
    encoder.lines(UserMessage(1, AT, "hi"), LOCAL)
    assert len(encoder.lines(Reply(1, AT, "yes"), LOCAL)) == 1


def test_only_the_user_line_of_another_conversation_names_it() -> None:
    encoder = LineEncoder("app.py:app", "notebook")
    encoder.lines(UserMessage(1, AT, "hi"), LOCAL)
    theirs = json.loads(encoder.lines(UserMessage(2, AT, "hi"), ANN)[0])
    assert (theirs["session"], theirs["as"]) == ("s1", "ann")
    assert "as" not in json.loads(encoder.lines(Reply(2, AT, "yes"), ANN)[0])
    assert "as" not in json.loads(encoder.lines(UserMessage(3, AT, "hi"), LOCAL)[0])


CONTROLS = [*range(0x20), *range(0x7F, 0xA0), 0x061C, *range(0x200E, 0x2010), *range(0x2028, 0x202F)]
CONTROLS += [*range(0x2066, 0x206A), 0xFEFF, 0xD800, 0xDFFF]


@pytest.mark.parametrize("code", CONTROLS, ids=[f"U+{code:04X}" for code in CONTROLS])
def test_a_control_character_is_escaped_and_survives(code: int) -> None:
    line = dumps(record(Reply(1, AT, f"a{chr(code)}b")))
    assert line.isprintable()
    assert json.loads(line)["text"] == f"a{chr(code)}b"


def test_letters_of_any_script_stay_readable() -> None:
    assert "żółć 日本 🎉" in dumps(record(Reply(1, AT, "żółć 日本 🎉")))


@given(st.text())
def test_any_text_is_one_line_and_reads_back_the_same(text: str) -> None:
    line = dumps(record(Reply(1, AT, text)))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == text
