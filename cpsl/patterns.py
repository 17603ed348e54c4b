"""Regular expressions that people wrote, run by an engine that can be stopped.

`re` holds the interpreter until it is done, so that a pattern which backtracks takes Ctrl-C, SIGTERM and every time
limit with it. The engine here lets other threads run meanwhile and gives up after a while. It reads what `re` reads,
and more. Only using a pattern loads it.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

from cpsl.errors import CapsuleError
from cpsl.textwidth import cut

LIMIT_SECONDS = 0.5
"""Processor time that one search may take. A whole book needs a thousandth of it."""

_LONGEST_SHOWN = 80
_MOST_WRITTEN_OUT = 100_000
_PART = r"""(?x) \\. | \[\^?\]?(?:\\.|[^\]\\])*\] | [()] | \{(?P<count>\d+)(?:,\d*)?\} | ."""
"""What one part of a pattern is: an escape, a set of characters, a parenthesis, a counted repetition, a character."""

_FLAGS = {"i": "IGNORECASE", "m": "MULTILINE", "s": "DOTALL", "x": "VERBOSE", "a": "ASCII"}


class PatternError(ValueError):
    """A text that is no pattern."""


class PatternTimeout(CapsuleError, PatternError):
    """A search that was given up."""


class Pattern:
    """A compiled pattern; `compile_pattern` makes it. Each search may take `seconds` of processor time."""

    __slots__ = ("_compiled", "_seconds", "text")

    def __init__(self, text: str, compiled: Any, seconds: float) -> None:
        self.text = text
        self._compiled = compiled
        self._seconds = seconds

    def search(self, text: str) -> Any:
        """Return the first match anywhere (as `re.Match`), or None. Raises `PatternTimeout`."""
        try:
            return self._compiled.search(text, timeout=self._seconds, concurrent=True)
        except TimeoutError:
            raise self._gave_up(text) from None

    def fullmatch(self, text: str) -> Any:
        """Return the match of the whole text (as `re.Match`), or None. Raises `PatternTimeout`."""
        try:
            return self._compiled.fullmatch(text, timeout=self._seconds, concurrent=True)
        except TimeoutError:
            raise self._gave_up(text) from None

    def _gave_up(self, text: str) -> PatternTimeout:
        return PatternTimeout(
            f"the pattern {quote_pattern(self.text)} was given up after {self._seconds:g} s on a text of {len(text):,} "
            "characters: it can match in too many ways; repetitions inside repetitions, as in (a+)+, cause that"
        )


@lru_cache(maxsize=512)
def compile_pattern(text: str, flags: str = "", *, seconds: float = LIMIT_SECONDS, name: str | None = None) -> Pattern:
    """Return the compiled pattern, in the syntax of Python's `re`.

    :param flags: letters of `imsxa`, as in `(?ims)`.
    :param name: the text that errors name, if not the pattern itself.

    Raises `PatternError` with the engine's words and the position.
    """
    import regex  # 25 ms that only a pattern pays

    if _written_out(text) > _MOST_WRITTEN_OUT:
        most = f"{_MOST_WRITTEN_OUT:,} characters"
        raise PatternError(f"{quote_pattern(name or text)} is not a pattern: its repetitions come to more than {most}")
    number = regex.VERSION0
    for letter in flags:
        number |= getattr(regex, _FLAGS[letter])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return Pattern(name or text, regex.compile(text, number, cache_pattern=False), seconds)
    except (regex.error, Warning, OverflowError, RecursionError, ValueError) as error:
        said = str(error).split("\n", maxsplit=1)[0] or type(error).__name__
        raise PatternError(f"{quote_pattern(name or text)} is not a pattern: {said}") from None


def _written_out(text: str) -> int:
    """How long a pattern is, about, with each counted repetition written out; the engine does that as it compiles."""
    if "{" not in text:
        return 0
    import re

    outer: list[int] = []
    length = last = 0
    for part in re.finditer(_PART, text, re.DOTALL):
        if part["count"]:
            # Of a number with thousands of digits as much as matters.
            last = last * int(part["count"][:9]) if len(part["count"]) < 10 else _MOST_WRITTEN_OUT + 1
        elif part[0] == "(":
            outer.append(length + last)
            length = last = 0
        elif part[0] == ")" and outer:
            length, last = outer.pop(), length + last
        else:
            length, last = length + last, 1
        if last > _MOST_WRITTEN_OUT:
            return last
    return length + last


def quote_pattern(text: str) -> str:
    """Return a pattern for a message: quoted, and cut if it is long."""
    shown = cut(text, _LONGEST_SHOWN, "")
    return repr(shown) + ("…" if shown != text else "")
