from __future__ import annotations

import json

import pytest

from cpsl.model.codec import record
from cpsl.model.events import BlockShown, DataChanged, Event, Notice, Reply, TurnEnded, TurnFailed, UserMessage
from cpsl.transcript.comparison.matchers import line_problem
from cpsl.transcript.document import RecordedTurn, TranscriptLine
from cpsl.transcript.recorded_lines import new_line, transcript_fields

from .grouped import block, compared, error, reply, turn

EVENTS: list[Event] = [
    Reply(1, 0.0, ""),
    Reply(1, 0.0, "Hello {{name}}"),
    Reply(1, 0.0, "plain"),
    Notice(1, 0.0, "{{x}}", ""),
    BlockShown(1, 0.0, {"id": "b", "type": "card", "payload": {"title": "{{x}}", "match": "Ajax", "none": ""}}),
    DataChanged(1, 0.0, {"match": "Ajax", "game": {"match": "Ajax"}, "text": ["{{x}}"], "cart": []}, ("a",)),
    TurnFailed(1, 0.0, "KeyError", ""),
    TurnEnded(1, 0.0, "error"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_what_happened_is_read_back_as_just_that(event: Event) -> None:
    fields = transcript_fields(record(event))
    assert line_problem(fields) is None
    comparison = compared(turn(fields), record(event))
    assert not comparison.differences
    assert comparison.captures == {}


def test_a_plain_record_and_an_input_stay_as_they_are() -> None:
    plain = record(Reply(1, 0.0, "plain", True))
    said = record(UserMessage(1, 0.0, "{{x}}"))
    assert transcript_fields(plain) == plain
    assert transcript_fields(said) == said


def test_a_line_in_a_recorded_turn_has_its_number_and_time() -> None:
    user = TranscriptLine(1, "", {"type": "user", "turn": 3, "at": "then", "text": "hi"})
    recorded = RecordedTurn(3, user, (TranscriptLine(2, "", {"type": "end", "status": "ok"}),))
    line = new_line({**reply("a", streamed=True), "turn": 1, "at": "now"}, recorded)
    assert line == '{"type":"reply","turn":3,"at":"then","text":"a","streamed":true}'


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (reply("a", streamed=True, turn=1, at="now"), {"type": "reply", "text": "a"}),
        ({"type": "notify", "text": "a", "detail": ""}, {"type": "notify", "text": "a"}),
        ({"type": "notify", "text": "a", "detail": "b"}, {"type": "notify", "text": "a", "detail": "b"}),
        (block("blk_0123456789ab", x=1), block(x=1)),
        (block("status", x=1), block("status", x=1)),
        (error(), error()),
    ],
)
def test_a_line_in_a_turn_written_by_hand_has_what_a_person_writes(
    said: dict[str, object], line: dict[str, object]
) -> None:
    assert json.loads(new_line(said, turn())) == line
