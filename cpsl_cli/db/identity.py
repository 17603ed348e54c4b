"""``--as USER --org ORG``: the records that person's apps would see (behaviour.md §12, §13.4)."""

from __future__ import annotations

from typing import NamedTuple

from cpsl.data.scope import Scope, scope_name
from cpsl.data.tree import EVERYTHING, In, Node
from cpsl.model.identity import UserInfo
from cpsl.store.declarations import Declaration
from cpsl.store.store import Store
from cpsl.store.stored_values import SessionRecord
from cpsl.store.ways import Query
from cpsl_cli.config import load_config
from cpsl_cli.db.db_errors import QueryError
from cpsl_cli.errors import UsageError
from cpsl_cli.people import People
from cpsl_cli.project import project_here


class Viewer(NamedTuple):
    """Whose eyes a command looks with: a person, as a member of ``org`` or of the organisation they are known with."""

    user: str
    org: str | None = None


def viewer_of(user: str | None, org: str | None) -> Viewer | None:
    """The viewer that ``--as`` and ``--org`` name; None sees everything. Raises ``UsageError`` for an org alone."""
    if user is not None:
        return Viewer(user, org)
    if org:
        raise UsageError("--org needs --as USER: it says for which organisation that person acts.")
    return None


def sessions_of(store: Store, user: str | None) -> list[SessionRecord]:
    """The person's conversations, or everybody's; the latest activity first."""
    return [record for record in store.conversations.all() if user in (None, record.user.id)]


def owners(store: Store, declared: Declaration, viewer: Viewer) -> tuple[str, ...]:
    """The values of the collection's scope column that mean the viewer; none for app scope."""
    scope = scope_name(declared.scope_column)
    if scope == "app":
        return ()
    if scope == "user":
        return (viewer.user,)
    if scope == "session":
        return tuple(record.id for record in sessions_of(store, viewer.user))
    return (person(store, viewer).owner_id,)


def person(store: Store, viewer: Viewer) -> UserInfo:
    """The viewer as the config has them, else as they were in the latest of their sessions."""
    if viewer.org:
        return UserInfo(viewer.user, org_id=viewer.org)
    known, sessions = People(load_config(project_here())), sessions_of(store, viewer.user)
    if viewer.user in known or not sessions:
        return known.find(viewer.user).user
    return sessions[0].user


def seen_by(store: Store, declared: Declaration, viewer: Viewer | None) -> Query:
    """The query for everything in the collection that the viewer sees; all of it for None."""
    if viewer is None or declared.scope_column is None:
        return Query(EVERYTHING)
    values = owners(store, declared, viewer)
    if len(values) == 1:
        return Query(EVERYTHING, scope=Scope(declared.scope_column, values[0]))
    theirs: Node = In((declared.scope_column,), values)
    return Query(theirs)


def scope_for_insert(store: Store, declared: Declaration, viewer: Viewer | None) -> Scope | None:
    """The scope a new document gets: the viewer's own, of sessions the latest.

    Raises ``QueryError`` when the person has no session to put it in.
    """
    if viewer is None or declared.scope_column is None:
        return None
    values = owners(store, declared, viewer)
    if not values:
        raise QueryError(f"{viewer.user!r} has no session yet that a document of {declared.name!r} could belong to.")
    return Scope(declared.scope_column, values[0])
