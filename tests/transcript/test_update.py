from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpsl.transcript.compare import compare
from cpsl.transcript.difference import Comparison
from cpsl.transcript.matchers import line_problem
from cpsl.transcript.update import UpdateError, has_new_errors, save, updated

from .grouped import Record, block, compared, data, end, error, recorded, reply, transcript, turn

USER = '{"type":"user","turn":1,"at":"then","text":"hi"}'


def comparisons(source: str, actual: list[list[Record]]) -> dict[int, Comparison]:
    """Each turn compared with its records, with what was captured before it."""
    captures: Any = {}
    found = {}
    for recorded_turn, records in zip(transcript(source).turns, actual, strict=True):
        found[recorded_turn.number] = compare(recorded_turn, records, captures)
        captures = found[recorded_turn.number].captures
    return found


def update(source: str, *actual: list[Record]) -> str:
    return updated(transcript(source), comparisons(source, list(actual)), source)


def lines(*rows: str, newline: str = "\n") -> str:
    return "".join(row + newline for row in rows)


def line(fields: Record) -> str:
    return json.dumps(fields)


WORDS = st.sampled_from(["a", "b 1", "b 2", "c b 1", "{{x}}", ""])
VALUES = st.recursive(
    WORDS | st.integers(0, 2) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["k", "match"]), inner, max_size=2),
    max_leaves=4,
)
IDS = st.sampled_from([None, "own", "blk_0123456789ab", "blk_ba9876543210"])
SAID = st.lists(
    st.one_of(
        st.builds(reply, WORDS),
        st.builds(block, IDS, title=VALUES),
        st.builds(error, message=WORDS),
        st.builds(lambda text: {"type": "notify", "text": text, "detail": ""}, WORDS),
        st.builds(lambda text: {"type": "prompt", "kind": "approval", "message": text}, WORDS),
        st.builds(data, st.lists(st.sampled_from("pq"), max_size=1), r=VALUES, s=VALUES),
        st.builds(data, st.lists(st.sampled_from("rs"), max_size=2), p=VALUES),
    ),
    max_size=5,
)
STATUS = st.sampled_from(["ok", "error", "timeout"])
ACTUAL = st.builds(lambda said, status: [*said, end(status)], SAID, STATUS)

EXPECTED_WORDS = st.sampled_from(
    [
        "a",
        "b {{x}}",
        "c {{y}} {{x}}",
        {"match": "any"},
        {"match": "glob", "value": "b*"},
        {"match": "contains", "value": "b {{x}}"},
        {"match": "exact", "value": ""},
        {"match": "json", "value": {"k": 1}},
    ]
)
EXPECTED_VALUES = st.recursive(
    EXPECTED_WORDS | st.integers(0, 2) | st.just(""),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("kl"), inner, max_size=2),
    max_leaves=4,
)
EXPECTED = st.lists(
    st.one_of(
        st.builds(reply, EXPECTED_WORDS),
        st.builds(reply, EXPECTED_WORDS, streamed=st.booleans()),
        st.builds(block, IDS, title=EXPECTED_VALUES),
        st.builds(error, message=EXPECTED_WORDS),
        st.just({"type": "notify", "text": "a"}),
        st.builds(lambda text: {"type": "prompt", "message": text}, EXPECTED_WORDS),
        st.just({"type": "answer", "value": True}),
        st.builds(data, st.lists(st.sampled_from("pq"), max_size=1), r=EXPECTED_VALUES),
        st.builds(lambda value: {"type": "data", "set": {"r[0]": value, "r.k": value}}, EXPECTED_VALUES),
    ),
    max_size=5,
)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[list[Record]]]:
    """A file of up to three turns in some spacing, and what the app does today."""
    rows = []
    actual = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        frame = {"turn": number, "at": "then"} if draw(st.booleans()) else {}
        said = draw(EXPECTED)
        ends = [end(draw(STATUS))] if draw(st.booleans()) else []
        rows += [{"type": "user", "text": "hi", **frame}, *({**fields, **frame} for fields in [*said, *ends])]
        # Half of the time today's app does much of what is expected, as one does in life.
        mixed = [fields for fields in said if "match" not in str(fields) and fields["type"] != "answer"]
        actual.append([*(mixed if draw(st.booleans()) else []), *draw(ACTUAL)])
    spacing = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    newline = draw(st.sampled_from(["\n", "\r\n", "\n\n"]))
    source = newline.join(json.dumps(row, separators=spacing) for row in rows)
    return source + draw(st.sampled_from(["", newline])), actual


