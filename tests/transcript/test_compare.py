from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.transcript.comparison.align import AlignedPair, align_items
from cpsl.transcript.comparison.captures import Captures
from cpsl.transcript.comparison.compare import compare, counts
from cpsl.transcript.comparison.difference import Comparison
from cpsl.transcript.comparison.json_comparison import Checked, compare_json

from .grouped import Record, block, compared, data, end, error, recorded, reply, turn

NOTICE = {"type": "notify", "text": "Thinking", "detail": ""}
QUESTION = {"type": "prompt", "kind": "approval", "message": "Sure?"}
CONTAINS = {"match": "contains", "value": "Order {{id}} "}


def found(comparison: Comparison) -> list[tuple[str, str, str]]:
    return [(difference.kind, difference.type, difference.path) for difference in comparison.differences]


RECORDS = st.lists(
    st.one_of(
        st.builds(reply, st.sampled_from(["a", "b", "a b"])),
        st.builds(error, message=st.sampled_from(["x", ""])),
        st.builds(block, st.none(), title=st.integers(0, 2)),
        st.just(NOTICE),
    ),
    max_size=6,
)


@given(RECORDS)
def test_a_turn_matches_itself(records: list[Record]) -> None:
    assert not compared(recorded(*records), *records, end()).differences
    assert not compared(turn(*records), *records).differences


def test_times_numbers_inputs_chunks_and_streaming_are_not_compared() -> None:
    expected = recorded(
        {**reply("hello", streamed=True, stream=1), "turn": 4, "at": "then"},
        {"type": "answer", "value": True},
    )
    actual = {**reply("hello", streamed=False), "turn": 1, "at": "now"}
    assert not compared(expected, {"type": "chunk", "text": "hel"}, actual, end()).differences


@pytest.mark.parametrize(
    ("wanted", "got", "same"),
    [
        ("blk_0123456789ab", "blk_ba9876543210", True),
        ("blk_0123456789ab", "status", False),
        ("status", "blk_0123456789ab", False),
        ("status", "status", True),
        (None, "blk_0123456789ab", True),
        (None, "status", True),
        ("blk_0123456789abc", "blk_0123456789abd", False),
    ],
)
def test_ids_that_blocks_got_by_themselves_are_equal(wanted: str | None, got: str, same: bool) -> None:
    differences = compared(recorded(block(wanted, title=1)), block(got, title=1), end()).differences
    assert [difference.path for difference in differences] == ([] if same else ["block.id"])


def test_one_reply_too_many_is_one_difference() -> None:
    expected = recorded(reply("one"), reply("two"), reply("three"))
    actual = [reply("one"), reply("and"), reply("two"), reply("three"), end()]
    (difference,) = compared(expected, *actual).differences
    assert (difference.kind, difference.expected, difference.actual) == ("extra", None, actual[1])
    assert (difference.path, difference.wanted, difference.got) == ("", None, "and")
    assert difference.sentence == "reply: not expected, got and"


def test_one_reply_too_few_is_one_difference() -> None:
    expected = recorded(reply("one"), reply("two"), reply("three"))
    (difference,) = compared(expected, reply("one"), reply("three"), end()).differences
    assert (difference.kind, difference.expected, difference.actual) == ("missing", expected.lines[1], None)
    assert difference.wanted == "two"
    assert difference.sentence == "reply: expected two, but there is none"


def test_a_changed_reply_is_one_difference() -> None:
    (difference,) = compared(recorded(reply("5 apples"), reply("b")), reply("6 apples"), reply("b"), end()).differences
    assert (difference.kind, difference.path) == ("changed", "")
    assert (difference.wanted, difference.got) == ("5 apples", "6 apples")


def test_a_changed_reply_is_paired_with_the_one_it_resembles() -> None:
    comparison = compared(recorded(reply("milk saved"), reply("total is 5")), reply("total is 6"), end())
    assert found(comparison) == [("missing", "reply", ""), ("changed", "reply", "")]


def test_matchers_take_part_in_the_alignment() -> None:
    expected = recorded(reply(CONTAINS), reply({"match": "regex", "value": "^Total"}))
    comparison = compared(expected, reply("Hello"), reply("Order 7 is in"), reply("Total 5"), end())
    assert found(comparison) == [("extra", "reply", "")]
    assert comparison.captures == {"id": "7"}


def test_order_matters() -> None:
    comparison = compared(recorded(NOTICE, reply("a")), reply("a"), NOTICE, end())
    assert sorted(found(comparison)) == [("extra", "notify", ""), ("missing", "notify", "")]


def test_every_differing_field_is_named() -> None:
    expected = recorded(error("KeyError", "a"), block("status", title="x", tags=["a", "b"]))
    comparison = compared(
        expected, error("ValueError", "b"), block("status", title="y", tags=["a"], more=1), end("error")
    )
    assert found(comparison) == [
        ("changed", "error", "error"),
        ("changed", "error", "message"),
        ("changed", "block", "block.payload.title"),
        ("missing", "block", "block.payload.tags[1]"),
        ("extra", "block", "block.payload.more"),
        ("changed", "end", "status"),
    ]


