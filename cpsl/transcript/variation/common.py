"""What several versions of a text have in common, word by word, and where they vary."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

_TOKEN = re.compile(r"\w+|\n|[^\S\n]+|[^\w\s]")
_WORD = re.compile(r"\w")
# Beyond this only whole lines are compared: finding the words costs up to the square of it.
_MOST_TOKENS = 4_000
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
# Parts of one number, date, time or address: where one of them varies, the whole does.
_BEFORE = re.compile(r"(?:\w*\d\w*[-:./+])+\Z")
_AFTER = re.compile(r"(?:[-:./+]\w*\d\w*)+")


class Piece(NamedTuple):
    """A part of the text: the same in all versions, or what each of them has there (``versions`` is then empty)."""

    text: str
    versions: tuple[str, ...] = ()

    @property
    def varies(self) -> bool:
        """Whether the versions differ here."""
        return bool(self.versions)


def pieces(texts: Sequence[str]) -> list[Piece]:
    """The texts cut into what they share and what varies, in turns; joined, a version's pieces are that version.

    Neighbouring variations with only spaces or punctuation between them are one: ``12:03`` varies as a whole.
    """
    found = _cut(texts)
    merged = _without_crumbs(found)
    return _joined(_widened(_trimmed(merged)))


def _cut(texts: Sequence[str]) -> list[Piece]:
    tokens = [_TOKEN.findall(text) for text in texts]
    if sum(map(len, tokens)) > _MOST_TOKENS:
        tokens = [_LINES.findall(text) for text in texts]
    result: list[Piece] = []
    before = [-1] * len(tokens)
    for anchor in [*_anchors(tokens), [len(version) for version in tokens]]:
        between = tuple(
            "".join(version[start + 1 : end]) for version, start, end in zip(tokens, before, anchor, strict=True)
        )
        if any(between):
            result.append(Piece("", between))
        if anchor[0] < len(tokens[0]):
            result.append(Piece(tokens[0][anchor[0]]))
        before = anchor
    return result


def _anchors(tokens: Sequence[Sequence[str]]) -> list[list[int]]:
    """The tokens that all versions share, as their places in each of them."""
    first = tokens[0]
    places: list[list[int]] = [[index] for index in range(len(first))]
    for version in tokens[1:]:
        blocks = SequenceMatcher(_is_crumb, first, version, autojunk=False).get_matching_blocks()
        there = {block.a + offset: block.b + offset for block in blocks for offset in range(block.size)}
        places = [[*place, there[place[0]]] for place in places if place[0] in there]
    return places


def _is_crumb(token: str) -> bool:
    return not _WORD.search(token)


def _without_crumbs(found: list[Piece]) -> list[Piece]:
    """Spaces and punctuation alone between two variations hold nothing together."""
    result: list[Piece] = []
    held: list[Piece] = []
    for piece in found:
        if not piece.varies:
            held.append(piece)
            continue
        between = "".join(item.text for item in held)
        if result and result[-1].varies and _is_crumb(between) and "\n" not in between:
            last = result.pop()
            versions = zip(last.versions, piece.versions, strict=True)
            piece = Piece("", tuple(one + between + other for one, other in versions))  # noqa: PLW2901
        else:
            result += held
        result.append(piece)
        held = []
    return [*result, *held]


def _trimmed(found: list[Piece]) -> list[Piece]:
    """Without the spaces and punctuation that all versions have at the edges of a variation."""
    result: list[Piece] = []
    for piece in found:
        begin = _shared_crumbs(piece.versions)
        rest = tuple(version[len(begin) :] for version in piece.versions)
        end = _shared_crumbs([version[::-1] for version in rest])[::-1]
        rest = tuple(version[: len(version) - len(end)] for version in rest)
        result += [Piece(begin), Piece("", rest), Piece(end)] if piece.varies and all(rest) else [piece]
    return [piece for piece in result if piece.varies or piece.text]


def _shared_crumbs(versions: Sequence[str]) -> str:
    """What they all begin with, up to the first letter or digit."""
    letters = zip(*versions, strict=False)
    shared = takewhile(lambda row: len(set(row)) == 1 and _is_crumb(row[0]), letters)
    return "".join(row[0] for row in shared)


def _widened(found: list[Piece]) -> list[Piece]:
    """A variation with the rest of the number, date, time or address it is in."""
    result = _joined(found)
    for index, piece in enumerate(result):
        if not piece.varies or not all(re.search(r"\d", version) for version in piece.versions):
            continue
        head = _BEFORE.search(result[index - 1].text) if index else None
        tail = _AFTER.match(result[index + 1].text) if index + 1 < len(result) else None
        begin, end = head[0] if head else "", tail[0] if tail else ""
        result[index] = Piece("", tuple(begin + version + end for version in piece.versions))
        if begin:
            result[index - 1] = Piece(result[index - 1].text.removesuffix(begin))
        if end:
            result[index + 1] = Piece(result[index + 1].text.removeprefix(end))
    return [piece for piece in result if piece.varies or piece.text]


def _joined(found: list[Piece]) -> list[Piece]:
    """Neighbours of a kind as one piece."""
    result: list[Piece] = []
    for piece in found:
        last = result[-1] if result else None
        if last and last.varies == piece.varies:
            result[-1] = (
                Piece("", tuple(map("".join, zip(last.versions, piece.versions, strict=True))))
                if piece.varies
                else Piece(last.text + piece.text)
            )
        else:
            result.append(piece)
    return result
