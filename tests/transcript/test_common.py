"""What versions of a text share, and the expectation that is proposed for them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.transcript.comparison.json_comparison import compare_json
from cpsl.transcript.variation.common import pieces
from cpsl.transcript.variation.proposal import ANY, Names, propose_expectation, proposed_text

PARTS = ["a", "b", "order", "12", " ", " ", "\n", ":", "-", "*", "[", "{{x}}", "é"]
WORDS = st.lists(st.sampled_from(PARTS)).map("".join)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Order 1 saved", "Order 2 saved"], "Order {{order}} saved"),
        (["Order #1 saved.", "Order #22 saved."], "Order #{{order}} saved."),
        (["at 12:03 and 12:04", "at 13:03 and 13:05"], "at {{time}} and {{time_2}}"),
        (["on 2026-01-02, ok", "on 2027-01-02, ok"], "on {{date}}, ok"),
        (["a b c for you", "x y z for you"], "{{value}} for you"),
        (["1 and 1", "2 and 2"], "{{value}} and {{value}}"),
        (["see file-77.txt", "see file-78.txt"], "see file-{{file}}.txt"),
        (["10.0.3.7 is up", "10.0.4.7 is up"], "{{value}} is up"),
        (["key 0a1b2c3d4e", "key ffeeddcc00"], "key {{key}}"),
        (["(0a1b2c3d4e) is new", "(ffeeddcc00) is new"], "({{id}}) is new"),
        (["one\ntwo", "one\nthree"], "one\n{{value}}"),
        (["got it", "got it now"], {"match": "glob", "value": "got it*"}),
        (["what? [x] yes", "what? [x] yes, yes"], {"match": "glob", "value": "what[?] [[]x] yes*"}),
        (["check aa!", "check bb!"], "check {{check}}!"),
        (["**aa** is in", "**bb** is in"], "**{{value}}** is in"),
        (["hello", "bye"], ANY),
        (["", "bye"], ANY),
        (["{{n}} a 1", "{{n}} a 2"], ANY),
        (["same", "same"], "same"),
        (["", ""], {"match": "exact", "value": ""}),
    ],
)
def test_what_varies_becomes_a_placeholder(texts: list[str], expected: Any) -> None:
    proposal = proposed_text(texts, Names())
    assert proposal == expected
    assert [compare_json(proposal, text, {}).mismatches for text in texts] == [()] * len(texts)


@given(st.lists(WORDS, min_size=2, max_size=4))
def test_the_pieces_of_a_version_are_that_version(texts: list[str]) -> None:
    found = pieces(texts)
    for index, text in enumerate(texts):
        assert "".join(piece.versions[index] if piece.varies else piece.text for piece in found) == text
    assert all(one.varies != other.varies for one, other in pairwise(found))


@given(st.lists(WORDS, min_size=2, max_size=4))
def test_every_version_fulfils_what_is_proposed(texts: list[str]) -> None:
    proposal = proposed_text(texts, Names())
    assert [compare_json(proposal, text, {}).mismatches for text in texts] == [()] * len(texts)


def test_a_value_has_placeholders_where_it_varies() -> None:
    versions = [
        {
            "id": f"x{number}",
            "total": number,
            "same": {"match": 1},
            "list": ["a", f"b {number} c"],
            "text": "t" * number,
        }
        for number in (1, 2)
    ]
    proposal = propose_expectation(versions, Names())
    assert proposal == {
        "id": "{{id}}",
        "total": ANY,
        "same": {"match": "exact", "value": {"match": 1}},
        "list": ["a", "b {{b}} c"],
        "text": "{{text}}",
    }
    for version in versions:
        assert not compare_json(proposal, version, {}).mismatches


@pytest.mark.parametrize("versions", [[{"a": 1}, {"b": 1}], [[1], [1, 2]], [1, "1"], [None, {}]])
def test_values_of_another_shape_are_anything(versions: list[Any]) -> None:
    assert propose_expectation(versions, Names()) == ANY


def test_the_same_thing_has_one_name_and_no_name_means_two() -> None:
    names = Names(["order"])
    assert proposed_text(["order 1 for 5", "order 2 for 6"], names) == "order {{order_2}} for {{for}}"
    assert proposed_text(["cancel 1", "cancel 2"], names) == "cancel {{order_2}}"
    assert proposed_text(["order 3", "order 4"], names) == "order {{order_3}}"


def test_long_texts_are_compared_by_lines() -> None:
    body = "".join(f"line {number} of the text\n" for number in range(400))
    proposal = proposed_text([body + "end 1\n", body + "end 2\n"], Names())
    assert isinstance(proposal, str)
    assert proposal.startswith(body)
