"""Rows of what there is to choose from, as slash commands show them."""

from __future__ import annotations

from cpsl_cli.slash.registry import column_lines


def test_columns_stand_below_one_another_whatever_the_script() -> None:
    rows = [
        ("main", "ann", "1 turn"),
        ("会议", "ann", "2 turns"),
        ("é\u0301té", "bob\x07", "3 turns"),
        ("👩‍👩‍👧", "b", "1 turn"),
    ]
    assert column_lines(rows).split("\n") == [
        "main  ann    1 turn",
        "会议  ann    2 turns",
        "é\u0301té   bob^G  3 turns",
        "👩‍👩‍👧    b      1 turn",
    ]
