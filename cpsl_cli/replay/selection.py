"""Which transcripts are meant: files, folders with all they hold, and of those the ones that ``-k`` chooses."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from cpsl.transcript.record import ATTACHMENTS
from cpsl_cli.errors import UsageError

SUFFIX = ".jsonl"
_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")


def find_transcripts(places: Sequence[str]) -> list[Path]:
    """The transcript files, in the order of the places and sorted within a folder, each once.

    Raises ``UsageError`` for a place that is not there, and where there is no transcript at all.
    """
    found: dict[Path, None] = {}
    for place in places:
        path = Path(place)
        if path.is_dir():
            found.update(dict.fromkeys(_within(path)))
        elif path.exists():
            found[path] = None
        else:
            raise UsageError(f"{place}: there is no such file or folder.")
    if not found:
        raise UsageError(f"no transcript found: {', '.join(places)} holds no file that ends in {SUFFIX}.")
    return list(found)


def matching_paths(paths: list[Path], expression: str) -> list[Path]:
    """The paths that hold the words, joined with ``and``, ``or``, ``not`` and parentheses, in any case.

    Raises ``UsageError`` for a bad expression, and when no path is left.
    """
    chosen = _Reader(expression).read()
    found = [path for path in paths if chosen(str(path).lower())]
    if not found:
        raise UsageError(f"-k {expression}: none of {len(paths)} transcripts is meant by that.")
    return found


def _within(folder: Path) -> list[Path]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ATTACHMENTS and not name.startswith(".")]
        found += [Path(place) / name for name in names if name.endswith(SUFFIX)]
    return sorted(found)


class _Reader:
    """Reads an expression, by descent: ``or`` binds less than ``and``, that less than ``not``."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = _TOKEN.findall(expression)

    def read(self) -> Callable[[str], bool]:
        chosen = self._either()
        if self._tokens:
            self._refuse()
        return chosen

    def _either(self) -> Callable[[str], bool]:
        parts = [self._both()]
        while self._next_is("or"):
            parts.append(self._both())
        return lambda text: any(part(text) for part in parts)

    def _both(self) -> Callable[[str], bool]:
        parts = [self._one()]
        while self._next_is("and"):
            parts.append(self._one())
        return lambda text: all(part(text) for part in parts)

    def _one(self) -> Callable[[str], bool]:
        if self._next_is("not"):
            refused = self._one()
            return lambda text: not refused(text)
        if self._next_is("("):
            inner = self._either()
            if not self._next_is(")"):
                self._refuse()
            return inner
        if not self._tokens or self._tokens[0] in (")", "and", "or"):
            self._refuse()
        word = self._tokens.pop(0).lower()
        return lambda text: word in text

    def _next_is(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False

    def _refuse(self) -> None:
        raise UsageError(f"-k {self._expression}: write words joined by and, or, not and parentheses.")
