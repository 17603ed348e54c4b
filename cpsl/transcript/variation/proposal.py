"""An expectation that fits several versions of a value, with a placeholder for each part that varies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from cpsl.transcript.comparison.captures import NAME, escape_text, literal_value
from cpsl.transcript.comparison.json_comparison import compare_json, equal_json
from cpsl.transcript.variation.common import Piece, pieces

ANY: dict[str, Any] = {"match": "any"}

_TIME = re.compile(r"\d{1,2}:\d\d(:\d\d)?([.,]\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_HEX = re.compile(r"[0-9a-fA-F-]{8,}")
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z0-9_]*)[^A-Za-z0-9\n]*\Z")
_WORD = re.compile(r"\w")


class Names:
    """Names of placeholders: one for the same thing wherever it occurs, and never one that the file has already."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._given: dict[tuple[str, ...], str] = {}

    def name(self, versions: tuple[str, ...], before: str) -> str:
        """The name for a part that has these versions; ``before`` is the text in front of it."""
        if versions not in self._given:
            wanted = _wanted(versions, before)
            numbered = (f"{wanted}_{number}" for number in range(2, len(self._taken) + 3))
            self._given[versions] = next(name for name in (wanted, *numbered) if name not in self._taken)
            self._taken.add(self._given[versions])
        return self._given[versions]


def propose_expectation(values: Sequence[Any], names: Names, key: str = "") -> Any:
    """An expected JSON value that each of the values fulfils: as much of them as they share.

    A word that varies as a whole, such as an id, gets a placeholder named after its ``key``.
    """
    first = values[0]
    if all(equal_json(first, value) for value in values[1:]):
        return literal_value(first)
    if all(isinstance(value, str) for value in values):
        word = key and all(value and not re.search(r"\s", value) for value in values)
        found = proposed_text(values, names)
        return f"{{{{{names.name(tuple(values), key)}}}}}" if word and found == ANY else found
    if all(isinstance(value, dict) and value.keys() == first.keys() for value in values):
        return {key: propose_expectation([value[key] for value in values], names, key) for key in first}
    if all(isinstance(value, list) and len(value) == len(first) for value in values):
        return [propose_expectation(list(items), names) for items in zip(*values, strict=True)]
    return ANY


def proposed_text(texts: Sequence[str], names: Names) -> Any:
    """An expected text that each of the texts fulfils: with placeholders, else as a glob, else anything."""
    if len(set(texts)) == 1:
        return escape_text(texts[0])
    found = pieces(texts)
    shared = "".join(piece.text for piece in found)
    if not _WORD.search(shared) or NAME.search(shared):
        return ANY
    if all(all(piece.versions) for piece in found if piece.varies):
        text = _with_placeholders(found, names)
        if _fits(text, texts):
            return text
    pattern = {"match": "glob", "value": "".join("*" if piece.varies else _globbed(piece.text) for piece in found)}
    return pattern if _fits(pattern, texts) else ANY


def _with_placeholders(found: Sequence[Piece], names: Names) -> str:
    text = ""
    for piece in found:
        text += f"{{{{{names.name(piece.versions, text)}}}}}" if piece.varies else piece.text
    return text


def _fits(expected: Any, texts: Iterable[str]) -> bool:
    return not any(compare_json(expected, text, {}).mismatches for text in texts)


def _globbed(text: str) -> str:
    return re.sub(r"[*?\[]", r"[\g<0>]", text)


def _wanted(versions: Iterable[str], before: str) -> str:
    """What a person might call it."""
    for pattern, name in ((_TIME, "time"), (_DATE, "date")):
        if all(pattern.fullmatch(version) for version in versions):
            return name
    word = _LAST_WORD.search(NAME.sub("", before)[-40:])
    if word:
        return word[1].lower()
    return "id" if all(_HEX.fullmatch(version) for version in versions) else "value"
