from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cpsl.transcript.comparison.difference import Comparison
from cpsl.transcript.update import TranscriptChangedError, has_new_errors, save, updated_text

from .grouped import Record, block, compared, comparisons, data, end, error, recorded, reply, transcript, turn

USER = '{"type":"user","turn":1,"at":"then","text":"hi"}'


def update(source: str, *actual: list[Record]) -> str:
    return updated_text(transcript(source), comparisons(source, list(actual)), source)


def lines(*rows: str, newline: str = "\n") -> str:
    return "".join(row + newline for row in rows)


def line(fields: Record) -> str:
    return json.dumps(fields)


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


@pytest.mark.parametrize(
    ("expected", "said", "accepted"),
    [
        ("is {{id}}", "was 7f", "was {{id}}"),
        ("is {{id}}", "was 7f, 7f7f and 7f.", "was {{id}}, 7f7f and {{id}}."),
        ("is {{id}}", "was another", "was another"),
        ("is", "was 7f", "was 7f"),
        ({"match": "contains", "value": "is {{id}}"}, "was 7f", "was {{id}}"),
        ("is {{id}}", "was 7f {{id}}", {"match": "exact", "value": "was 7f {{id}}"}),
    ],
)
def test_what_was_captured_is_written_as_its_placeholder_again(expected: object, said: str, accepted: object) -> None:
    comparison = compared(recorded(reply(expected)), reply(said), end(), captures={"id": "7f"})
    assert comparison.pairs[0].accepted == reply(accepted)
    assert not compared(recorded(reply(accepted)), reply(said), end(), captures={"id": "7f"}).differences


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

    def test_a_value_that_looks_like_a_matcher_is_written_as_a_value(self) -> None:
        source = lines(USER, line(data(game={})), line(end()))
        new = update(source, [data(game={"match": "any"}), end()])
        assert json.loads(new.splitlines()[1]) == data(game={"match": "exact", "value": {"match": "any"}})

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
    assert updated_text(transcript(source), {2: found[2]}, source) == source.replace('"b"', '"y"')


def test_the_file_itself_is_read_with_its_own_newlines(tmp_path: Path) -> None:
    source = "\ufeff" + lines(USER, line(reply("ä")), newline="\r\n")
    path = tmp_path / "t.jsonl"
    path.write_bytes(source.encode())
    found = comparisons(source, [[reply("b")]])
    assert updated_text(transcript(source, path), found) == source.replace(json.dumps("ä"), '"b"')
    path.write_bytes(source.replace('"hi"', '"ho"').encode())
    with pytest.raises(TranscriptChangedError, match=r"t\.jsonl:1: changed while it was replayed"):
        updated_text(transcript(source, path), found)


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

    def test_a_new_file_is_for_its_owner_only(self, tmp_path: Path) -> None:
        save(tmp_path / "t.jsonl", "new")
        assert (tmp_path / "t.jsonl").stat().st_mode & 0o777 == 0o600

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


FIRST = {"type": "prompt", "kind": "approval", "message": "First?"}
SURE = {"type": "prompt", "kind": "approval", "message": "Sure?"}
FILE = {"type": "prompt", "kind": "file", "message": "Which?"}


class TestAnswers:
    """Each stands after the question that got it."""

    @staticmethod
    def answers(source: str, *actual: Record) -> list[object]:
        new = update(source, [*actual, end()])
        assert update(new, [*actual, end()]) == new
        rows = [json.loads(row) for row in new.splitlines()]
        assert [row["type"] for row in rows[1::2]] == ["prompt"] * len(actual) + ["end"]
        return [row["value"] for row in rows if row["type"] == "answer"]

    def test_a_new_question_without_one_has_a_line_for_it(self) -> None:
        source = lines(USER, line(end()))
        assert self.answers(source, SURE) == [None]
        assert '{"type":"answer","turn":1,"at":"then","value":null}' in update(source, [SURE, end()])

    def test_a_new_question_that_took_another_ones(self) -> None:
        answer = '{"type": "answer",  "value": true}'
        source = lines(USER, line(SURE), answer, line(end()))
        assert self.answers(source, FIRST, SURE) == [True, None]
        assert answer in update(source, [FIRST, SURE, end()]).splitlines()

    def test_a_question_of_another_kind_does_not_keep_it(self) -> None:
        source = lines(USER, line(FILE), line({"type": "answer", "value": "a.csv"}), line(end()))
        assert self.answers(source, SURE) == [None]
        assert self.answers(source, SURE, FILE) == [None, "a.csv"]

    def test_all_others_stay(self) -> None:
        source = lines(
            USER,
            *(line(FIRST), line({"type": "answer", "value": False})),
            *(line(FILE), line({"type": "answer", "value": "a.csv"})),
            line(end()),
        )
        assert self.answers(source, FIRST, {**FILE, "message": "What?"}) == [False, "a.csv"]