def test_a_later_type_of_record_is_compared_by_its_fields() -> None:
    task = {"type": "task", "name": "import", "status": "completed"}
    comparison = compared(recorded(task), {**task, "status": "failed"}, end())
    assert found(comparison) == [("changed", "task", "status")]


def test_a_broken_off_turn_is_compared_like_any_other() -> None:
    assert not compared(turn(reply("a"), end("timeout")), reply("a"), end("timeout")).differences
    assert found(compared(turn(end("interrupted")), end())) == [("changed", "end", "status")]


class TestWrittenByHand:
    def test_only_its_kinds_of_lines_are_compared(self) -> None:
        actual = [NOTICE, reply("a"), block("b"), QUESTION, data(x=1), end()]
        assert not compared(turn(reply("a")), *actual).differences
        assert found(compared(turn(reply("a"), {**NOTICE, "text": "Working"}), *actual)) == [
            ("extra", "notify", ""),
            ("missing", "notify", ""),
        ]

    def test_replies_and_errors_always_are(self) -> None:
        comparison = compared(turn(), reply("a"), error(), end("error"))
        assert found(comparison) == [("extra", "reply", ""), ("extra", "error", "")]
        assert comparison.differences[1].got == {"error": "ValueError", "message": "no"}

    @pytest.mark.parametrize("status", ["timeout", "interrupted"])
    def test_a_turn_that_was_broken_off_is_a_difference(self, status: str) -> None:
        assert found(compared(turn(reply("a")), reply("a"), end(status))) == [("extra", "end", "")]

    def test_only_its_fields_are_compared(self) -> None:
        expected = turn({"type": "notify", "text": "Thinking"}, {"type": "error", "error": "ValueError"})
        assert not compared(expected, {**NOTICE, "detail": "long"}, error()).differences
        assert not compared(turn({"type": "block", "block": {"type": "card"}}), block("b", title=1)).differences

    def test_a_field_that_no_such_record_has_is_a_difference(self) -> None:
        assert found(compared(turn(reply("a", txet="b")), reply("a"))) == [("missing", "reply", "txet")]

    def test_only_the_listed_keys_are_compared(self) -> None:
        assert not compared(turn(data(a=1)), data(a=1, b=2), data(["c"])).differences
        assert found(compared(turn(data(a=1, z=3)), data(a=2))) == [
            ("changed", "data", "data.a"),
            ("missing", "data", "data.z"),
        ]

    def test_a_key_may_be_a_path(self) -> None:
        listed: dict[str, Any] = {"cart.total": 5, "cart.items[0].name": {"match": "any"}, "cart.items.-1": 3, "a.b": 1}
        actual: dict[str, Any] = {"cart": {"total": 6, "items": [{"name": "x"}]}, "a.b": 1}
        comparison = compared(turn(data(**listed)), data(**actual))
        assert found(comparison) == [
            ("changed", "data", "data.cart.total"),
            ("missing", "data", 'data.cart.items["-1"]'),
        ]
        assert comparison.differences[0].actual is not None


class TestData:
    def test_commits_are_merged(self) -> None:
        assert not compared(recorded(data(a=2, b=1)), data(a=1), data(a=2, b=1), end()).differences
        assert not compared(recorded(data(a=1), data(["a"])), data(["a"]), end()).differences

    def test_each_differing_place_is_named(self) -> None:
        expected = recorded(data(cart={"items": [{"price": 1}, {"price": 2}]}, gone=1))
        comparison = compared(expected, data(cart={"items": [{"price": 1}, {"price": 3}]}, new=1), end())
        assert found(comparison) == [
            ("changed", "data", "data.cart.items[1].price"),
            ("missing", "data", "data.gone"),
            ("extra", "data", "data.new"),
        ]
        first = comparison.differences[0]
        assert (first.wanted, first.got, first.expected) == (2, 3, expected.lines[0])

    def test_a_removed_key_is_told_from_an_unchanged_one(self) -> None:
        comparison = compared(recorded(data(a=1)), data(["a"]), end())
        assert found(comparison) == [("missing", "data", "data.a"), ("extra", "data", "unset.a")]
        assert comparison.differences[1].sentence == "a was removed"
        comparison = compared(recorded(data(["a"])), end())
        assert [difference.sentence for difference in comparison.differences] == ["expected a to be removed"]

    def test_a_change_that_the_file_does_not_hold_is_found(self) -> None:
        assert found(compared(recorded(), data(a=1), end())) == [("extra", "data", "data.a")]

    def test_matchers_and_captures_stand_in_values(self) -> None:
        expected = recorded(reply("Order {{id}}"), data(last="{{id}}", when={"at": {"match": "any"}}))
        assert not compared(expected, reply("Order 7"), data(last="7", when={"at": 3}), end()).differences
        assert found(compared(expected, reply("Order 7"), data(last="8", when={"at": 3}), end())) == [
            ("changed", "data", "data.last")
        ]


