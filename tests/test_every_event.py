"""Every kind of event is known wherever events go, and shown there unless its view says that it is silent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, get_args

import jsonschema
import pytest

from cpsl.channels.diagnostics import Diagnostics
from cpsl.channels.plain import PlainText
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
from cpsl.render.event_views import SILENT, VIEWS
from cpsl.render.trace_lines import trace_line
from cpsl.transcript.document import Transcript
from cpsl.transcript.line_kinds import INPUTS, NOUNS
from cpsl.transcript.read import parse
from cpsl.transcript.result import TurnResult
from cpsl_cli.console import Look
from cpsl_cli.replay.continue_chat import shown_records
from cpsl_cli.replay.markdown import markdown
from cpsl_cli.replay.readable_lines import read_aloud
from cpsl_cli.replay.show import ShownChat
from tests.terminal.drawn_screen import DrawnScreen, painter_on

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
    TurnFailed(1, 0.0, "ValueError", "no", ValueError("no")),
    TurnEnded(1, 0.0, "timeout"),
]
KEY = SessionKey("1", "main", UserInfo("ann"))
CLEARS = "\x1b[2J"
EACH = [pytest.param(event, id=event.type) for event in ONE_OF_EACH]
RECORDED = [pytest.param(event, id=event.type) for event in ONE_OF_EACH if has_record(event)]
SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "transcript.schema.json").read_text(encoding="utf-8"))


def transcript_with(event: Event) -> Transcript:
    """A turn in which that happens; an answer has its question."""
    before: dict[type[Event], list[Event]] = {UserMessage: [], Answered: [SAID, Asked(1, 0.0, "approval", "Sure?")]}
    lines = [*before.get(type(event), [SAID]), event]
    return parse(Path("t.jsonl"), "\n".join(dumps(record(line)) for line in lines).encode())


def is_drawn(event: Event, where: Literal["show", "markdown", "continued"]) -> bool:
    """Whether the view of its line says that it is drawn there."""
    line = VIEWS[type(event)].line
    return False if line == SILENT else getattr(line, where) != SILENT


def test_there_is_one_of_each() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(get_args(Event))


@pytest.mark.parametrize("event", RECORDED)
def test_a_transcript_may_hold_it(event: Event) -> None:
    fields = json.loads(dumps(record(event)))
    jsonschema.validate(fields, SCHEMA)
    turn = transcript_with(event).turns[0]
    assert [turn.user, *turn.lines][-1].fields == fields


@pytest.mark.parametrize("event", RECORDED)
def test_it_has_a_name_where_it_differs_unless_nobody_compares_it(event: Event) -> None:
    assert (event.type in NOUNS) == (event.type not in INPUTS)


def in_a_pipe(event: Event) -> tuple[str, str]:
    """What it is on stdout, and on stderr."""
    stdout: list[str] = []
    stderr: list[str] = []
    PlainText(stdout.append).deliver(event, KEY)
    Diagnostics(stderr.append).deliver(event, KEY)
    return "".join(stdout), "".join(stderr)


def on_the_terminal(event: Event) -> str:
    screen = DrawnScreen()
    painter_on(screen, KEY).draw(event, KEY)
    return "".join(screen.drawn)


def hostile(event: Event) -> Event:
    """The event, with a text in it wherever it has one that would drive a terminal."""
    fields = {
        name: _hostile(value)
        for name, value in zip(event._fields, event, strict=True)
        if name not in ("type", "status", "kind")
    }
    return event._replace(**fields)


def _hostile(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _hostile(item) for key, item in value.items()}
    if isinstance(value, ValueError):
        return ValueError(CLEARS)
    return CLEARS if isinstance(value, str) else value


@pytest.mark.parametrize("event", EACH)
def test_a_pipe_shows_it_or_is_meant_to_say_nothing(event: Event) -> None:
    view, (stdout, stderr) = VIEWS[type(event)], in_a_pipe(event)
    assert bool(stdout.strip()) == (view.stdout != SILENT)
    assert bool(stderr.strip()) == (view.stderr != SILENT)


@pytest.mark.parametrize("event", EACH)
def test_the_terminal_shows_it_or_is_meant_to_draw_nothing(event: Event) -> None:
    assert bool(on_the_terminal(event).strip()) == (VIEWS[type(event)].terminal != SILENT)


@pytest.mark.parametrize("event", EACH)
def test_no_text_of_it_drives_the_terminal(event: Event) -> None:
    shown = "".join((*in_a_pipe(hostile(event)), on_the_terminal(hostile(event))))
    assert "\x1b" not in shown
    # An end has words of ours only.
    assert ("^[[2J" in shown) == bool(shown.strip() and not isinstance(event, TurnEnded))


@pytest.mark.parametrize("event", RECORDED)
def test_it_can_be_read_in_a_transcript_unless_it_is_a_piece_of_what_is(event: Event) -> None:
    read = [said.kind for said in read_aloud([record(event)], "ann")]
    assert read == ([] if isinstance(event, Chunk) else [event.type])


@pytest.mark.parametrize("event", RECORDED)
def test_show_draws_it_or_is_meant_to_leave_it_out(event: Event) -> None:
    chat = ShownChat(Look(color=False, unicode=True), 0)
    (minute,) = chat.turn([{"type": "chunk", "at": "1970-01-01T00:00:00.000Z", "text": ""}], "ann")
    drawn = list(chat.turn([record(event)], "ann"))
    assert minute == "1970-01-01 00:00"
    assert any(line.strip() for line in drawn) == is_drawn(event, "show")


@pytest.mark.parametrize("event", RECORDED)
def test_markdown_has_it_or_is_meant_to_leave_it_out(event: Event) -> None:
    transcript = transcript_with(event)
    others = 0 if isinstance(event, UserMessage) else len(transcript.lines) - 1
    assert len(list(markdown(transcript))) - others == is_drawn(event, "markdown")


@pytest.mark.parametrize("event", RECORDED)
def test_a_chat_that_goes_on_shows_it_or_is_meant_to_leave_it_out(event: Event) -> None:
    turn = transcript_with(event).turns[0]
    actual = [line.fields for line in turn.lines if line.type != "answer"]
    shown = shown_records(TurnResult(turn, turn.user.fields["text"], actual, (), ""))
    assert (event.type in [fields["type"] for fields in shown]) == is_drawn(event, "continued")


@pytest.mark.parametrize("event", EACH)
def test_a_trace_has_a_step_for_it_or_is_meant_to_have_none(event: Event) -> None:
    tracer = Tracer(lambda: 0.0)
    for each in [SAID] if isinstance(event, UserMessage) else [SAID, event]:
        tracer.deliver(each, KEY)
    steps = tracer.last()
    assert all(trace_line(step).strip() for step in steps)
    assert len(steps) - (not isinstance(event, UserMessage)) == (VIEWS[type(event)].step != SILENT)
