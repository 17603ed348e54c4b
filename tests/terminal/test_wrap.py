"""Lines broken between words."""

from __future__ import annotations

import pytest

from cpsl_cli.repl.wrap import explanation_lines, wrap_words

TERMS = (("/as USER", "go on as another person"), ("/quit", "leave the chat for as long as you like"))


@pytest.mark.parametrize(
    ("line", "columns", "rows"),
    [
        ("a bb ccc", 8, "a bb ccc"),
        ("a bb ccc", 7, "a bb\n_ccc"),
        ("a  bb", 5, "a  bb"),
        ("aaaaaaaaaa b", 4, "aaaaaaaaaa\n_b"),
        ("\x1b[1mab\x1b[0m cd", 5, "\x1b[1mab\x1b[0m cd"),
        ("\x1b[1mab\x1b[0m cd", 4, "\x1b[1mab\x1b[0m\n_cd"),
        ("日本 語", 6, "日本\n_語"),
        ("  1  tell me more", 10, "  1  tell\n_me more"),
        ("", 4, ""),
    ],
)
def test_a_line_is_broken_between_words(line: str, columns: int, rows: str) -> None:
    assert wrap_words(line, columns, "_") == rows


def test_meanings_stand_beside_their_names_where_there_is_room() -> None:
    beside = "/as USER  go on as another person\n/quit     leave the chat for as long as you like"
    assert explanation_lines(TERMS, 48) == beside
    assert (
        explanation_lines(TERMS, 41)
        == "/as USER  go on as another person\n/quit     leave the chat for as long as\n          you like"
    )
    assert explanation_lines(TERMS, 30) == (
        "/as USER\n    go on as another person\n/quit\n    leave the chat for as long\n    as you like"
    )
