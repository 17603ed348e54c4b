"""Records of the person who is talking. Loaded by the first ``/db``, since it brings the query compiler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cpsl.data.id_alias import hide_id
from cpsl.data.scope import scope_name
from cpsl.data.shortform import read_terms
from cpsl.runtime.collections.access import Access
from cpsl.runtime.collections.ref import scope_of
from cpsl.runtime.current import Identity
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.errors import UsageError


def visible_collections(context: ChatContext) -> dict[str, Access]:
    """Every collection there is, declared or not, by name, confined to the person."""
    environment = context.runtime.app.environment
    assert environment is not None, "the app runs while somebody sits"
    identity = Identity.of(context.user, context.talk.key.id, environment=environment)
    found: dict[str, Access] = {}
    for name in environment.store.declarations.names():
        declared = environment.store.declarations.undeclared(name, None)
        scope = scope_of(identity, scope_name(declared.scope_column), name)
        found[name] = Access(environment, declared, scope)
    return found


async def find_rows(access: Access, terms: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """The first rows that a typed filter matches, without the alias of their id. Raises ``UsageError``."""
    try:
        rows = await access.find(read_terms(terms), limit)
    except (ValueError, TypeError) as error:
        raise UsageError(f"/db: {error}") from None
    records = [dict(row) for row in rows]
    for record in records:
        hide_id(record, record["_id"])
    return records
