"""The pipe's text: replies never mix, however many coroutines speak at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.channels.plain import PlainText
from cpsl.model.events import BlockShown, Chunk, Event, Notice, Reply, TurnEnded, TurnFailed
from cpsl.model.identity import SessionKey, UserInfo

KEY = SessionKey("s", "main", UserInfo("u"))


def written(*events: Event) -> str:
    out: list[str] = []
    channel = PlainText(out.append)
    for event in events:
        channel.deliver(event, KEY)
    return "".join(out)


def chunk(text: str, stream: int = 1, turn: int = 1) -> Chunk:
    return Chunk(turn, 0.0, text, stream)


def end_of(text: str, stream: int = 1, turn: int = 1) -> Reply:
    return Reply(turn, 0.0, text, True, stream)


END = TurnEnded(1, 0.0, "ok")


def test_a_reply_is_its_text_and_a_newline() -> None:
    assert written(Reply(1, 0.0, "a"), Reply(1, 0.0, ""), Reply(1, 0.0, "b\n")) == "a\n\nb\n\n"


def test_pieces_are_written_as_they_come() -> None:
    assert written(chunk("a")) == "a"
    assert written(chunk("a"), chunk("b")) == "ab"
    assert written(chunk("a"), chunk("b"), end_of("ab")) == "ab\n"


def test_what_is_said_during_a_stream_waits_for_its_end() -> None:
    block = BlockShown(1, 0.0, {"id": "b", "type": "card", "payload": {}})
    events = (chunk("a"), Reply(1, 0.0, "between"), block, chunk("b"), end_of("ab"), Reply(1, 0.0, "after"))
    assert written(*events) == "ab\nbetween\n[card]\nafter\n"


def test_a_second_stream_waits_and_is_written_whole() -> None:
    events = (chunk("a"), chunk("x", 2), chunk("b"), chunk("y", 2), end_of("ab"), chunk("z", 2), end_of("xyz", 2))
    assert written(*events) == "ab\nxyz\n"


def test_a_second_stream_that_ends_first_is_written_after_the_first() -> None:
    assert written(chunk("a"), chunk("x", 2), end_of("x", 2), chunk("b"), end_of("ab")) == "ab\nx\n"


def test_streams_of_two_turns_with_the_same_number_are_two() -> None:
    events = (chunk("a", turn=1), chunk("x", turn=2), end_of("x", turn=2), end_of("a", turn=1))
    assert written(*events) == "a\nx\n"


def test_too_much_that_waits_is_written_between_two_lines() -> None:
    said = [Reply(1, 0.0, str(number)) for number in range(1002)]
    texts = [f"{number}\n" for number in range(1002)]
    out: list[str] = []
    channel = PlainText(out.append)
    channel.deliver(chunk("a"), KEY)
    for event in said:
        channel.deliver(event, KEY)
    assert out == ["a", "\n" + "".join(texts[:1000])]
    channel.deliver(chunk("b\n"), KEY)
    channel.deliver(end_of("ab\n"), KEY)
    assert out[2:] == ["b\n", "\n" + "".join(texts[1000:])]


def test_few_long_texts_do_not_wait_for_ever_either_and_break_no_line() -> None:
    long = "x" * (1 << 19)
    events = (chunk("a\n"), Reply(1, 0.0, long), Reply(1, 0.0, long), chunk("b"))
    assert written(*events) == f"a\n{long}\n{long}\nb"


@pytest.mark.parametrize("turn", [1, 2])
def test_a_stream_outlives_the_end_of_any_turn(turn: int) -> None:
    events = (chunk("a"), TurnEnded(turn, 0.0, "ok"), Reply(2, 0.0, "next"), chunk("b"), end_of("ab"))
    assert written(*events) == "ab\nnext\n"


def test_notices_and_errors_are_no_replies() -> None:
    assert written(Notice(1, 0.0, "n"), TurnFailed(1, 0.0, "E", "m"), END) == ""


def test_a_carriage_return_at_the_end_of_a_piece_waits_for_the_next() -> None:
    assert written(chunk("a\r")) == "a"
    assert written(chunk("a\r"), chunk("\nb"), end_of("a\r\nb")) == "a\nb\n"
    assert written(chunk("a\r"), end_of("a\r")) == "a^M\n"


@st.composite
def interleaved(draw: st.DrawFn) -> tuple[list[Event], list[str]]:
    """Several streams of one turn, their pieces in any order, and plain replies between them."""
    texts = draw(st.lists(st.lists(st.text("abc", min_size=1, max_size=2), min_size=1, max_size=4), max_size=4))
    queues: list[list[Event]] = [
        [*(chunk(piece, number) for piece in pieces), end_of("".join(pieces), number)]
        for number, pieces in enumerate(texts, 1)
    ]
    queues += [[Reply(1, 0.0, text)] for text in draw(st.lists(st.text("xyz", min_size=1, max_size=2), max_size=3))]
    expected = ["".join(pieces) for pieces in texts] + [queue[0].text for queue in queues[len(texts) :]]  # type: ignore[union-attr]
    events: list[Event] = []
    while any(queues):
        queue = draw(st.sampled_from([queue for queue in queues if queue]))
        events.append(queue.pop(0))
    return [*events, END], expected


@given(interleaved())
def test_every_reply_is_one_line_however_they_interleave(case: tuple[list[Event], list[str]]) -> None:
    events, expected = case
    text = written(*events)
    assert sorted(text.split("\n")[:-1]) == sorted(expected)
    assert text == "" or text.endswith("\n")
