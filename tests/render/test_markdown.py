"""Markdown for the terminal, piece by piece."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from cpsl.render.markdown import MarkdownReply

SAMPLE = """\
# Title

First *line*
second line with `code`

- one
- two
  - nested

3. third
4. fourth

| a | b |
|---|---|
| 世界 | x |

```python
def f():

    return 1
```
> quoted

[link](https://example.org) and a * b
"""


def rendered(text: str, columns: int = 60, *, unicode: bool = True) -> list[str]:
    reply = MarkdownReply(lambda: columns, color=False, unicode=unicode)
    return [*reply.feed(text), *reply.close()]


def test_a_reply_of_every_kind_of_block() -> None:
    assert rendered(SAMPLE) == [
        "Title",
        "",
        "First line",
        "second line with code",
        "",
        " • one",
        " • two",
        "    • nested",
        "",
        "3. third",
        "4. fourth",
        "",
        " a     b",
        " ───────",
        " 世界  x",
        "",
        "  def f():",
        "",
        "      return 1",
        "▌ quoted",
        "",
        "link (https://example.org) and a * b",
    ]


def test_without_unicode_its_own_glyphs_are_ascii() -> None:
    assert rendered("- one\n\n> two\n", unicode=False) == [" * one", "", "| two"]


def test_colour_is_used_only_where_it_is_wanted() -> None:
    reply = MarkdownReply(lambda: 60, color=True)
    assert reply.feed("**bold**\n") == ["\x1b[1mbold\x1b[0m"]
    assert rendered("**bold**\n") == ["bold"]


def test_long_lines_are_wrapped_at_words() -> None:
    assert rendered("one two three four five", columns=10) == ["one two", "three four", "five"]


def test_an_open_fence_is_the_tail_until_it_closes() -> None:
    reply = MarkdownReply(lambda: 60, color=False)
    assert reply.feed("text\n```\ncode\nmo") == ["text"]
    assert reply.tail == "```\ncode\nmo"
    assert reply.feed("re\n```\nafter\n") == ["  code", "  more", "after"]
    assert reply.tail == ""


_LINES = st.lists(st.sampled_from([*SAMPLE.split("\n"), "plain", "", "~~~", "    indented"]), max_size=30)


@given(lines=_LINES, cuts=st.lists(st.integers(0, 400), max_size=12))
def test_how_a_reply_is_cut_into_pieces_changes_nothing(lines: list[str], cuts: list[int]) -> None:
    text = "\n".join(lines)
    places = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    reply = MarkdownReply(lambda: 40, color=False)
    found = [row for start, end in pairwise(places) for row in reply.feed(text[start:end])]
    assert [*found, *reply.close()] == rendered(text, 40)


def test_plain_lines_never_load_rich() -> None:
    code = (
        "import sys; from cpsl.render.markdown import MarkdownReply; r = MarkdownReply(lambda: 80, color=True);"
        "assert r.feed('one\\n\\ntwo') == ['one', ''] and r.close() == ['two'];"
        "assert 'rich' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_joined_emoji_take_two_columns_in_a_table_as_terminals_draw_them() -> None:
    """Not with the screen's emulator, which knows no joined ones."""
    rows = rendered(
        "| a | b |\n|---|---|\n| \U0001f469\u200d\U0001f469\u200d\U0001f467 | 1 |\n| ab | 2 |\n| 日 | 3 |\n"
    )
    columns = [wcswidth(row[:-1]) for row in rows if row[-1:] in set("123")]
    assert columns == [columns[0]] * 3


def test_no_cell_of_a_table_is_cut() -> None:
    words = ["https://example.org/a/path/that/does/not/end/soon", "番号番号番号番号番号番号番号番号", "a" * 50]
    rows = rendered("| a | b |\n|---|---|\n" + "".join(f"| {word} | {word} |\n" for word in words))
    letters = "".join(rows)
    assert "…" not in letters
    assert all(letters.count(letter) >= 2 * word.count(letter) for word in words for letter in word)
    assert max(map(wcswidth, rows)) <= 60


def test_tags_and_comments_are_text() -> None:
    text = "<answer>\n**42**\n</answer>\n\n<!-- why -->\n\n- <b>x</b>\n\n| a<br>b |\n|---|\n| <i>c</i> |\n"
    seen = "\n".join(rendered(text))
    for part in ("<answer>\n42\n</answer>", "<!-- why -->", "<b>x</b>", "a<br>b", "<i>c</i>"):
        assert part in seen
    assert rendered("<https://a.test> &amp; &lt;b&gt;") == ["https://a.test (https://a.test) & <b>"]


def test_a_definition_is_shown_as_it_is_written() -> None:
    assert rendered("[docs]: https://a.test/docs") == ["[docs]: https://a.test/docs"]


def test_an_image_shows_its_words_and_its_address() -> None:
    assert rendered("see ![a chart](https://a.test/c.png) here") == ["see 🌆 a chart (https://a.test/c.png) here"]
    assert rendered("![](chart.png)", unicode=False) == ["image: (chart.png)"]
    assert rendered("![dot](data:image/png;base64,AAAA)") == ["🌆 dot (data:image/png;base64)"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("```x``` is code\n\n- a\n", ["x is code", "", " • a"]),
        ("1. a\n\n    ```sh\n    b\n      c\n    ```\n\nd", ["1. a", "", "  b", "    c", "", "d"]),
        ("- ```\n  a\n\n  b\n  ```\n\nc", [" •   a", "", "     b", "", "c"]),
        ("> ```\n> a\n\nb", ["▌   a", "", "b"]),
        ("```\na\n    ```\nb\n```\nc", ["  a", "      ```", "  b", "c"]),
        ("    ```\n    a\n\nb *c*", ["  ```", "  a", "", "b c"]),
        ("- ```\n  a\nb *c*\n", [" •   a", "b c"]),
    ],
)
def test_code_is_what_stands_in_a_fence(text: str, rows: list[str]) -> None:
    assert rendered(text) == rows


def test_a_fence_in_a_list_that_is_finished_in_parts_stays_code() -> None:
    code = [f"a{number} *b*" for number in range(2000)]
    rows = rendered("- c\n  ```\n" + "".join(f"  {line}\n" for line in code) + "  ```\n- d\n")
    assert [row.strip() for row in rows] == ["• c", *code, "• d"]


def test_a_line_in_parts_begins_no_fence_in_its_middle() -> None:
    text = "a" * 1999 + " " + "```" + "b" * 3000
    assert "".join(rendered(text + "\nc *d*\n")) == text.replace(" ", "") + "c d"
