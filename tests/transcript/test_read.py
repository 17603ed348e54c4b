"""docs/transcripts.md: what can be read, and what is refused with file, line and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cpsl.transcript.document import Transcript
from cpsl.transcript.line_fields import HEADER_FIELDS, LINE_FIELDS
from cpsl.transcript.read import TranscriptError, parse, read_transcript

FILE = Path("t.jsonl")
HEAD = '{"type":"header","format":"capsule-transcript","version":1}'
HI = '{"type":"user","text":"hi"}'
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "transcript.schema.json").read_text())


def parsed(*lines: str) -> Transcript:
    return parse(FILE, "\n".join(lines).encode())


def refusal(content: str | bytes) -> str:
    with pytest.raises(TranscriptError) as caught:
        parse(FILE, content if isinstance(content, bytes) else content.encode())
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_lines_without_numbers_belong_to_the_message_before_them() -> None:
    found = parsed(HI, '{"type":"reply","text":"a"}', '{"type":"user","text":"ho"}', '{"type":"reply","text":"b"}')
    assert [(turn.number, turn.user.number, [line.number for line in turn.lines]) for turn in found.turns] == [
        (1, 1, [2]),
        (2, 3, [4]),
    ]
    assert found.header is None


def test_lines_with_numbers_belong_to_their_turn_wherever_they_stand() -> None:
    found = parsed(
        HEAD,
        '{"type":"user","turn":2,"text":"b"}',
        '{"type":"user","turn":1,"text":"a"}',
        '{"type":"reply","turn":2,"text":"late"}',
    )
    assert [(turn.number, len(turn.lines)) for turn in found.turns] == [(1, 0), (2, 1)]
    assert found.header
    assert found.header.number == 1


def test_turn_zero_is_what_came_before() -> None:
    found = parsed('{"type":"user","turn":0,"text":"old"}', '{"type":"data","turn":0,"set":{}}', HI)
    assert [line.type for line in found.start] == ["user", "data"]
    assert [turn.number for turn in found.turns] == [1]


def test_blank_lines_windows_newlines_and_a_byte_order_mark_are_no_matter() -> None:
    found = parse(FILE, b'\xef\xbb\xbf\r\n{"type":"user","text":"hi"}\r\n\r\n')
    assert [(line.number, line.text) for line in found.lines] == [(2, HI)]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "t.jsonl:1: nobody says anything in this file"),
        (HEAD, "t.jsonl:1: nobody says anything"),
        (HI + '\n{"type":"re', "t.jsonl:2: the last line is cut off, or no JSON"),
        (HI + "\n{oops}\n" + HI, "t.jsonl:2: not JSON (Expecting property name"),
        ("[" + HI + "]", "t.jsonl:1: each line must be a JSON object, and this is an array"),
        ("null", "t.jsonl:1: each line must be a JSON object, and this is null"),
        (HI + '\n{"type":"replly","text":"a"}', "t.jsonl:2: unknown type 'replly'; did you mean 'reply'?"),
        ('{"text":"a"}', "t.jsonl:1: needs a 'type'"),
        ('{"type":"user"}', "t.jsonl:1: a line of type 'user' needs 'text'"),
        ('{"type":"user","txt":"a"}', "t.jsonl:1: unknown field 'txt' in a line of type 'user'; did you mean 'text'?"),
        ('{"type":"user","text":1}', "t.jsonl:1: 'text': must be a text"),
        ('{"type":"user","text":"a","turn":true}', "t.jsonl:1: 'turn': must be a whole number from 0"),
        ('{"type":"user","text":"a","at":"noon"}', "t.jsonl:1: 'at': must be a time as 2026-01-31T09:05:00.000Z"),
        ('{"type":"user","text":"a","attachments":"x"}', "t.jsonl:1: 'attachments': must be a list of paths"),
        (HI + "\n" + HEAD, "t.jsonl:2: a header must be the first line"),
        ('{"type":"header","format":"x","version":1}', "t.jsonl:1: the format is 'x'; this reads 'capsule-transcript'"),
        (HEAD.replace("1}", "2}"), "t.jsonl:1: written by a newer capsule: transcript version 2, and this one reads"),
        (HEAD.replace("1}", '"one"}'), "t.jsonl:1: written by something else: transcript version 'one'"),
        ('{"type":"reply","text":"a"}', "t.jsonl:1: a line of type 'reply' without a line of type 'user' before it"),
        (
            HI + '\n{"type":"end","turn":3,"status":"ok"}',
            "t.jsonl:2: a line of type 'end' without a line of",
        ),
        ('{"type":"user","turn":1,"text":"a"}\n' * 2, "t.jsonl:2: there is a turn 1 already, in line 1"),
        (HI + '\n{"type":"reply","text":""}', "t.jsonl:2: text: an empty expectation expects nothing"),
        (HI + '\n{"type":"reply","text":{"match":"glob","value":""}}', "t.jsonl:2: text: an empty expectation"),
        (HI + '\n{"type":"reply","text":{"match":"has","value":"a"}}', "t.jsonl:2: text: "),
        (HI + '\n{"type":"reply","text":["a"]}', "t.jsonl:2: 'text': must be a text or"),
        (HI + '\n{"type":"data"}', "t.jsonl:2: an empty expectation: 'data' needs something"),
        (HI + '\n{"type":"data","set":{},"unset":[]}', "t.jsonl:2: an empty expectation"),
        (HI + '\n{"type":"error"}', "t.jsonl:2: an empty expectation: 'error' needs"),
        (HI + '\n{"type":"end","status":"fine"}', "t.jsonl:2: 'status': must be one of ok, error"),
        (HI + '\n{"type":"reply","text":"a","streamed":NaN}', "t.jsonl:2: NaN is no JSON number"),
        ('{"type":"notify","turn":0,"text":"a"}\n' + HI, "t.jsonl:1: turn 0 is what was said before"),
        (b'{"type":"user","text":"\xff"}', "t.jsonl:1: not UTF-8 (byte 0xff at column 24)"),
        (HI + "\n<<<<<<< HEAD\n", "t.jsonl:2: a mark of a merge conflict (<<<<<<<): merge the file"),
        (HI + "\r\n=======\r\n", "t.jsonl:2: a mark of a merge conflict (=======)"),
        ("||||||| 1a2b3c\n" + HI, "t.jsonl:1: a mark of a merge conflict (|||||||)"),
        ('{"type":"user","text":"a","at":"0001-01-01"}', "t.jsonl:1: 'at': must be a time in the years 2 to 9998"),
        ('{"type":"user","text":"a","at":"9999-12-31T23:59:59.999Z"}', "t.jsonl:1: 'at': must be a time in the years"),
        ('{"type":"user","text":"a","at":"0001-01-01T00:00:00+05:00"}', "t.jsonl:1: 'at': must be a time"),
        ('{"type":"user","text":"a","turn":' + "9" * 5000 + "}", "t.jsonl:1: a number of 5000 digits (9999999999…)"),
        (HI + '\n{"type":"block","block":{"a":' + "[" * 100 + "]" * 100 + "}}", "t.jsonl:2: nested more than 100 deep"),
    ],
)
def test_a_bad_line_is_named(content: str | bytes, what: str) -> None:
    assert refusal(content).startswith(what)


def test_the_header_may_stand_below_blank_lines() -> None:
    found = parsed("", HEAD, HI)
    assert found.header
    assert (found.header.number, found.turns[0].user.number) == (2, 3)


def test_a_text_that_looks_like_a_bomb_in_yaml_is_a_text() -> None:
    bomb = "a: &a [x]\n" + "b: &b [*a,*a]\n" * 100
    assert parsed(json.dumps({"type": "user", "text": bomb})).turns[0].user.fields["text"] == bomb


def test_a_line_nested_too_deeply_is_named() -> None:
    assert refusal('{"type":' + "[" * 100_000).startswith("t.jsonl:1: ")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match=r"is no ordinary file; a transcript has to be one"):
        read_transcript(tmp_path)


_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        "a", "", 0, 1, -1, True, None, [], ["a"], [1], {}, {"a": 1}, {"match": "any"}, {"id": "x"}, {"id": ""},
        "ok", "2026-01-31T09:05:00.000Z", [{"path": "p"}], [{"path": ""}],
        [{"path": "p", "name": "../x"}], [{"path": "p", "name": "a.txt", "size": 1, "sha256": None}],
        [{"path": "p", "size": -1}],
        {"match": "contains", "value": "a"},
        "capsule-transcript", {"id": "x", "email": None}, {"match": "any", "more": 1},
    ]
)  # fmt: skip


@st.composite
def _some_line(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted([*LINE_FIELDS, "header", "reoly"])))
    fields = HEADER_FIELDS if kind == "header" else LINE_FIELDS.get(kind, LINE_FIELDS["user"])
    known = sorted({*fields, "other"} - {"type"})
    return {"type": kind, **draw(st.dictionaries(st.sampled_from(known), _VALUES, max_size=5))}


@given(_some_line())
def test_the_schema_and_the_reader_agree(fields: dict[str, Any]) -> None:
    # Whether a line's turn is there is a matter of the file, and not of the line.
    assume(fields.get("turn") in (None, 1) or isinstance(fields["turn"], (str, list, dict)))
    line = json.dumps(fields)
    if fields["type"] == "header":
        content = line + "\n" + HI
    else:
        content = line if fields["type"] == "user" else '{"type":"user","text":"first","turn":1}\n' + line
    try:
        parse(FILE, content.encode())
    except TranscriptError:
        accepted = False
    else:
        accepted = True
    assert accepted == jsonschema.Draft202012Validator(SCHEMA).is_valid(fields)
