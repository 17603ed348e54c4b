"""What holds for every channel, whatever comes: late words, streams that interleave, and texts that mean harm.

A channel declares which kinds of events it tells, once each; of all others it says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.channels.collector import Collector
from cpsl.channels.diagnostics import Diagnostics
from cpsl.channels.jsonl import JsonLines
from cpsl.channels.plain import PlainText
from cpsl.channels.tracer import Tracer
from cpsl.model.codec import LineEncoder
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
from cpsl.runtime.ports import Channel
from cpsl.transcript.outfile import OutFile
from cpsl.transcript.record import Recorder
from cpsl_cli.repl.terminal import EventQueue
from tests.terminal.drawn_screen import DrawnScreen, painter_on

ANN = SessionKey("s-ann", "main", UserInfo("ann"))
BOB = SessionKey("s-bob", "other", UserInfo("bob"))
HOSTILE = (
    "",
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\r",
    "\x00",
    "\x9b31m",
    "\u202e",
    "\ud83d",
    "\n\n",
    "\r\n",
    "```\n",
    "| a |\n|---|\n",
    "  ",
    "x" * 150,
    '{"type":"end"}\n',
)

Sequence = list[tuple[Event, SessionKey]]


class ChannelUnderTest(NamedTuple):
    """A channel, what it has told so far (asked once, at the end), and of which kinds."""

    channel: Channel
    told: Callable[[], str]


class Terminal:
    """The terminal's queue and painter; everything is drawn in the end."""

    def __init__(self) -> None:
        self.screen = DrawnScreen()
        self.events = EventQueue(lambda: None)
        self.painter = painter_on(self.screen, ANN)

    def told(self) -> str:
        while taken := self.events.take():
            self.painter.draw(*taken)
            while self.painter.unfinished:
                self.painter.go_on()
        self.painter.close()
        return "\n".join(self.screen.lines)


def _plain(folder: Path) -> ChannelUnderTest:
    out: list[str] = []
    return ChannelUnderTest(PlainText(out.append), lambda: "".join(out))


def _diagnostics(folder: Path) -> ChannelUnderTest:
    out: list[str] = []
    return ChannelUnderTest(Diagnostics(out.append), lambda: "".join(out))


def _json_lines(folder: Path) -> ChannelUnderTest:
    out: list[str] = []
    return ChannelUnderTest(JsonLines(out.append, LineEncoder("app.py:app", "probe")), lambda: "".join(out))


def _collector(folder: Path) -> ChannelUnderTest:
    collector = Collector()
    return ChannelUnderTest(collector, lambda: "\n".join(map(repr, collector.rest())))


def _recorder(folder: Path) -> ChannelUnderTest:
    file = folder / "talk.jsonl"
    recorder = Recorder(OutFile(file, "--record"), LineEncoder("app.py:app", "probe"))

    def told() -> str:
        recorder.close()
        return file.read_text("utf-8") if file.exists() else ""

    return ChannelUnderTest(recorder, told)


def _tracer(folder: Path) -> ChannelUnderTest:
    out: list[dict[str, object]] = []
    tracer = Tracer(lambda: 0.0, written=out.extend)

    def told() -> str:
        tracer.close()
        return "\n".join(json.dumps(record) for record in out)

    return ChannelUnderTest(tracer, told)


def _terminal(folder: Path) -> ChannelUnderTest:
    terminal = Terminal()
    return ChannelUnderTest(terminal.events, terminal.told)


class Contract(NamedTuple):
    """How to make the channel, and the kinds whose words it tells."""

    make: Callable[[Path], ChannelUnderTest]
    tells: frozenset[type[Event]]


RECORDED = frozenset({UserMessage, Notice, Reply, BlockShown, Asked, Answered, SettingChosen, DataChanged, TurnFailed})
CONTRACTS = {
    "plain text": Contract(_plain, frozenset({Reply, BlockShown})),
    "diagnostics": Contract(_diagnostics, frozenset({Notice, Asked, TurnFailed})),
    "json lines": Contract(_json_lines, RECORDED),
    "collector": Contract(_collector, RECORDED),
    "recorder": Contract(_recorder, RECORDED),
    # Of replies and data it tells how much, not what.
    "tracer": Contract(_tracer, frozenset({Notice, Asked, Answered, TurnFailed, Signal})),
    # Notices are live, and gone with the next words; questions have rows of their own.
    "terminal": Contract(_terminal, frozenset({UserMessage, Reply, BlockShown, TurnFailed})),
}
DISPLAYS = ("plain text", "diagnostics", "terminal")
EACH = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))


def event_of(kind: type[Event], turn: int, words: str) -> Event:
    """An event of that kind which holds the words."""
    made: dict[type[Event], Callable[[], Event]] = {
        UserMessage: lambda: UserMessage(turn, 0.0, words),
        Notice: lambda: Notice(turn, 0.0, words),
        Reply: lambda: Reply(turn, 0.0, words),
        BlockShown: lambda: BlockShown(turn, 0.0, {"id": "b", "type": "card", "payload": {"title": words}}),
        Asked: lambda: Asked(turn, 0.0, "approval", words),
        Answered: lambda: Answered(turn, 0.0, words),
        SettingChosen: lambda: SettingChosen(turn, 0.0, "tone", words),
        Signal: lambda: Signal(turn, 0.0, "session_event", {"event": "moved", "payload": words}),
        DataChanged: lambda: DataChanged(turn, 0.0, {"key": words}),
        TurnFailed: lambda: TurnFailed(turn, 0.0, "ValueError", words, ValueError(words)),
    }
    return made[kind]()


