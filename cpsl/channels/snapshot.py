"""Copies of values for a trace: plain JSON of bounded size, without secrets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any

HIDDEN = "***"
_LONGEST_TEXT = 200
_MOST_ITEMS = 20
_MOST_VALUES = 200
_DEEPEST = 6
# A shorter secret ("1", "no") is hidden where it stands alone, or it would eat holes into everything.
_TELLING = 4
_BIGGEST = 1 << 64


class Snapshot:
    """Copies the parts of one thing; what is too long, too deep or too much is cut off with an ellipsis.

    :param secrets: texts that are hidden wherever they occur.
    """

    __slots__ = ("_left", "_secrets")

    def __init__(self, secrets: Collection[str]) -> None:
        # The longest first: it may hold a shorter one.
        self._secrets = sorted(secrets, key=len, reverse=True) if secrets else ()
        self._left = _MOST_VALUES

    def of(self, value: Any, depth: int = _DEEPEST) -> Any:
        """The copy."""
        self._left -= 1
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (int, float)):
            return self._number(value)
        if not depth or self._left < 0:
            return "…"
        if isinstance(value, Mapping):
            return self._object(value, depth - 1)
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.of(item, depth - 1) for item in self._some(value)] + ["…"] * (len(value) > _MOST_ITEMS)
        return f"<{type(value).__name__}>"

    def _object(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        copy = {self._text(str(name)): self.of(item, depth) for name, item in self._some(value.items())}
        return {**copy, "…": "…"} if len(value) > _MOST_ITEMS else copy

    def _some(self, items: Iterable[Any]) -> Iterable[Any]:
        return islice(items, _MOST_ITEMS)

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            if text == secret or (len(secret) >= _TELLING and secret in text):
                text = text.replace(secret, HIDDEN)
        return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"

    def _number(self, value: int | float) -> Any:
        if not -_BIGGEST < value < _BIGGEST:
            return f"<{type(value).__name__}>"
        return self._text(str(value)) if self._secrets and str(value) in self._secrets else value
