"""The fenced code blocks of a text in Markdown, as written (CommonMark §4.5)."""

from __future__ import annotations

import re

_OPENING = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}(?=[^`]*$)|~{3,})")


def code_blocks(text: str) -> list[str]:
    """What stands between the fences of each block, without their indentation; an open block goes to the end."""
    found: list[str] = []
    lines = iter(text.split("\n"))
    for line in lines:
        opening = _OPENING.match(line)
        if not opening:
            continue
        code: list[str] = []
        for inner in lines:
            if _closes(inner, opening["fence"]):
                break
            code.append(_dedented(inner, len(opening["indent"])))
        found.append("\n".join(code))
    return found


def _closes(line: str, fence: str) -> bool:
    words = line.strip()
    return len(words) >= len(fence) and not words.strip(fence[0])


def _dedented(line: str, columns: int) -> str:
    return line[min(columns, len(line) - len(line.lstrip())) :]
