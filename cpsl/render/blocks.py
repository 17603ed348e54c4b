"""Blocks as plain text, for channels that cannot draw them (behaviour.md §6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from cpsl.render.safe import visible

BLOCK_TEXTS: dict[str, Callable[[Mapping[str, Any]], str] | None] = {
    # Signals to a hosted page, not something to read.
    "widget_update": None,
    "session_event": None,
    "session_title": None,
}
"""The text of a block by its type, made of its payload; None for one that is never printed.

A block of any other type is one line that says what its payload holds. So is one whose payload its function cannot
read (it raises): an app, or whoever writes a transcript by hand, may put anything there.
"""


def plain_block(block: dict[str, Any]) -> str | None:
    """What a block says, or ``[type] summary`` on one line; None for one that is never printed."""
    type_, payload = block["type"], block["payload"]
    if type_ in BLOCK_TEXTS:
        text = BLOCK_TEXTS[type_]
        if text is None:
            return None
        with suppress(LookupError, TypeError, ValueError, AttributeError):
            return visible(text(payload))
    return visible(f"[{type_}] {_summary(payload)}".rstrip())


def _summary(payload: Mapping[str, Any]) -> str:
    return " ".join(
        f"{key}={value}" if isinstance(value, (str, int, float)) else f"{key}={json.dumps(value, default=str)}"
        for key, value in payload.items()
    )
