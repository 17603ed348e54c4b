"""Blocks as plain text, for channels that cannot draw them (behaviour.md §6)."""

from __future__ import annotations

import json
from typing import Any

from cpsl.render.safe import visible

# Signals to a hosted page, not something to read.
SILENT = frozenset({"widget_update", "session_event", "session_title"})


def plain_block(block: dict[str, Any]) -> str | None:
    """One line ``[type] summary``, or None for a block that is never printed."""
    if block["type"] in SILENT:
        return None
    summary = " ".join(_parts(block["payload"]))
    return visible(f"[{block['type']}] {summary}".rstrip())


def _parts(payload: dict[str, Any]) -> list[str]:
    return [
        f"{key}={value}" if isinstance(value, (str, int, float)) else f"{key}={json.dumps(value, default=str)}"
        for key, value in payload.items()
    ]