KINDS = (Notice, Reply, BlockShown, Asked, SettingChosen, Signal, DataChanged, TurnFailed)


def pieces(words: str, cuts: list[int]) -> Iterator[str]:
    """The words, cut there."""
    places = [0, *sorted({min(cut, len(words)) for cut in cuts}), len(words)]
    yield from (words[start:end] for start, end in pairwise(places))


@st.composite
def sequences(draw: st.DrawFn) -> tuple[Sequence, dict[str, type[Event]]]:
    """Two turns of two sessions whose events interleave, some of them late; and the kind of each of the words."""
    voices: list[Sequence] = []
    kinds: dict[str, type[Event]] = {}

    def words(kind: type[Event]) -> str:
        marker = f"<{len(kinds)}>"
        kinds[marker] = kind
        return draw(st.sampled_from(HOSTILE)) + marker + draw(st.sampled_from(HOSTILE))

    turns = {1: ANN, 2: draw(st.sampled_from([ANN, BOB]))}
    begun: Sequence = [(event_of(UserMessage, turn, words(UserMessage)), key) for turn, key in turns.items()]
    for turn, key in turns.items():
        for stream in range(1, draw(st.integers(0, 3)) + 1):
            said = words(Reply)
            cuts = draw(st.lists(st.integers(0, len(said)), max_size=4))
            voices.append(
                [
                    *((Chunk(turn, 0.0, piece, stream), key) for piece in pieces(said, cuts)),
                    (Reply(turn, 0.0, said, True, stream), key),
                ]
            )
        for kind in draw(st.lists(st.sampled_from(KINDS), max_size=5)):
            answers = (Answered,) if kind is Asked and draw(st.booleans()) else ()
            voices.append([(event_of(each, turn, words(each)), key) for each in (kind, *answers)])
        voices.append([(TurnEnded(turn, 0.0, draw(st.sampled_from(["ok", "error", "interrupted", "timeout"]))), key)])
    order = draw(st.permutations([number for number, voice in enumerate(voices) for _ in voice]))
    left = [iter(voice) for voice in voices]
    return [*begun, *(next(left[number]) for number in order)], kinds


def told_by(contract: Contract, events: Sequence) -> str:
    """What the channel has told when all is over."""
    with TemporaryDirectory() as folder:
        under_test = contract.make(Path(folder))
        for event, key in events:
            under_test.channel.deliver(event, key)
        return under_test.told()


@EACH
@given(drawn=sequences())
def test_words_are_told_once_and_only_of_the_kinds_that_it_tells(
    contract: Contract, drawn: tuple[Sequence, dict[str, type[Event]]]
) -> None:
    events, kinds = drawn
    told = told_by(contract, events)
    counts = {marker: told.count(marker) for marker in kinds}
    if contract is CONTRACTS["tracer"]:
        # A question that is answered after the end of its turn stands in a trace there, and again with its answer.
        counts |= {marker: min(counts[marker], 1) for marker, kind in kinds.items() if kind is Asked}
    assert counts == {marker: _times(contract, kind, told) for marker, kind in kinds.items()}


def _times(contract: Contract, kind: type[Event], told: str) -> int:
    if kind not in contract.tells:
        return 0
    # An exception stands there as its message and, in a collector, as itself.
    return 2 if kind is TurnFailed and contract is CONTRACTS["collector"] else 1


@pytest.mark.parametrize("name", DISPLAYS)
@given(drawn=sequences())
def test_nothing_that_acts_on_a_terminal_gets_through(
    name: str, drawn: tuple[Sequence, dict[str, type[Event]]]
) -> None:
    told = told_by(CONTRACTS[name], drawn[0])
    assert not [letter for letter in told if letter in "\x00\x07\r\x1b\x9b\u202e"]


@pytest.mark.parametrize("name", ["json lines", "recorder", "tracer"])
@given(drawn=sequences())
def test_each_line_is_one_object_with_a_type(name: str, drawn: tuple[Sequence, dict[str, type[Event]]]) -> None:
    lines = told_by(CONTRACTS[name], drawn[0]).splitlines()
    assert all("type" in json.loads(line) for line in lines)


@pytest.mark.parametrize("name", ["plain text", "json lines", "collector", "recorder", "terminal"])
@given(count=st.integers(1, 8), late=st.booleans())
def test_whole_replies_of_a_turn_keep_their_order(name: str, count: int, late: bool) -> None:
    markers = [f"<{number}>" for number in range(count)]
    events: Sequence = [(UserMessage(1, 0.0, "hi"), ANN), *((Reply(1, 0.0, marker), ANN) for marker in markers)]
    events.insert(2 if late else len(events), (TurnEnded(1, 0.0, "ok"), ANN))
    told = told_by(CONTRACTS[name], events)
    assert sorted(markers, key=told.index) == markers


@pytest.mark.parametrize("name", ["plain text", "terminal"])
def test_a_stream_that_never_ends_hides_nothing_that_comes_beside_it(name: str) -> None:
    beside = [f"<{number}>" for number in range(1001)]
    events: Sequence = [
        (UserMessage(1, 0.0, "hi"), ANN),
        (Chunk(1, 0.0, "open"), ANN),
        *((Reply(1, 0.0, marker), ANN) for marker in beside),
    ]
    told = told_by(CONTRACTS[name], events)
    assert [told.count(marker) for marker in ["open", *beside[:1000]]] == [1] * 1001
