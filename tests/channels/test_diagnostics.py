from __future__ import annotations

import pytest

from cpsl.channels.collector import Collector
from cpsl.channels.diagnostics import Diagnostics
from cpsl.model.events import Asked, Chunk, Event, Notice, Reply, TurnEnded, TurnFailed, UserMessage
from cpsl.model.identity import SessionKey, UserInfo

KEY = SessionKey("s", "main", UserInfo("u"))


def told(*events: Event, notices: bool = True) -> str:
    out: list[str] = []
    channel = Diagnostics(out.append, notices=notices)
    for event in events:
        channel.deliver(event, KEY)
    assert all(text.endswith("\n") for text in out)
    return "".join(out)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Notice(1, 0.0, "Thinking…"), "notice: Thinking…\n"),
        (Notice(1, 0.0, "a", "b\nc"), "notice: a\n        b\n        c\n"),
        (Notice(1, 0.0, "\x1b[2J"), "notice: ^[[2J\n"),
        (Asked(1, 0.0, "approval", "Really?"), "question: Really? (y or n)\n"),
        (Asked(1, 0.0, "file", "Which\none?"), "question: Which\n          one? (the path of a file)\n"),
        (Asked(1, 0.0, "integration", "\x9b"), "question: <U+009B> (a line for each field, or JSON)\n"),
        (TurnFailed(3, 0.0, "ValueError", "bad", ValueError("bad")), "error in turn 3: ValueError: bad\n"),
        (TurnFailed(3, 0.0, "ValueError", "bad"), ""),
        (TurnEnded(3, 0.0, "ok"), ""),
        (TurnEnded(3, 0.0, "error"), ""),
        (TurnEnded(3, 0.0, "interrupted"), "turn 3 was interrupted\n"),
        (TurnEnded(3, 0.0, "timeout"), "turn 3 timed out\n"),
        (Reply(1, 0.0, "reply"), ""),
        (UserMessage(1, 0.0, "hi"), ""),
    ],
)
def test_what_a_developer_is_told(event: Event, text: str) -> None:
    assert told(event) == text


def test_notices_and_questions_can_be_left_out() -> None:
    events = (Notice(1, 0.0, "n"), Asked(1, 0.0, "approval", "q"), TurnEnded(1, 0.0, "timeout"))
    assert told(*events, notices=False) == "turn 1 timed out\n"


def test_a_collector_gives_each_turn_its_events_once_and_no_pieces() -> None:
    collector = Collector()
    first, second = Reply(1, 0.0, "a"), Reply(2, 0.0, "b")
    for event in (second, first, Chunk(1, 0.0, "a")):
        collector.deliver(event, KEY)
    assert collector.take(1) == [first]
    assert collector.take(1) == []
    assert collector.rest() == [second]
    assert collector.rest() == []