@settings(max_examples=300, deadline=None)
@given(files())
def test_an_updated_file_matches_and_is_not_updated_again(file: tuple[str, list[list[Record]]]) -> None:
    source, actual = file
    before = comparisons(source, actual)
    new = updated(transcript(source), before, source)
    assert [line_problem(row.fields) for row in transcript(new).lines] == [None] * len(transcript(new).lines)
    after = comparisons(new, actual)
    # A broken-off turn cannot be written into a turn without an end.
    left = [d for comparison in after.values() for d in comparison.differences if (d.kind, d.type) != ("extra", "end")]
    assert left == []
    assert updated(transcript(new), after, new) == new
    if not any(comparison.differences for comparison in before.values()):
        assert new == source


@settings(max_examples=200, deadline=None)
@given(files())
def test_a_turn_that_matches_stays_byte_for_byte(file: tuple[str, list[list[Record]]]) -> None:
    source, actual = file
    old = transcript(source)
    before = comparisons(source, actual)
    new = transcript(updated(old, before, source))
    for one, other in zip(old.turns, new.turns, strict=True):
        assert other.user.text == one.user.text
        if not before[one.number].differences:
            assert [row.text for row in other.lines] == [row.text for row in one.lines]


def test_only_the_differing_value_of_a_line_changes() -> None:
    changed = '{ "type": "reply",  "text" : "old", "turn": 1, "note": {"b": 1} }'
    untouched = '  {"text": "s\\u00e4me",   "type":"reply","turn":1}'
    source = lines(USER, changed, untouched, "", newline="\r\n")
    actual = [{**reply("näw"), "note": {"b": 1}}, reply("säme"), end()]
    assert update(source, actual) == source.replace('"old"', '"näw"')


def test_an_extra_record_stands_after_the_one_before_it() -> None:
    source = lines(USER, line(reply("a")), line(reply("b")), line(end()))
    new = update(source, [reply("a"), reply("x", streamed=False), reply("y"), reply("b"), end()])
    assert new.splitlines()[2:4] == [
        '{"type":"reply","turn":1,"at":"then","text":"x","streamed":false}',
        '{"type":"reply","turn":1,"at":"then","text":"y"}',
    ]
    assert [row for row in new.splitlines() if row not in source.splitlines()] == new.splitlines()[2:4]


def test_a_missing_record_is_removed_and_a_question_takes_its_answer_along() -> None:
    question = line({"type": "prompt", "kind": "approval", "message": "Sure?"})
    answer = line({"type": "answer", "value": True})
    source = lines(USER, line(reply("a")), question, answer, line(reply("b")), line(end()))
    assert update(source, [reply("a"), end()]) == lines(USER, line(reply("a")), line(end()))


def test_what_is_new_after_a_question_stands_after_its_answer() -> None:
    question = {"type": "prompt", "kind": "approval", "message": "Sure?"}
    source = lines(USER, line(question), line({"type": "answer", "value": True}), line(end()))
    new = update(source, [question, reply("x"), end()])
    assert [json.loads(row)["type"] for row in new.splitlines()] == ["user", "prompt", "answer", "reply", "end"]


def test_a_matcher_that_no_longer_matches_becomes_the_exact_text() -> None:
    source = lines(
        USER,
        line(reply({"match": "glob", "value": "a*"})),
        line(reply({"match": "any"})),
        line(reply("b")),
        line(end()),
    )
    new = update(source, [reply("{{x}}"), reply("whatever"), reply(""), end()])
    texts = [json.loads(row).get("text") for row in new.splitlines()]
    assert texts[1:] == [{"match": "exact", "value": "{{x}}"}, {"match": "any"}, {"match": "exact", "value": ""}, None]


def test_matching_parts_of_a_block_keep_their_matchers_and_captures() -> None:
    shown = block("blk_0123456789ab", id="{{id}}", at={"match": "any"}, tags=["a", {"match": "any"}], n=1)
    source = lines(USER, line(shown), line(end()))
    new = update(source, [block("blk_ba9876543210", id="7", at=5, tags=["b", "c"], n=2), end()])
    expected = block("blk_0123456789ab", id="{{id}}", at={"match": "any"}, tags=["b", {"match": "any"}], n=2)
    assert json.loads(new.splitlines()[1]) == expected


