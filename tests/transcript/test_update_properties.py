from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from cpsl.transcript.comparison.matchers import line_problem
from cpsl.transcript.update import updated_text
from tests.data.strategies import cases

from .grouped import Record, block, comparisons, data, end, error, reply, transcript

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
        st.builds(
            lambda kind, text: {"type": "prompt", "kind": kind, "message": text},
            st.sampled_from(["approval", "file"]),
            EXPECTED_WORDS,
        ),
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


@cases(300)
@given(files())
def test_an_updated_file_matches_and_is_not_updated_again(file: tuple[str, list[list[Record]]]) -> None:
    source, actual = file
    before = comparisons(source, actual)
    new = updated_text(transcript(source), before, source)
    assert [line_problem(row.fields) for row in transcript(new).lines] == [None] * len(transcript(new).lines)
    after = comparisons(new, actual)
    # A broken-off turn cannot be written into a turn without an end.
    left = [d for comparison in after.values() for d in comparison.differences if (d.kind, d.type) != ("extra", "end")]
    assert left == []
    assert updated_text(transcript(new), after, new) == new
    if not any(comparison.differences for comparison in before.values()):
        assert new == source


@cases(200)
@given(files())
def test_a_turn_that_matches_stays_byte_for_byte(file: tuple[str, list[list[Record]]]) -> None:
    source, actual = file
    old = transcript(source)
    before = comparisons(source, actual)
    new = transcript(updated_text(old, before, source))
    for one, other in zip(old.turns, new.turns, strict=True):
        assert other.user.text == one.user.text
        if not before[one.number].differences:
            assert [row.text for row in other.lines] == [row.text for row in one.lines]
