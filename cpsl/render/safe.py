"""What cannot be seen made visible, so that no text of an app can drive the terminal or hide something in it.

C0 controls and DEL are written as ``cat -v`` writes them (``^[``); C1 controls, bidirectional controls, line
separators, lone surrogates and characters without any glyph (zero-width spaces, tags, fillers, annotation marks) as
``less`` does (``<U+009B>``). Newline and tab stay; CR LF is a newline.

Some characters without a glyph are part of how others are written. They stay where they do that, and only there:

* U+200C and U+200D after a letter of a script whose letters join or stack: Arabic, Syriac, Indic, Khmer and the like.
* U+200D between two emoji, U+FE00 to U+FE0F once after an emoji, keycap, mathematical sign or ideograph.
* U+E0100 to U+E01EF once after an ideograph, Mongolian variation selectors once after a Mongolian letter.
* Tags between a black flag and the cancel tag: the flags of regions.
"""

from __future__ import annotations

import re
from functools import cache

# What changes the direction of text, ends a line or has no width, though it is no control character.
_DIRECTIONS = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff"
_UNSEEN = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u3164\ufe00-\ufe0f\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_JOINING = (
    "\u0600-\u061b\u061d-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u17ff\u1820-\u18aa\u1900-\u1cff"
    "\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefe\U00010a00-\U00010aff\U00011000-\U000114ff"
)
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff"
)
_IDEOGRAPHS = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_VARIED = f"#*0-9{_EMOJI}\u1000-\u109f\u2200-\u22ff\u3000-\u302f\ua840-\ua877{_IDEOGRAPHS}"
_TAGS = "\U000e0030-\U000e0039\U000e0061-\U000e007a"
_FLAG = "\U0001f3f4"
_ALWAYS = f"\x00-\x08\x0b-\x1f\x7f-\x9f{_DIRECTIONS}\ud800-\udfff"

# Of what is not seen, what Python calls printable all the same.
_PRINTABLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_ASCII_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@cache
def _unsafe() -> re.Pattern[str]:
    """Made when first needed: that takes milliseconds, which every start would pay."""
    return re.compile(
        f"(?P<kept>{_FLAG}[{_TAGS}]{{3,6}}\U000e007f"
        f"|(?<=[{_JOINING}])[\u200c\u200d]"
        f"|(?:(?<=[{_EMOJI}])|(?<=[{_VARIED}]\ufe0f))\u200d(?=[{_EMOJI}])"
        f"|(?<=[{_VARIED}])[\ufe00-\ufe0f]"
        f"|(?<=[{_IDEOGRAPHS}])[\U000e0100-\U000e01ef]"
        f"|(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f])"
        f"|[{_ALWAYS}{_UNSEEN}]"
    )


@cache
def _pattern(content: str) -> re.Pattern[str]:
    return re.compile(content)


def _is_plain(text: str) -> bool:
    """Whether there is nothing in it to look at; quicker than looking."""
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text.isascii() or not _pattern(f"[{_PRINTABLE}]").search(text)
    return False


# Without what follows, what stands there at the end of a piece cannot be judged.
_UNDECIDED = f"(?:\r|\u200d|{_FLAG}[{_TAGS}]{{0,6}})$"
_UNDECIDED_LENGTH = 7
_CONTEXT_LENGTH = 2
_HIDDEN = f"[{_DIRECTIONS}{_UNSEEN}]"
_IN_CONTEXT = "[\u200c\u200d\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef]"


def visible(text: str) -> str:
    """The text with every character visible that cannot be seen or acts on the terminal, but newline and tab."""
    if _is_plain(text):
        return text
    pattern = _ASCII_UNSAFE if text.isascii() else _unsafe()
    return pattern.sub(_show, text.replace("\r\n", "\n"))


def visible_line(text: str) -> str:
    """The same on a single line: newlines and tabs become visible too."""
    return visible(text).replace("\n", "^J").replace("\t", "^I")


def visible_json(text: str) -> str:
    """Lines of JSON in which everything that cannot be seen is escaped as JSON does it: their meaning stays."""
    return text if _is_plain(text) else _unsafe().sub(_escape, text)


def is_hidden(letter: str) -> bool:
    """Whether that one character, no control character, is unseen wherever it stands."""
    return (
        not letter.isascii()
        and bool(_pattern(_HIDDEN).fullmatch(letter))
        and not _pattern(_IN_CONTEXT).fullmatch(letter)
    )


def _show(found: re.Match[str]) -> str:
    if found.lastgroup:
        return found.group()
    code = ord(found.group())
    if code == 0x7F:
        return "^?"
    return f"^{chr(code + 64)}" if code < 0x20 else f"<U+{code:04X}>"


def _escape(found: re.Match[str]) -> str:
    letter = found.group()
    if found.lastgroup:
        return letter
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


class VisibleStream:
    """:func:`visible` for text that arrives in pieces, each of which may end within what belongs together."""

    __slots__ = ("_before", "_held")

    def __init__(self) -> None:
        self._before = ""
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be shown of the text so far."""
        if not self._held and text.isascii() and text.isprintable():
            self._before = text[-_CONTEXT_LENGTH:]
            return text
        text = self._held + text
        undecided = (
            None
            if text.isascii() and text[-1:] != "\r"
            else _pattern(_UNDECIDED).search(text, max(len(text) - _UNDECIDED_LENGTH, 0))
        )
        self._held = undecided.group() if undecided else ""
        return self._shown(text[: len(text) - len(self._held)])

    def flush(self) -> str:
        """What was held back, at the end."""
        held, self._held = self._held, ""
        return self._shown(held)

    def _shown(self, text: str) -> str:
        """Judged by what stands before it."""
        before, text = self._before, text.replace("\r\n", "\n")
        self._before = (before + text)[-_CONTEXT_LENGTH:]
        if text.isascii() or _is_plain(text):
            return visible(text)
        whole, start = before + text, len(before)
        parts: list[str] = []
        for found in _unsafe().finditer(whole, start):
            parts += whole[start : found.start()], _show(found)
            start = found.end()
        return "".join((*parts, whole[start:]))
