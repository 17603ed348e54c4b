from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.render.safe import VisibleStream, visible, visible_line

SHOWN = [
    ("plain", "plain"),
    ("two\nlines\tand a cell", "two\nlines\tand a cell"),
    ("dos\r\nlines\r\n", "dos\nlines\n"),
    ("\x1b[2J\x07\x00", "^[[2J^G^@"),
    ("lonely\rreturn", "lonely^Mreturn"),
    ("\x7f\x80\x9b", "^?<U+0080><U+009B>"),
    ("\u202etxt.exe\u2069", "<U+202E>txt.exe<U+2069>"),
    ("\u200e\u200f\u061c\ufeff\u2028\u2029", "<U+200E><U+200F><U+061C><U+FEFF><U+2028><U+2029>"),
    ("\ud800", "<U+D800>"),
    ("żółć 日本 👩‍👩‍👧 e\u0301\u00a0", "żółć 日本 👩‍👩‍👧 e\u0301\u00a0"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_control_characters_become_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_on_a_single_line_newlines_and_tabs_become_visible_too() -> None:
    assert visible_line("a\nb\tc\r\nd") == "a^Jb^Ic^Jd"


DIRECTIONS = {chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)}
dangerous = st.text(st.characters() | st.sampled_from("\x1b\r\n\t\x9b\u202e\ud800"))


@given(dangerous)
def test_nothing_that_is_shown_can_drive_a_terminal(text: str) -> None:
    shown = visible(text)
    assert all(letter in "\n\t" or not (ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0) for letter in shown)
    assert not set(shown) & set(
        "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
    )
    shown.encode()
    assert visible(shown) == shown


@given(st.lists(dangerous))
def test_text_in_pieces_is_shown_like_the_whole(pieces: list[str]) -> None:
    stream = VisibleStream()
    shown = "".join(stream.feed(piece) for piece in pieces) + stream.flush()
    assert shown == visible("".join(pieces))
