from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.textwidth import display_width
from cpsl.ui.grid import cell_text, grid


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    assert grid(["name", "n"], [["Ann", 5], ["Bo", 12.5], ["Cy", None]]) == (
        "name     n\n----  ----\nAnn      5\nBo    12.5\nCy"
    )


def test_without_rows_it_says_so() -> None:
    assert grid(["a", "bb"], []) == "a  bb\n-  --\n(no rows)"


def test_wide_and_joined_characters_line_up() -> None:
    assert grid(["x", "y"], [["日本", "a"], ["👩‍👩‍👧", "b"], ["é", "c"]]) == (
        "x     y\n----  -\n日本  a\n👩‍👩‍👧    b\né     c"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (1.5, "1.5"),
        ("a\nb\tc", "a b c"),
        (["x", "y", 1], "x, y, 1"),
        ([], ""),
        ({"k": ["é"]}, '{"k": ["é"]}'),
        ([{"k": 1}], '[{"k": 1}]'),
    ],
)
def test_a_value_becomes_one_line(value: Any, text: str) -> None:
    assert cell_text(value) == text


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("日本", 4), ("e\u0301", 1), ("👍🏽", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("\u200b", 0)],
)
def test_the_width_is_what_a_terminal_uses(text: str, width: int) -> None:
    assert display_width(text) == width


@given(st.lists(st.lists(st.text(max_size=8) | st.integers() | st.none(), min_size=2, max_size=2), max_size=5))
def test_every_row_is_one_line_whatever_the_values(rows: list[list[Any]]) -> None:
    lines = grid(["a", "b"], rows).split("\n")
    assert len(lines) == 2 + max(len(rows), 1)
    assert all(line == line.rstrip() and len(line.splitlines()) <= 1 for line in lines)
