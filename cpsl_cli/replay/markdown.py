"""``--md``: a transcript as Markdown, for a README.

Written for GitHub: a person's words in bold, what the app says as quotes. What only a developer looks at, such
as changes of ``session.data`` and times, is left out.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cpsl.render.event_views import Form, Silent
from cpsl.render.fences import fences
from cpsl.render.safe import visible, visible_line
from cpsl.transcript.document import Transcript
from cpsl_cli.replay.readable_lines import LINE_VIEWS, ReadableLine, home_of, read_aloud, turns_of

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&!$]")
_NUMBERED = re.compile(r"(\d+)([.)])(\s|$)")
_TICKS = re.compile(r"\\.|`+", re.DOTALL)
# A word in angle brackets would be taken for HTML and vanish; an address in them is a link. What stands after a
# backslash is text already.
_TAG = re.compile(r"(\\.)|<(?=[A-Za-z/!?])(?!https?:|mailto:)", re.DOTALL)
# A definition of a reference or of a footnote, which is not shown where it stands.
_DEFINITION = re.compile(r"([\s>*+-]*(?:\d+[.)]\s+)?)(?=\[[^\n]*\]:)")
_WORD = re.compile(r"[^\W_]+")
_GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["strikethrough", "table"])


def markdown(transcript: Transcript, until: int | None = None) -> Iterator[str]:
    """The chat as paragraphs and quotes, up to the turn ``until``; each with an empty line after it."""
    home = home_of(transcript)
    for records in turns_of(transcript, until):
        for line in read_aloud(records, home):
            text = _paragraph(LINE_VIEWS[line.kind].markdown, line)
            if text:
                yield text + "\n"


def _paragraph(form: Form | Silent, line: ReadableLine) -> str:
    match form:
        case "speech":
            # Always a bold paragraph of its own: what a person types is no Markdown.
            return _bold(f"{line.note}: {line.text}" if line.note else line.text, "❯ ")
        case "reply":
            noted = f"*({line.note})* {escape_markdown(line.text)}".rstrip()
            return _quoted(noted if line.note else _reply(line.text))
        case "remark" | "warning":
            return _quoted(f"*{escape_markdown(line.text).strip()}*")
        case "plain":
            return _quoted(_fenced(visible(line.text)))
        case "question":
            return _quoted(f"**{escape_markdown(line.text).strip()}**")
        case "answer":
            return _bold(line.text, "❯ ")
        case "failure":
            return _quoted(f"⚠ {escape_markdown(line.text)}")
        case "silent":
            return ""


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, its line breaks too."""
    return "\\\n".join(map(_literal_line, visible(text).strip("\n").split("\n")))


def _literal_line(line: str) -> str:
    escaped = _SPECIAL.sub(r"\\\g<0>", line.lstrip())
    if escaped[:1] in ("-", "+", "="):
        return "\\" + escaped
    return _NUMBERED.sub(r"\1\\\2\3", escaped, count=1) if escaped[:1].isdigit() else escaped


def heading(name: str) -> str:
    """The heading of one of several transcripts."""
    return f"### {escape_markdown(visible_line(name))}\n"


def _bold(text: str, mark: str) -> str:
    first, *rest = [line for line in (escape_markdown(line).strip() for line in visible(text).split("\n")) if line] or [
        ""
    ]
    return "\\\n".join(f"**{line}**" for line in (mark + first, *rest)) if first else ""


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip(" ") if not line.strip() else f"> {line}" for line in text.split("\n"))


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _reply(text: str) -> str:
    """A reply is Markdown, but in a chat each line break counts, and HTML is text.

    A reply of which Markdown would show less, or HTML, is shown as it is.
    """
    broken = _with_breaks(visible(text).rstrip("\n"))
    for written in (_tags_escaped(broken, spans=True), _tags_escaped(broken, spans=False)):
        if _is_shown(text, written):
            return written
    return escape_markdown(text)


def _with_breaks(text: str) -> list[tuple[bool, str]]:
    """The lines, each with whether it is code in a fence; a fence that is open at the end is closed."""
    written = text.split("\n")
    fenced = fences(text)
    code = {number for fence in fenced for number in range(fence.first, fence.end)}
    lines: list[tuple[bool, str]] = []
    for number, line in enumerate(written):
        if number in code:
            lines.append((True, line))
            continue
        if line.strip() and lines and lines[-1][1].strip() and not lines[-1][0]:
            lines[-1] = (False, lines[-1][1] + "  ")
        lines.append((False, _DEFINITION.sub(r"\1\\", line, count=1) if _DEFINITION.match(line) else line))
    last = fenced[-1] if fenced else None
    if last and not last.closed and not last.nested and last.end == len(written):
        lines.append((True, last.markup))
    return lines


def _tags_escaped(lines: Iterable[tuple[bool, str]], *, spans: bool) -> str:
    """The lines with HTML as text, outside of fences; with ``spans`` also outside of spans of code."""
    written: list[str] = []
    passage: list[str] = []

    def flush() -> None:
        if passage:
            text = "\n".join(passage)
            written.append(_outside_spans(text) if spans else _TAG.sub(_escaped, text))
            passage.clear()

    for is_code, line in lines:
        if is_code or not line.strip():
            flush()
            written.append(line)
        else:
            passage.append(line)
    flush()
    return "\n".join(written)


def _outside_spans(text: str) -> str:
    """A span of code ends with as many backticks as it begins with; others are backticks."""
    pieces: list[str] = []
    at = 0
    runs = [run for run in _TICKS.finditer(text) if run.group()[0] == "`"]
    for number, run in enumerate(runs):
        if run.start() < at:
            continue
        end = next((other.end() for other in runs[number + 1 :] if other.group() == run.group()), None)
        if end is not None:
            pieces += [_TAG.sub(_escaped, text[at : run.start()]), text[run.start() : end]]
            at = end
    return "".join(pieces) + _TAG.sub(_escaped, text[at:])


def _escaped(found: re.Match[str]) -> str:
    return found[1] or "\\<"


def _is_shown(text: str, written: str) -> bool:
    """Whether Markdown shows every word of the text, and nothing of it as HTML."""
    tokens = list(_flat(_GITHUB.parse(_quoted(written))))
    if any(token.type in ("html_block", "html_inline") for token in tokens):
        return False
    shown = Counter(word for token in tokens for word in _WORD.findall(" ".join(_words(token))))
    return not Counter(_WORD.findall(html.unescape(visible(text)))) - shown


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or ())


def _words(token: Token) -> Iterator[str]:
    """What a token shows, and what it says about itself: an address, a language, a number."""
    if token.type not in ("inline", "image"):
        yield token.content
    yield token.info
    yield from (html.unescape(str(value)) for value in chain(token.attrs.values()))