class TestData:
    def test_commits_that_differ_become_one_line(self) -> None:
        source = lines(USER, line(data(a=1)), line(reply("x")), line(data(b={"match": "any"})), line(end()))
        new = update(source, [data(a=2), reply("x"), data(["c"], b=5), end()])
        assert [json.loads(row) for row in new.splitlines()[1:]] == [
            data(["c"], a=2, b={"match": "any"}),
            reply("x"),
            end(),
        ]

    def test_a_first_commit_stands_where_it_happened(self) -> None:
        source = lines(USER, line(reply("x")), line(reply("y")), line(end()))
        new = update(source, [reply("x"), data(match="Ajax"), reply("y"), end()])
        assert json.loads(new.splitlines()[2]) == {**data(match="Ajax"), "turn": 1, "at": "then"}

    def test_commits_that_no_longer_happen_are_removed(self) -> None:
        source = lines(USER, line(data(a=1)), line(data(["a"])), line(reply("x")), line(end()))
        assert update(source, [reply("x"), end()]) == lines(USER, line(reply("x")), line(end()))

    def test_by_hand_only_the_listed_keys_are_updated(self) -> None:
        row = {"type": "data", "set": {"cart.total": 5, "gone": 1, "cart.n": {"match": "any"}}}
        source = lines('{"type":"user","text":"hi"}', line(row))
        new = update(source, [data(["gone"], cart={"total": 6, "n": 1}, more=1), end()])
        expected = {"type": "data", "set": {"cart.total": 6, "cart.n": {"match": "any"}}, "unset": ["gone"]}
        assert json.loads(new.splitlines()[1]) == expected


def test_turns_that_are_not_accepted_stay() -> None:
    source = lines(USER, line(reply("a")), '{"type":"user","text":"more"}', line(reply("b")))
    found = comparisons(source, [[reply("x")], [reply("y")]])
    assert updated(transcript(source), {2: found[2]}, source) == source.replace('"b"', '"y"')


def test_the_file_itself_is_read_with_its_own_newlines(tmp_path: Path) -> None:
    source = "\ufeff" + lines(USER, line(reply("ä")), newline="\r\n")
    path = tmp_path / "t.jsonl"
    path.write_bytes(source.encode())
    found = comparisons(source, [[reply("b")]])
    assert updated(transcript(source, path), found) == source.replace(json.dumps("ä"), '"b"')
    path.write_bytes(source.replace('"hi"', '"ho"').encode())
    with pytest.raises(UpdateError, match=r"t\.jsonl:1: changed while it was replayed"):
        updated(transcript(source, path), found)


@pytest.mark.parametrize(
    ("comparison", "new"),
    [
        (compared(recorded(), error(), end("error")), True),
        (compared(turn(), error(), end("error")), True),
        (compared(turn(error("KeyError")), error("ValueError")), True),
        (compared(turn(error("KeyError")), error("KeyError")), False),
        (compared(turn(end()), end("timeout")), True),
        (compared(turn(), end("timeout")), True),
        (compared(turn(reply("a"), error(), end("error")), reply("b"), error(), end("error")), False),
        (compared(recorded(error()), end()), False),
        (compared(recorded(reply("a")), reply("b"), end()), False),
    ],
)
def test_errors_that_the_file_does_not_hold_are_known(comparison: Comparison, new: bool) -> None:
    assert has_new_errors(comparison) is new


class TestSave:
    def test_the_content_is_replaced_and_the_permissions_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "t.jsonl"
        path.write_text("old")
        path.chmod(0o640)
        save(path, "new\r\né\n")
        assert path.read_bytes() == "new\r\né\n".encode()
        assert path.stat().st_mode & 0o777 == 0o640
        assert list(tmp_path.iterdir()) == [path]

    def test_the_same_text_is_not_written(self, tmp_path: Path) -> None:
        path = tmp_path / "t.jsonl"
        path.write_text("same")
        before = path.stat()
        save(path, "same")
        assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)

    def test_a_link_stays_one(self, tmp_path: Path) -> None:
        target = tmp_path / "folder" / "t.jsonl"
        target.parent.mkdir()
        target.write_text("old")
        link = tmp_path / "link.jsonl"
        link.symlink_to(target)
        save(link, "new")
        assert link.is_symlink()
        assert target.read_text() == "new"

    def test_a_new_file_can_be_read_by_others(self, tmp_path: Path) -> None:
        save(tmp_path / "t.jsonl", "new")
        assert (tmp_path / "t.jsonl").stat().st_mode & 0o777 == 0o644

    def test_a_failure_leaves_the_file_as_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "t.jsonl"
        path.write_text("old")

        def fail(*_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            save(path, "new")
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]
