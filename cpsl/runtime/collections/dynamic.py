"""Collections by name at run time: ``session.collections``, ``session.db``, ``app.db`` (behaviour.md §14, §15)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cpsl.data.scope import Scope, scope_name
from cpsl.runtime.collections.access import Access
from cpsl.runtime.collections.handle import CollectionHandle, ColumnLike, Filter
from cpsl.runtime.collections.ref import SCOPES, CollectionRef, ground_of, open_access, scope_of
from cpsl.runtime.current import Identity
from cpsl.runtime.environment import Environment
from cpsl.store.declarations import Declaration
from cpsl.wording import names_inherited_methods

Declared = Mapping[str, CollectionRef]


@names_inherited_methods
class DynamicCollection(CollectionHandle):
    """A collection for one fixed scope, declared or not."""

    def __init__(self, name: str, open_: Callable[[], Access], columns: Iterable[ColumnLike] = ()) -> None:
        self.name = name
        self._open = open_
        self._columns = columns

    def __repr__(self) -> str:
        return f"DynamicCollection({self.name!r})"

    async def update_one(self, filter: Filter, update: Mapping[str, Any], *, upsert: bool = False) -> dict[str, int]:
        """Update the first match, or with ``upsert`` insert what filter and update describe.

        Returns ``{"matched", "modified"}``. Raises ``ValueError`` for a bad update.
        """
        return await self._access().update_one(filter or {}, update, upsert=upsert)

    def _access(self) -> Access:
        return self._open()

    def _declared_columns(self) -> Iterable[ColumnLike]:
        return self._columns


class CollectionManager:
    """Opens collections by name: ``await session.collections.get("notes", scope="user")``."""

    def __init__(
        self,
        declared: Declared,
        environment: Callable[[], Environment | None],
        identity: Callable[[], Identity | None],
    ) -> None:
        self._declared = declared
        self._environment = environment
        self._identity = identity

    async def get(self, name: str, *, scope: str | None = None) -> DynamicCollection:
        """The collection of that name.

        A declared one has its declared scope, another one that of whoever made it, wherever that was. Raises
        ``ValueError`` for another scope, for an undeclared name without one, and when nobody is active whose scope
        it could be.
        """
        ref = self._declared.get(name)
        kind = _scope_kind(name, ref, scope)
        identity = self._identity()
        environment = ground_of(identity, self._environment, name)
        try:
            within = scope_of(identity, kind, name)
        except RuntimeError as error:
            raise ValueError(str(error)) from None
        declaration = declared_as(environment, name, ref, within)
        made = declaration.scope_column
        # One without a scope may have been made by looking into it with app.db; a scope narrows that.
        if made is not None and made != (within.column if within else None):
            raise ValueError(f"collection {name!r} was made with {scope_name(made)} scope, not {kind}")
        return DynamicCollection(
            name, lambda: open_access(environment, declaration, within, identity), ref.columns if ref else ()
        )


class ScopedDb:
    """``session.db``: each declared collection, confined to this session's identity."""

    def __init__(self, declared: Declared, identity: Identity) -> None:
        self._declared = declared
        self._identity = identity

    def __getattr__(self, name: str) -> DynamicCollection:
        if name.startswith("_"):
            raise AttributeError(name)
        ref = self._declared.get(name)
        if ref is None:
            known = ", ".join(sorted(self._declared)) or "none"
            raise ValueError(
                f"no collection {name!r} is declared (declared: {known}). "
                f'Declare it with app.collection("{name}", …), or use app.db.{name}.'
            )
        scope = scope_of(self._identity, ref.scope, name)
        return DynamicCollection(name, lambda: ref.access(scope, self._identity), ref.columns)


class RawDb:
    """``app.db`` and ``self.db``: every document of a collection, whosever it is."""

    def __init__(
        self, declared: Declared, environment: Callable[[], Environment | None], identity: Callable[[], Identity | None]
    ) -> None:
        self._declared = declared
        self._environment = environment
        self._identity = identity

    def __getattr__(self, name: str) -> DynamicCollection:
        if name.startswith("_"):
            raise AttributeError(name)
        ref = self._declared.get(name)

        def open_() -> Access:
            identity = self._identity()
            environment = ground_of(identity, self._environment, name)
            return open_access(environment, declared_as(environment, name, ref, None), None, identity)

        return DynamicCollection(name, open_, ref.columns if ref else ())


def declared_as(environment: Environment, name: str, ref: CollectionRef | None, scope: Scope | None) -> Declaration:
    """The collection's declaration, also if the app makes none."""
    if ref:
        return ref.declaration
    return environment.store.declarations.undeclared(name, scope.column if scope else None)


def _scope_kind(name: str, ref: CollectionRef | None, scope: str | None) -> str:
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"the scope of collection {name!r} is one of {', '.join(SCOPES)}, not {scope!r}")
    if ref is None and scope is None:
        raise ValueError(f"collection {name!r} is not declared: say whose it is with scope=…")
    if ref is None:
        assert scope is not None
        return scope
    if scope is not None and scope != ref.scope:
        raise ValueError(f"collection {name!r} is declared with {ref.scope} scope, not {scope}")
    return ref.scope
