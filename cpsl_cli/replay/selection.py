"""``-k``: which transcripts to run, by words joined with ``and``, ``or``, ``not`` and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from cpsl_cli.errors import UsageError

_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")


def matching_paths(paths: list[Path], expression: str) -> list[Path]:
    """The paths that hold the words, upper and lower case alike.

    Raises ``UsageError`` for a bad expression, and when no path is left.
    """
    chosen = _Reader(expression).read()
    found = [path for path in paths if chosen(str(path).lower())]
    if not found:
        raise UsageError(f"-k {expression}: none of {len(paths)} transcripts is meant by that.")
    return found


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
