"""Control characters made visible, so that no text of an app can drive the terminal (DESIGN.md §11).

C0 controls and DEL are written as ``cat -v`` writes them (``^[``); C1 controls, bidirectional overrides,
line separators and lone surrogates as ``less`` does (``<U+009B>``). Newline and tab stay; CR LF is a newline.
"""

from __future__ import annotations

import re

# What changes the direction of text, ends a line or has no width, though it is no control character.
DIRECTIONS = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_UNSAFE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{DIRECTIONS}\ud800-\udfff]")


def visible(text: str) -> str:
    """The text with every control character but newline and tab made visible."""
    if text.isprintable():
        return text
    return _UNSAFE.sub(_show, text.replace("\r\n", "\n"))


def visible_line(text: str) -> str:
    """The same on a single line: newlines and tabs become visible too."""
    return visible(text).replace("\n", "^J").replace("\t", "^I")


def _show(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code == 0x7F:
        return "^?"
    return f"^{chr(code + 64)}" if code < 0x20 else f"<U+{code:04X}>"


class VisibleStream:
    """:func:`visible` for text that arrives in pieces: a CR at the end of one may belong to a CR LF."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be shown of the text so far."""
        if self._held or text.endswith("\r"):
            text = self._held + text
            self._held = "\r" if text.endswith("\r") else ""
            text = text[: len(text) - len(self._held)]
        return visible(text)

    def flush(self) -> str:
        """What was held back, at the end."""
        held, self._held = self._held, ""
        return visible(held)
