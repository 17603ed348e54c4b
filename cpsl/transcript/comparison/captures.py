"""``{{name}}`` in an expected text: captured at first sight, then it has to match itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

NAME = re.compile(r"\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}")

Captures = Mapping[str, str]
"""What has been captured so far in one file, by name."""


@lru_cache(4096)
def names(text: str) -> tuple[str, ...]:
    """The names in a text, each once, in the order of their first sight."""
    return tuple(dict.fromkeys(NAME.findall(text)))


def fill_captures(text: str, captures: Captures) -> str:
    """A user line's text with each captured ``{{name}}`` replaced; what was not captured stays as it is."""
    return NAME.sub(lambda found: captures.get(found[1], found[0]), text)


def escape_text(text: str) -> Any:
    """What a transcript holds for a text that was really said, so that it is read back as just that text.

    A text with a ``{{name}}`` would be read as a capture, an empty one is refused as an expectation: both
    become an exact matcher object, which never captures. Every other text stays itself.
    """
    return {"match": "exact", "value": text} if not text or NAME.search(text) else text


def restore_placeholders(text: str, expected: str, captures: Captures) -> Any:
    """What a transcript holds for a text that was said where another was expected.

    As :func:`escape_text`; but what the placeholders of the expected text hold is written as them again, where it
    stands as a word: such a value is another one at the next run.
    """
    held = {captures[name]: name for name in names(expected) if name in captures}
    if not held or NAME.search(text):
        return literal_value(text)
    longest_first = "|".join(map(re.escape, sorted(held, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", lambda found: f"{{{{{held[found[0]]}}}}}", text)


def literal_value(value: Any) -> Any:
    """What a transcript holds for a JSON value, so that no part of it is read as a matcher or a capture.

    Only the parts that could be are wrapped, so that a difference next to them is still found in its place.
    """
    if isinstance(value, str):
        return {"match": "exact", "value": value} if NAME.search(value) else value
    if isinstance(value, dict):
        if "match" in value:
            return {"match": "exact", "value": value}
        return {key: literal_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [literal_value(item) for item in value]
    return value
