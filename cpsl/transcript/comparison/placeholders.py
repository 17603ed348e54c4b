"""Texts and globs with ``{{name}}`` in them, matched in time that grows with the text and never faster.

The pieces are looked at from the last to the first: where may each begin, so that all after it still fits? Then one
walk from the front gives every gap the shortest text that leads to the end. A regular expression would find the same
captures, but may try every combination of their lengths first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple, Protocol

from cpsl.transcript.comparison.captures import NAME, Captures

# Where nothing in the text says how far a capture goes, it is a word without the punctuation around it.
WORD = r"\S+?"
WORD_STARTS = r"""(?<![^\s(\[{<"'])(?![(\[{<"'])"""
WORD_ENDS = r"""(?=[.,;:!?)\]}>"']*(?:\s|\Z))"""

_WORD_START = re.compile(WORD_STARTS + r"(?=\S)")
_CLOSING = re.compile(r"""[.,;:!?)\]}>"']+""")
_SPACE = re.compile(r"\s")
_GLOB_TOKEN = re.compile(r"\*+|\[!?\]?[^\]]*\]|.", re.DOTALL)
_GLOB_TAIL = translate("").removeprefix("(?s:")

Starts = bytearray
"""One byte for each place in the text, its end included: 1 where something may begin."""


class _Piece(Protocol):
    def starts(self, text: str, after: Starts) -> Starts:
        """Where the piece may begin, if what follows it may begin at ``after``."""
        ...

    def end(self, text: str, start: int, after: Starts) -> int:
        """Where it ends if it begins at ``start`` (one of its own ``starts``): the first place there is."""
        ...


class _Literal(NamedTuple):
    """Just this text."""

    value: str

    def starts(self, text: str, after: Starts) -> Starts:
        found = bytearray(len(text) + 1)
        place, size = text.find(self.value), len(self.value)
        while place >= 0:
            found[place] = after[place + size]
            place = text.find(self.value, place + 1)
        return found

    def end(self, text: str, start: int, after: Starts) -> int:
        return start + len(self.value)


class _Signs(NamedTuple):
    """So many characters, each fitted by a part of the expression: what ``?`` and ``[abc]`` of a glob mean."""

    expression: re.Pattern[str]
    size: int

    def starts(self, text: str, after: Starts) -> Starts:
        found = bytearray(len(text) + 1)
        for match in self.expression.finditer(text):
            found[match.start()] = after[match.start() + self.size]
        return found

    def end(self, text: str, start: int, after: Starts) -> int:
        return start + self.size


class _Gap(NamedTuple):
    """Any text between two matches of ``bounds`` (or the ends of the whole), at least ``least`` characters long.

    With ``opens`` it begins where a word does, with ``closes`` it ends where one does.
    """

    bounds: re.Pattern[str] | None
    least: int
    opens: bool = False
    closes: bool = False

    def starts(self, text: str, after: Starts) -> Starts:
        if self.closes:
            after = _both(after, _word_ends(text))
        found = bytearray(len(text) + 1)
        for first, last in self._stretches(text):
            latest = after.rfind(1, first, last + 1) - self.least
            if latest >= first:
                found[first : latest + 1] = b"\1" * (latest + 1 - first)
        return _both(found, _word_starts(text)) if self.opens else found

    def end(self, text: str, start: int, after: Starts) -> int:
        if self.closes:
            after = _both(after, _word_ends(text))
        return after.index(1, start + self.least)

    def _stretches(self, text: str) -> Iterator[tuple[int, int]]:
        begin = 0
        for bound in self.bounds.finditer(text) if self.bounds else ():
            yield begin, bound.start()
            begin = bound.end()
        yield begin, len(text)


_STAR = _Gap(None, 0)
_WITHIN_LINE = _Gap(re.compile("\n"), 1)
_ACROSS_LINES = _Gap(None, 1)


class Edges(NamedTuple):
    """How far captures may go: ``words`` where nothing beside them says so, and else within a line or across."""

    words: bool
    lines: bool


class Fit(NamedTuple):
    """What each name takes. Without ``sure`` the places of one name hold different texts, and another way may fit."""

    captures: dict[str, str]
    sure: bool


def edges(kind: str) -> tuple[Edges, ...]:
    """What is tried, in this order."""
    plain = (Edges(False, False), Edges(False, True))
    return plain if kind == "exact" else (Edges(True, False), *plain)


def fit_placeholders(kind: str, text: str, actual: str, known: Captures, reach: Edges) -> Fit | None:
    """What the placeholders of ``text`` take in ``actual``, or None if it does not fit.

    ``kind`` is ``exact``, ``contains`` or ``glob``; names in ``known`` stand for their value.
    """
    parts = _parts(kind, text, tuple(known.items()), reach)
    spans = _spans([piece for piece, _ in parts], actual, anywhere=kind == "contains")
    if spans is None:
        return None
    taken = [(name, actual[begin:end]) for (_, name), (begin, end) in zip(parts, spans, strict=True) if name]
    captures = dict(taken)
    return Fit(captures, sure=all(captures[name] == value for name, value in taken))


@lru_cache(1024)
def _parts(kind: str, text: str, values: tuple[tuple[str, str], ...], reach: Edges) -> list[tuple[_Piece, str]]:
    """The pieces in order, each with the name that takes its text, or ``""``."""
    known = dict(values)
    pieces = NAME.split(text)
    inner = _ACROSS_LINES if reach.lines else _WITHIN_LINE
    seen: set[str] = set()
    parts: list[tuple[_Piece, str]] = [(piece, "") for piece in _fixed(kind, pieces[0])]
    for at in range(1, len(pieces), 2):
        name, after = pieces[at], pieces[at + 1]
        if name in known:
            parts.append((_Literal(known[name]), ""))
        elif name in seen:
            # Its first place says how far it goes.
            parts.append((_ACROSS_LINES, name))
        else:
            opens = reach.words and is_open(kind, pieces[at - 1], outermost=at == 1)
            closes = reach.words and is_open(kind, after[:1], outermost=at + 2 == len(pieces))
            parts.append((_Gap(_SPACE, 1, opens, closes) if opens or closes else inner, name))
        seen.add(name)
        parts += ((piece, "") for piece in _fixed(kind, after))
    return parts


def is_open(kind: str, beside: str, *, outermost: bool) -> bool:
    """Whether what stands beside a capture leaves open how far it goes."""
    if kind == "glob":
        return beside.endswith("*")
    return outermost and not beside


def _fixed(kind: str, text: str) -> list[_Piece]:
    if kind != "glob":
        return [_Literal(text)] if text else []
    pieces: list[_Piece] = []
    signs: list[str] = []
    size = 0
    for token in [*_GLOB_TOKEN.findall(text), ""]:
        if token and not token.startswith("*"):
            signs.append(glob_source(token))
            # A bracket that is never closed, or holds nothing, stands for itself.
            size += len(token) if signs[-1].startswith("\\[") else 1
            continue
        if signs:
            # As a lookahead, it finds places that overlap as well.
            pieces.append(_Signs(re.compile(f"(?={''.join(signs)})", re.DOTALL), size))
            signs, size = [], 0
        if token:
            pieces.append(_STAR)
    return pieces


def glob_source(text: str) -> str:
    """The source of a glob piece by piece: translated as a whole, its stars could not give way to a capture."""
    return "".join(
        ".*?" if token.startswith("*") else translate(token).removeprefix("(?s:").removesuffix(_GLOB_TAIL)
        for token in _GLOB_TOKEN.findall(text)
    )


def _spans(pieces: Sequence[_Piece], text: str, *, anywhere: bool) -> list[tuple[int, int]] | None:
    """Where each piece begins and ends in the first fit, or None. ``anywhere``: more may stand around it."""
    after = bytearray(b"\1" * (len(text) + 1)) if anywhere else bytearray(len(text)) + b"\1"
    places = [after]
    for piece in reversed(pieces):
        after = piece.starts(text, after)
        if 1 not in after:
            return None
        places.append(after)
    start = places.pop().find(1)
    if start and not anywhere:
        return None
    spans = []
    for piece in pieces:
        end = piece.end(text, start, places.pop())
        spans.append((start, end))
        start = end
    return spans


def _both(one: Starts, other: Starts) -> Starts:
    size = len(one)
    return bytearray((int.from_bytes(one, "big") & int.from_bytes(other, "big")).to_bytes(size, "big"))


def _word_starts(text: str) -> Starts:
    found = bytearray(len(text) + 1)
    for match in _WORD_START.finditer(text):
        found[match.start()] = 1
    return found


def _word_ends(text: str) -> Starts:
    found = bytearray(len(text) + 1)
    found[len(text)] = 1
    for match in _SPACE.finditer(text):
        found[match.start()] = 1
    for match in _CLOSING.finditer(text):
        if found[match.end()]:
            found[match.start() : match.end()] = b"\1" * len(match[0])
    return found
