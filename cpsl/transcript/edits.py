"""Changes to the text of a file by line numbers, which leave every other byte alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from cpsl.model.codec import dumps

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class Edits:
    """Gathers changes; ``result`` makes them. Lines end at a line feed, as JSON lines do."""

    def __init__(self, text: str) -> None:
        *lines, rest = text.split("\n")
        self._lines = [(line.removesuffix("\r"), "\r\n" if line.endswith("\r") else "\n") for line in lines]
        if rest:
            self._lines.append((rest, ""))
        self._replaced: dict[int, str] = {}
        self._removed: set[int] = set()
        self._inserted: dict[int, list[str]] = {}

    def line(self, number: int) -> str | None:
        """The present line of that number, from 1, without its newline; None if the file is shorter."""
        return self._lines[number - 1][0] if 0 < number <= len(self._lines) else None

    def replace(self, number: int, line: str) -> None:
        """Put another line in its place."""
        self._replaced[number] = line

    def remove(self, number: int) -> None:
        """Take the line out."""
        self._removed.add(number)

    def insert(self, after: int, line: str) -> None:
        """Put a new line after that one, and after those already put there."""
        self._inserted.setdefault(after, []).append(line)

    def result(self) -> str:
        """The new text; its last line ends as the last line of the old one did."""
        newline = self._lines[0][1] or "\n" if self._lines else "\n"
        rows: list[tuple[str, str]] = []
        for number, (line, end) in enumerate(self._lines, 1):
            if number not in self._removed:
                rows.append((self._replaced.get(number, line), end))
            rows += ((added, newline) for added in self._inserted.get(number, ()))
        unfinished = bool(self._lines) and not self._lines[-1][1]
        if unfinished and rows:
            rows = [(line, end or newline) for line, end in rows]
            rows[-1] = (rows[-1][0], "")
        return "".join(line + end for line, end in rows)


def rewrite_values(line: str, new: Mapping[str, Any]) -> str:
    """A JSON object's text with the values of ``new``: only those that differ are written anew.

    Its keys and their order, its spacing and all that surrounds it stay. Only where ``new`` has other keys
    the whole object is written anew.
    """
    begin = line.index("{")
    old, end = _DECODER.raw_decode(line, begin)
    if old.keys() != new.keys():
        return line[:begin] + dumps(new) + line[end:]
    for name, (start, stop) in sorted(_spans(line, begin).items(), key=lambda item: item[1], reverse=True):
        value = dumps(new[name])
        if value != dumps(old[name]):
            line = line[:start] + value + line[stop:]
    return line


def _spans(line: str, begin: int) -> dict[str, tuple[int, int]]:
    """Where the value of each key stands in the object that begins there."""
    spans = {}
    at = _skip(line, begin + 1)
    while line[at] != "}":
        name, at = _DECODER.raw_decode(line, at)
        start = _skip(line, _skip(line, at) + 1)
        _, stop = _DECODER.raw_decode(line, start)
        spans[name] = (start, stop)
        at = _skip(line, stop)
        at = _skip(line, at + 1) if line[at] == "," else at
    return spans


def _skip(line: str, at: int) -> int:
    found = _SPACE.match(line, at)
    return found.end() if found else at
