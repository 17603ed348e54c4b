"""What is added to the events has its place in everything that lists them (docs/architecture.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

from cpsl.channels.tracer import Tracer
from cpsl.model.codec import dumps, has_record, record
from cpsl.model.events import (
    Answered,
    Asked,
    BlockShown,
    Chunk,
    DataChanged,
    Event,
    Notice,
    Reply,
    SettingChosen,
    Signal,
    TurnEnded,
    TurnFailed,
    UserMessage,
)
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.render.trace_lines import trace_line
from cpsl.transcript.comparison.difference import NOUNS
from cpsl.transcript.comparison.matchers import INPUTS
from cpsl.transcript.read import parse
from cpsl_cli.replay.script import read_aloud

SAID = UserMessage(1, 0.0, "hi")
ONE_OF_EACH: list[Event] = [
    SAID,
    Notice(1, 0.0, "looking"),
    Chunk(1, 0.0, "he"),
    Reply(1, 0.0, "hello"),
    BlockShown(1, 0.0, {"id": "1", "type": "card", "payload": {"title": "A card"}}),
    Asked(1, 0.0, "approval", "Sure?"),
    Answered(1, 0.0, True),
    SettingChosen(1, 0.0, "tone", "dry"),
    Signal(1, 0.0, "session_event", {"event": "moved", "payload": {"n": 1}}),
    DataChanged(1, 0.0, {"n": 1}),
    TurnFailed(1, 0.0, "ValueError", "no"),
    TurnEnded(1, 0.0, "timeout"),
]
RECORDED = [pytest.param(event, id=event.type) for event in ONE_OF_EACH if has_record(event)]
SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "transcript.schema.json").read_text(encoding="utf-8"))


def test_there_is_one_of_each() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(get_args(Event))


@pytest.mark.parametrize("event", RECORDED)
def test_a_transcript_may_hold_it(event: Event) -> None:
    fields = json.loads(dumps(record(event)))
    jsonschema.validate(fields, SCHEMA)
    lines = [fields] if event.type == "user" else [record(SAID), fields]
    turn = parse(Path("t.jsonl"), "\n".join(map(dumps, lines)).encode()).turns[0]
    assert [turn.user, *turn.lines][-1].fields == fields


@pytest.mark.parametrize("event", RECORDED)
def test_it_has_a_name_where_it_differs_unless_nobody_compares_it(event: Event) -> None:
    assert (event.type in NOUNS) == (event.type not in INPUTS)


@pytest.mark.parametrize("event", RECORDED)
def test_it_can_be_read_in_a_transcript_unless_it_is_a_piece_of_what_is(event: Event) -> None:
    read = [said.kind for said in read_aloud([record(event)], "ann")]
    assert read == ([] if isinstance(event, Chunk) else [event.type])


@pytest.mark.parametrize("event", [pytest.param(event, id=event.type) for event in ONE_OF_EACH])
def test_a_trace_of_it_can_be_drawn(event: Event) -> None:
    tracer, key = Tracer(lambda: 0.0), SessionKey("1", "main", UserInfo("ann"))
    for each in (SAID, event):
        tracer.deliver(each, key)
    assert all(trace_line(step).strip() for step in tracer.last())
