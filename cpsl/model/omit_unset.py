"""Leaving out what was not given: the rule by which declarations become JSON (behaviour.md §20, "if set")."""

from __future__ import annotations

from typing import Any


def omit_unset(**values: Any) -> dict[str, Any]:
    """The values that were set, in order: without None, False and empty texts and containers; 0 stays."""
    return {key: value for key, value in values.items() if not _is_unset(value)}


def omit_none(**values: Any) -> dict[str, Any]:
    """The values that are not None, in order; here False and empty texts count as given."""
    return {key: value for key, value in values.items() if value is not None}


def _is_unset(value: Any) -> bool:
    if value is None or value is False:
        return True
    return isinstance(value, (str, bytes, list, tuple, dict, set, frozenset)) and not value
