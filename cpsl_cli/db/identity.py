"""``--as USER``: the records that person's apps would see (API.md §13.4, DESIGN.md §8)."""

from __future__ import annotations

from cpsl.data.scope import Scope
from cpsl.data.tree import EVERYTHING, In, Node
from cpsl.model.identity import UserInfo
from cpsl.store.declarations import Declaration
from cpsl.store.records import SessionRecord
from cpsl.store.select import Query
from cpsl.store.store import Store
from cpsl_cli.db.errors import QueryError

OWNERS = {"_user_id": "user", "_team_id": "owner", "_session_id": "session"}
"""Scope columns with the scope's name."""


def sessions_of(store: Store, user: str | None) -> list[SessionRecord]:
    """The person's conversations, or everybody's; the latest activity first."""
    return [record for record in store.conversations.all() if user in (None, record.user.id)]


def owners(store: Store, declared: Declaration, user: str) -> tuple[str, ...]:
    """The values of the collection's scope column that mean the person; none for app scope.

    The organisation is that of the person's latest conversation.
    """
    column = declared.scope_column
    if column is None:
        return ()
    if column == "_user_id":
        return (user,)
    sessions = sessions_of(store, user)
    if column == "_session_id":
        return tuple(record.id for record in sessions)
    return (sessions[0].user.owner_id if sessions else UserInfo(user).owner_id,)


def seen_by(store: Store, declared: Declaration, user: str | None) -> Query:
    """The query for everything in the collection that the person sees; all of it for None."""
    if user is None or declared.scope_column is None:
        return Query(EVERYTHING)
    values = owners(store, declared, user)
    if len(values) == 1:
        return Query(EVERYTHING, scope=Scope(declared.scope_column, values[0]))
    theirs: Node = In((declared.scope_column,), values)
    return Query(theirs)


def scope_for_insert(store: Store, declared: Declaration, user: str | None) -> Scope | None:
    """The scope a new document gets: the person's own, of sessions the latest.

    Raises ``QueryError`` when the person has no session to put it in.
    """
    if user is None or declared.scope_column is None:
        return None
    values = owners(store, declared, user)
    if not values:
        raise QueryError(f"{user!r} has no session yet that a document of {declared.name!r} could belong to.")
    return Scope(declared.scope_column, values[0])
