"""``--md``: a transcript as Markdown, for a README (UX R12).

Written for GitHub: a person's words in bold, what the app says as quotes. What only a developer looks at, such
as changes of ``session.data`` and times, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cpsl.render.safe import visible, visible_line
from cpsl.transcript.document import Transcript
from cpsl_cli.replay.script import Said, home_of, read_aloud, turns_of

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&!]")
_NUMBERED = re.compile(r"(\d+)([.)])(\s|$)")
_CODE = re.compile(r"(`+)(?:(?!\1).)*\1")
# A word in angle brackets would be taken for HTML and vanish; an address in them is a link.
_TAG = re.compile(r"<(?=[A-Za-z/!?])(?!https?:|mailto:)")


def markdown(transcript: Transcript, until: int | None = None) -> Iterator[str]:
    """The chat as paragraphs and quotes, up to the turn ``until``; each with an empty line after it."""
    home = home_of(transcript)
    for records in turns_of(transcript, until):
        for said in read_aloud(records, home):
            text = _paragraph(said)
            if text:
                yield text + "\n"


def _paragraph(said: Said) -> str:
    if said.kind == "user":
        # Always a bold paragraph of its own: what a person types is no Markdown.
        return _bold(f"{said.note}: {said.text}" if said.note else said.text, "❯ ")
    if said.kind == "reply":
        return _quoted(f"*({said.note})* {literal(said.text)}".rstrip() if said.note else _reply(said.text))
    if said.kind in ("notify", "end"):
        return _quoted(f"*{literal(said.text).strip()}*")
    if said.kind == "block":
        return _quoted(_fenced(visible(said.text)))
    if said.kind == "prompt":
        return _quoted(f"**{literal(said.text).strip()}**")
    if said.kind == "answer":
        return _bold(said.text, "❯ ")
    return _quoted(f"⚠ {literal(said.text)}") if said.kind == "error" else ""


def literal(text: str) -> str:
    """Text that Markdown shows as it is, its line breaks too."""
    lines = (_SPECIAL.sub(r"\\\g<0>", line) for line in visible(text).split("\n"))
    return "\\\n".join(_NUMBERED.sub(r"\1\\\2\3", line, count=1) for line in lines)


def heading(name: str) -> str:
    """The heading of one of several transcripts."""
    return f"### {literal(visible_line(name))}\n"


def _bold(text: str, mark: str) -> str:
    first, *rest = [line for line in (literal(line).strip() for line in visible(text).split("\n")) if line] or [""]
    return "\\\n".join(f"**{line}**" for line in (mark + first, *rest)) if first else ""


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip(" ") if not line.strip() else f"> {line}" for line in text.split("\n"))


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _reply(text: str) -> str:
    """A reply is Markdown, but in a chat each line break counts, and HTML is text."""
    lines: list[str] = []
    fence = ""
    for line in visible(text).rstrip("\n").split("\n"):
        opened = _FENCE.match(line)
        if fence:
            lines.append(line)
            fence = "" if opened and opened[1].startswith(fence) and line.strip() == opened[1] else fence
        elif opened:
            lines.append(line)
            fence = opened[1]
        else:
            if line.strip() and lines and lines[-1].strip() and not _FENCE.match(lines[-1]):
                lines[-1] += "  "
            lines.append(_without_tags(line))
    return "\n".join(lines) + (f"\n{fence}" if fence else "")


def _without_tags(line: str) -> str:
    pieces = []
    at = 0
    for code in _CODE.finditer(line):
        pieces += [_TAG.sub(r"\\<", line[at : code.start()]), code.group()]
        at = code.end()
    return "".join(pieces) + _TAG.sub(r"\\<", line[at:])