class TestCaptures:
    def test_they_hold_within_a_turn_and_are_handed_on(self) -> None:
        expected = recorded(reply("Order {{id}} saved"), reply("see {{id}}"))
        assert compared(expected, reply("Order 7 saved"), reply("see 7"), end()).captures == {"id": "7"}
        assert found(compared(expected, reply("Order 7 saved"), reply("see 8"), end())) == [("changed", "reply", "")]

    def test_those_from_before_have_to_match(self) -> None:
        comparison = compared(recorded(reply("see {{id}}")), reply("see 8"), end(), captures={"id": "7"})
        assert comparison.differences[0].wanted == "see {{id}}"
        assert comparison.captures == {"id": "7"}

    def test_a_differing_line_captures_nothing(self) -> None:
        expected = recorded(reply("Order {{id}} saved"), reply("by {{who}}"))
        assert compared(expected, reply("Order 7 lost"), reply("by Ann"), end()).captures == {"who": "Ann"}

    def test_a_value_that_differs_captures_only_in_the_parts_that_stay(self) -> None:
        expected = recorded(block("b", one="{{x}}", two=["{{y}}", "z"], three=["{{z}}", "z"], four="4"))
        actual = block("b", one="1", two=["2", "other", "more"], three=["3", "other"], four="5")
        assert compared(expected, actual, end()).captures == {"x": "1", "z": "3"}


def test_a_json_matcher_names_the_place_inside_the_text() -> None:
    expected = recorded(reply({"match": "json", "value": {"total": 5}}))
    (difference,) = compared(expected, reply('{"total":6}'), end()).differences
    assert (difference.path, difference.wanted, difference.got) == ("text.total", 5, 6)


@pytest.mark.parametrize(
    ("expected", "actual", "sentences"),
    [
        (recorded(reply("a"), reply("b")), [reply("a"), reply("b"), reply("c"), end()], ["expected 2 replies, got 3"]),
        (recorded(reply("a")), [NOTICE, end()], ["expected 1 reply, got 0", "expected no notices, got 1"]),
        (turn(reply("a")), [NOTICE, reply("b"), end()], []),
    ],
)
def test_counts_say_what_there_is_too_much_or_too_little_of(
    expected: Any, actual: list[Record], sentences: list[str]
) -> None:
    assert counts(expected, actual) == sentences


class Work(NamedTuple):
    """How many pairs were tried, and how many of them needed a look at all their fields."""

    tried: int
    looked_at: int


def work(text: Any, replies: int, monkeypatch: pytest.MonkeyPatch) -> Work:
    """What comparing so many replies takes of which none is as recorded."""
    tried = looked_at = 0

    def counting_align(expected: int, actual: int, cost: Callable[[int, int], int | None]) -> list[AlignedPair]:
        def counted(i: int, j: int) -> int | None:
            nonlocal tried
            tried += 1
            return cost(i, j)

        return align_items(expected, actual, counted)

    def counting_look(expected: Any, actual: Any, captures: Captures) -> Checked:
        nonlocal looked_at
        looked_at += 1
        return compare_json(expected, actual, captures)

    monkeypatch.setattr("cpsl.transcript.comparison.compare.align_items", counting_align)
    monkeypatch.setattr("cpsl.transcript.comparison.compare.compare_json", counting_look)
    expected = recorded(
        *(
            reply(text.format(number) if isinstance(text, str) else {**text, "value": text["value"].format(number)})
            for number in range(replies)
        )
    )
    actual = [reply(f"other {number}") for number in range(replies)]
    assert len(compare(expected, [*actual, end()], {}).differences) == replies
    return Work(tried, looked_at)


@pytest.mark.parametrize(
    ("text", "looks"), [("line {}", 2), ({"match": "regex", "value": "^line {} [a-z]$"}, 260)], ids=["text", "regex"]
)
def test_many_replies_are_compared_in_work_that_grows_as_they_do(
    text: Any, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for replies in (150, 400):
        tried, looked_at = work(text, replies, monkeypatch)
        assert tried < 260 * replies
        assert looked_at < looks * replies


def test_what_is_said_around_the_end_may_come_before_or_after_it() -> None:
    late = recorded(reply("a"))
    late = late._replace(lines=(*late.lines, turn(reply("b")).lines[0]._replace(number=9)))
    assert not compared(late, reply("a"), end(), reply("b")).differences
    assert not compared(late, reply("a"), reply("b"), end()).differences
    assert not compared(recorded(reply("a"), reply("b")), reply("a"), end(), reply("b")).differences
    assert compared(late, reply("b"), reply("a"), end()).differences
