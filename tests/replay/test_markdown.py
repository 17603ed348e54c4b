"""``capsule replay --md``: whatever was said, the document shows all of it, and nothing of it is HTML."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cpsl.model.codec import dumps
from cpsl.transcript.read import parse
from cpsl_cli.replay.markdown import markdown

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["strikethrough", "table"])
TAGS = ["<b>", "</b>", "<!--", "-->", "<?x", "<script>", "<div", "<a href=", "<http://x>", "&lt;", "&amp;"]
MARKS = ["``", "```", "~~~", "\n\n", "    ", "> ", "- ", "1. ", "[x]: ", "[a](b)", "|-|", "word", "é"]
PIECES = st.sampled_from([*"<>`\\*_[]()!&#-+=~|:;/\"'.$ \n\t1ab", *TAGS, *MARKS])
TEXTS = (st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=30)).filter(str.strip)
WORD = re.compile(r"[^\W_]+")


def flat(tokens: list[Token] | None) -> Iterator[Token]:
    for token in tokens or ():
        yield token
        yield from flat(token.children)


def shown(text: str, kind: str) -> list[Token]:
    """What the Markdown of a transcript with this text is made of."""
    lines = [{"type": "user", "text": text}] if kind == "user" else [{"type": "user", "text": "hi"}]
    lines += [{"type": kind, "text": text}] if kind == "reply" else []
    lines += [{"type": "notify", "text": text}] if kind == "notify" else []
    lines += [{"type": "error", "error": "ValueError", "message": text}] if kind == "error" else []
    transcript = parse(Path("t.jsonl"), "".join(dumps(line) + "\n" for line in lines).encode())
    return list(flat(GITHUB.parse("\n".join(markdown(transcript)))))


def words(tokens: list[Token]) -> Counter[str]:
    found: Counter[str] = Counter()
    for token in tokens:
        texts = [token.content] if token.type not in ("inline", "image") else []
        texts += [token.info, *map(str, token.attrs.values())]
        found.update(word for text in texts for word in WORD.findall(html.unescape(text)))
    return found


def whole(tokens: list[Token]) -> str:
    """The text that a reader sees, with nothing between its pieces."""
    return "".join(token.content for token in tokens if token.type in ("text", "code_inline", "fence", "code_block"))


@given(TEXTS)
@example("\\<b>")
@example("\\\\<b>")
@example("`` <b> `")
@example("`a``<i>x</i>`")
@example("`a\n<b>`")
@example("# `a\n<b>x`")
@example("- `a\n- <b>`")
@example("```\n<b>\n``\n<i>")
@example("    <b>\n<i>")
@example("[x]: <b>")
@example("[^1]: a note\n\nand more")
@example("|a|b|\n|-|-|\n|1|2|3|")
@example("<http://x><b>")
@example("<!-- gone -->")
@example("a\n<div>\n\n<b>")
def test_no_reply_is_html_and_all_its_words_are_shown(text: str) -> None:
    tokens = shown(text, "reply")
    assert not [token for token in tokens if token.type in ("html_block", "html_inline")]
    # A text of control characters is shown as visible ones, which are words too.
    if text.replace("\n", "").replace("\t", "").isprintable():
        assert not Counter(WORD.findall(html.unescape(text))) - words(tokens)


@given(TEXTS, st.sampled_from(["user", "error", "notify"]))
@example("[a](http://x)", "user")
@example("- a\n---\n===", "user")
@example("+ a\n1. b\n2) c", "error")
@example("a\n", "notify")
@example("<http://x> &lt; <b>", "error")
def test_what_is_no_markdown_is_shown_letter_by_letter(text: str, kind: str) -> None:
    tokens = shown(text, kind)
    live = {"html_block", "html_inline", "link_open", "image", "code_inline", "fence", "code_block", "hr", "table_open"}
    assert not [token.type for token in tokens if token.type in live]
    assert not [
        token.type for token in tokens if token.type in ("heading_open", "bullet_list_open", "ordered_list_open")
    ]
    if text.replace("\n", "").isprintable():
        assert re.sub(r"\s", "", text) in re.sub(r"\s", "", whole(tokens))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("**bold** and `<b>`", {"strong_open", "code_inline"}),
        ("- one\n- two", {"bullet_list_open"}),
        ("[site](https://x.test)", {"link_open"}),
        ("<https://x.test>", {"link_open"}),
        ("```html\n<b>\n```", {"fence"}),
        ("|a|b|\n|-|-|\n|1|2|", {"table_open"}),
        ("press <Enter> in **bold**", {"strong_open"}),
    ],
)
def test_a_reply_stays_markdown(text: str, kinds: set[str]) -> None:
    assert kinds <= {token.type for token in shown(text, "reply")}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```x<b>``` is code\n\n**more**", []),
        ("1. a\n\n    ```\n    <b>\n    ```\n", ["<b>\n"]),
        ("- ```\n  <b>", ["<b>\n"]),
        ("```\na\n    ```\nb\n```\nc", ["a\n    ```\nb\n"]),
        ("```\nopen", ["open\n"]),
    ],
)
def test_code_in_a_fence_is_shown_as_it_is(text: str, code: list[str]) -> None:
    tokens = shown(text, "reply")
    assert [token.content for token in tokens if token.type == "fence"] == code
    assert any(token.type == "code_inline" for token in tokens) is not bool(code)
