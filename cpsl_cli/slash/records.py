"""Records of the person in the seat. Loaded by the first ``/db``, since it brings the query compiler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cpsl.data.scope import SCOPE_COLUMNS
from cpsl.data.shortform import read_terms
from cpsl.runtime.collections.access import Access
from cpsl.runtime.collections.ref import scope_of
from cpsl.runtime.current import Identity
from cpsl_cli.chat.seat import Seat
from cpsl_cli.errors import UsageError

_WORDS = {column: word for word, column in SCOPE_COLUMNS.items()}


def collections(seat: Seat) -> dict[str, Access]:
    """Every collection there is, declared or not, by name, confined to the person."""
    ground = seat.runtime.app.ground
    assert ground is not None, "the app runs while somebody sits"
    identity = Identity.of(seat.user, seat.talk.key.id, ground=ground)
    found: dict[str, Access] = {}
    for name in ground.store.declarations.names():
        declared = ground.store.declarations.undeclared(name, None)
        word = _WORDS.get(declared.scope_column or "", "app")
        found[name] = Access(ground, declared, scope_of(identity, word, name))
    return found


async def find(access: Access, terms: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """The first rows that a typed filter matches, without the alias of their id. Raises ``UsageError``."""
    try:
        rows = await access.find(read_terms(terms), limit)
    except (ValueError, TypeError) as error:
        raise UsageError(f"/db: {error}") from None
    return [{name: value for name, value in row.items() if name != "id" or value != row["_id"]} for row in rows]
