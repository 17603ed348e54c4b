"""``app.collection(...)`` and what it gives: a declared collection (behaviour.md §13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from cpsl.data.scope import SCOPE_COLUMNS, Scope
from cpsl.model.column import as_column
from cpsl.runtime.collections.access import Access
from cpsl.runtime.collections.handle import CollectionHandle, ColumnLike
from cpsl.runtime.current import Identity, active
from cpsl.runtime.environment import Environment
from cpsl.store.declarations import Declaration, check_collection_name
from cpsl.wording import names_inherited_methods

SCOPES = ("app", *SCOPE_COLUMNS)


@names_inherited_methods
class CollectionRef(CollectionHandle):
    """A declared collection, used as whoever is active.

    :param declared_at: the app's own file and line.

    Before the app runs every operation raises ``RuntimeError``; so does a scoped one without an identity.
    """

    def __init__(
        self,
        environment: Callable[[], Environment | None],
        name: str,
        columns: Iterable[ColumnLike],
        scope: str,
        hints: Mapping[str, Any],
        declared_at: tuple[str, int] = ("", 0),
    ) -> None:
        if scope not in SCOPES:
            raise ValueError(f"the scope of collection {name!r} is one of {', '.join(SCOPES)}, not {scope!r}")
        check_collection_name(name)
        self._environment = environment
        self.name = name
        self.columns = list(columns)
        self._keys = tuple(as_column(column).key for column in self.columns)
        self.scope = scope
        self.declared_at = declared_at
        self.sortable: bool = hints["sortable"]
        self.filterable: bool = hints["filterable"]
        self.paginate: int = hints["paginate"]

    def __repr__(self) -> str:
        bound = "bound" if self._environment() else "unbound"
        return f"CollectionRef({self.name!r}, scope={self.scope!r}, {bound})"

    async def update_one(self, filter: Mapping[str, Any] | None, update: Mapping[str, Any]) -> dict[str, int]:
        """Update the first match with a patch or with operators. Returns ``{"matched", "modified"}``.

        Raises ``ValueError`` for a bad update, ``TypeError`` for values JSON cannot hold.
        """
        return await self._access().update_one(filter or {}, update)

    @cached_property
    def declaration(self) -> Declaration:
        """What the store makes of the declaration: generated columns and indexes."""
        return Declaration(self.name, self._keys, self.sortable or self.filterable, SCOPE_COLUMNS.get(self.scope))

    def _declared_columns(self) -> Iterable[ColumnLike]:
        return self.columns

    def _access(self) -> Access:
        identity = active.get()
        return self.access(scope_of(identity, self.scope, self.name), identity)

    def access(self, scope: Scope | None, identity: Identity | None) -> Access:
        """The operations within a scope, written under the identity's turn. Raises ``RuntimeError`` unbound."""
        return open_access(ground_of(identity, self._environment, self.name), self.declaration, scope, identity)


def scope_of(identity: Identity | None, scope: str, name: str) -> Scope | None:
    """The scope of that kind for the identity; None for app scope.

    Raises ``RuntimeError`` naming collection and scope when the identity cannot provide it.
    """
    if scope == "app":
        return None
    value = identity.owner_in(scope) if identity else ""
    if not value:
        raise RuntimeError(
            f"collection {name!r} has {scope} scope, and no {scope} is active here: "
            "use it in a handler, or declare it with scope='app'."
        )
    return _scope(SCOPE_COLUMNS[scope], value)


# Nearly every operation is on behalf of somebody who has done one before.
_scope = lru_cache(maxsize=256)(Scope)


def ground_of(identity: Identity | None, app_ground: Callable[[], Environment | None], name: str) -> Environment:
    """The running app's environment. Raises ``RuntimeError`` "not bound" before it runs."""
    environment = (identity.environment if identity else None) or app_ground()
    if environment is None:
        raise RuntimeError(f"collection {name!r} is not bound: it can be used once the app runs.")
    return environment


def open_access(
    environment: Environment, declared: Declaration, scope: Scope | None, identity: Identity | None
) -> Access:
    """The operations on a collection; its changes tell the conversation's widgets (behaviour.md §13.4)."""
    output = identity.output if identity else None
    if output is None:
        return Access(environment, declared, scope)
    turn, changed = output.turn.stored, output.collection_changed
    if not output.watched:
        return Access(environment, declared, scope, turn=turn, changed=changed)
    from cpsl.runtime.collections.traced import TracedAccess  # noqa: PLC0415 - only when somebody watches

    return TracedAccess(output, environment, declared, scope, turn=turn, changed=changed)
