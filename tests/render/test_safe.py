from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.render.safe import VisibleStream, visible, visible_json, visible_line

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
    ("pass\u200bword\u2060\u00ad\u034f", "pass<U+200B>word<U+2060><U+00AD><U+034F>"),
    ("hi\U000e0041\U000e0042", "hi<U+E0041><U+E0042>"),
    ("\ufff9a\ufffab\ufffb\u3164\uffa0\u115f", "<U+FFF9>a<U+FFFA>b<U+FFFB><U+3164><U+FFA0><U+115F>"),
    ("a\ufe0fb\U000e0101\U0001d173\u2062\u206a", "a<U+FE0F>b<U+E0101><U+1D173><U+2062><U+206A>"),
    ("a\u200db\u200c ❤\ufe0f\ufe0f", "a<U+200D>b<U+200C> ❤\ufe0f<U+FE0F>"),
    ("🙂\u200dx 🙂\u200d", "🙂<U+200D>x 🙂<U+200D>"),
    ("🏴\U000e0041 🏴\U000e0067\U000e0062", "🏴<U+E0041> 🏴<U+E0067><U+E0062>"),
]
KEPT = [
    "❤\ufe0f\u200d🔥 1\ufe0f\u20e3 👩🏽\u200d🚀 ©\ufe0f ☺\ufe0e",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "می\u200cخواهم क्\u200dष क्\u200cष ශ්\u200dරී",
    "葛\U000e0100 ≨\ufe00 ᠠ\u180b",
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_what_cannot_be_seen_becomes_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("text", KEPT)
def test_what_belongs_to_letters_and_emoji_stays(text: str) -> None:
    assert visible(text) == text
    stream = VisibleStream()
    assert "".join(map(stream.feed, text)) + stream.flush() == text


def test_in_json_it_is_escaped_and_means_the_same() -> None:
    text = json.dumps("a\x9b\u202e\U000e0041❤\ufe0f\u2028日\n", ensure_ascii=False)
    assert visible_json(text) == '"a\\u009b\\u202e\\udb40\\udc41❤\ufe0f\\u2028日\\n"'
    assert json.loads(visible_json(text)) == json.loads(text)


def test_on_a_single_line_newlines_and_tabs_become_visible_too() -> None:
    assert visible_line("a\nb\tc\r\nd") == "a^Jb^Ic^Jd"


_ODD = "\x1b\r\n\t\x9b\u202e\ud800\u200b\u200c\u200d\ufe0f\ufe00\u061c\u180b\u17b4❤🙂🏽1#می葛≨ᠠक\U000e0100"
# Marks that stand before a number and are drawn around it, and of Egyptian hieroglyphs; tags of a flag.
_AROUND_NUMBERS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
_REST = set(_AROUND_NUMBERS) | {chr(code) for code in (*range(0x13430, 0x13460), *range(0xE0030, 0xE0080))}
_FLAG = "🏴\U000e0067\U000e0062\U000e0065\U000e007f"
dangerous = st.text(st.characters() | st.sampled_from(_ODD + _FLAG))


@given(dangerous)
def test_nothing_that_is_shown_can_drive_a_terminal(text: str) -> None:
    shown = visible(text)
    assert all(letter in "\n\t" or not (ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0) for letter in shown)
    assert not set(shown) & set(
        "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
    )
    plain = [letter for letter in shown if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert set(plain) <= set("\n\t\u200c\u200d") | _REST
    shown.encode()
    assert visible(shown) == shown


@given(st.lists(dangerous))
def test_text_in_pieces_is_shown_like_the_whole(pieces: list[str]) -> None:
    stream = VisibleStream()
    shown = "".join(stream.feed(piece) for piece in pieces) + stream.flush()
    assert shown == visible("".join(pieces))
