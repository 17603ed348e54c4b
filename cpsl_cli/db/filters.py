"""What a person types about documents: filters, sorts, updates, documents, as JSON or in the short form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cpsl.data.filters import parse_filter
from cpsl.data.scope import check_filter
from cpsl.data.shortform import parse_terms, read_filter
from cpsl.data.sort import SortKey, parse_sort
from cpsl.data.tree import And, Node
from cpsl.store.declarations import Declaration
from cpsl.store.select import Query, fields
from cpsl.store.store import Store
from cpsl_cli.db.errors import QueryError, refusing


def filter_of(terms: Sequence[str]) -> dict[str, Any]:
    """The Mongo filter of the words of a command line. Raises ``QueryError``."""
    with refusing():
        return read_filter(terms[0]) if len(terms) == 1 else parse_terms(terms)


def narrowed(store: Store, declared: Declaration, query: Query, terms: Sequence[str], sort: str | None = None) -> Query:
    """The query with a filter and a sort, which mean what they mean to an app. Raises ``QueryError``."""
    wanted = filter_of(terms)
    with refusing():
        node, keys = parse_filter(wanted), parse_sort(sort)
        if _asks_for_id(node, keys) and not store.documents.own_ids(declared):
            node, keys = parse_filter(wanted, id_alias=True), parse_sort(sort, id_alias=True)
        check_filter(node, query.scope)
    return query._replace(node=And((query.node, node)), sort=keys)


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
        raise QueryError(f"{what} is not JSON: {error}.") from None


def _asks_for_id(node: Node, keys: tuple[SortKey, ...]) -> bool:
    return "id" in fields(node) or any(key.path == ("id",) for key in keys)
