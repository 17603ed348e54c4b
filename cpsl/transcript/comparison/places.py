"""Places in a JSON value, as a person writes them: ``cart.items[2].price``."""

from __future__ import annotations

import re
from typing import Any

from cpsl.model.codec import dumps

Place = tuple[str | int, ...]
"""Keys and indices from the outside in."""

_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*\Z")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(-?\d+)\]")


def place_text(place: Place) -> str:
    """A place as text; a key that is no plain word is quoted: ``data["a b"][0]``."""
    parts = []
    for step in place:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN_KEY.match(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f"[{dumps(step)}]")
    return "".join(parts)


def parse_place(path: str) -> Place | None:
    """The place a dotted path names, or None where it names none; ``a.0`` and ``a[0]`` both reach into an array."""
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if not found or (at > 0 and path[at] not in ".["):
            return None
        steps.append(int(found[2]) if found[2] else found[1])
        at = found.end()
    return tuple(steps)


def value_at_place(value: Any, place: Place) -> tuple[bool, Any]:
    """Whether there is something at the place, and what it is."""
    for step in place:
        if isinstance(value, dict) and isinstance(step, str) and step in value:
            value = value[step]
        elif isinstance(value, list) and (index := _index(step, len(value))) is not None:
            value = value[index]
        else:
            return False, None
    return True, value


def _index(step: str | int, size: int) -> int | None:
    if isinstance(step, str):
        if not (step.isascii() and step.isdigit()):
            return None
        step = int(step)
    return step if -size <= step < size else None
