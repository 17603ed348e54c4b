"""What a person types about documents: filters, updates, documents, as JSON or in the short form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cpsl.data.shortform import read_filter, read_terms
from cpsl_cli.db.db_errors import QueryError, refusing


def filter_of(terms: Sequence[str]) -> dict[str, Any]:
    """The Mongo filter of the words of a command line. Raises ``QueryError``."""
    with refusing():
        return read_terms(terms)


def update_of(text: str) -> dict[str, Any]:
    """An update: JSON, or ``field=value`` terms. Raises ``QueryError``."""
    if text.lstrip().startswith("{"):
        return _object(text, "the update")
    with refusing():
        patch = read_filter(text)
    if not patch or any(isinstance(value, dict) for value in patch.values()):
        raise QueryError(f"{text!r} is no update: write JSON, or field=value.")
    return patch


def documents_of(text: str) -> list[dict[str, Any]]:
    """The documents to insert: one JSON object, or an array of them. Raises ``QueryError``."""
    value = _json(text, "the document")
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(document, dict) for document in found):
        raise QueryError("a document is a JSON object, or an array of objects.")
    return found


def _object(text: str, what: str) -> dict[str, Any]:
    value = _json(text, what)
    if not isinstance(value, dict):
        raise QueryError(f"{what} is no JSON object.")
    return value


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        example = """: write '{"field": "value"}'""" if not text.lstrip().startswith(("{", "[")) else ""
        raise QueryError(f"{what} is not JSON{example} ({error}).") from None
