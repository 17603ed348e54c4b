"""A rich block an app shows (behaviour.md §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpsl.ids import RandomIds


@dataclass
class Block:
    """A block of some type with a JSON payload; without an ``id`` the envelope gets a fresh one."""

    type: str
    payload: dict[str, Any]
    id: str = ""

    def to_envelope(self) -> dict[str, Any]:
        """``{"id", "type", "payload"}``, as it is delivered and stored."""
        return {"id": self.id or f"blk_{RandomIds().hex(6)}", "type": self.type, "payload": self.payload}
