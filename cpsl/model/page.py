"""Pages and the routes they live at (behaviour.md §20)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

RESERVED_ROUTES = frozenset(
    {"api", "chat", "connections", "docs", "home", "integrations", "logs", "org", "team", "workflow"}
)
"""The platform's own routes (behaviour.md §20). It publishes no list: these are the words it was seen to refuse."""


class PageRef:
    """A declared page: ``name`` for people, ``route`` for links; as a text it is its route.

    A page made by ``app.page(...)`` decorates the function that draws it; calling any other
    raises ``TypeError``.
    """

    def __init__(
        self,
        name: str,
        route: str,
        decorator: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None,
    ) -> None:
        self.name = name
        self.route = route
        self._decorator = decorator

    @property
    def path(self) -> str:
        """The route with a leading slash."""
        return f"/{self.route}"

    @property
    def href(self) -> str:
        """The link to the page inside the app: ``#/route``."""
        return f"#/{self.route}"

    def __call__(self, fn: Function) -> Function:
        if self._decorator is None:
            raise TypeError(f"page {self.name!r} is a component; it does not decorate a function")
        self._decorator(fn)
        return fn

    def __str__(self) -> str:
        return self.route

    def __repr__(self) -> str:
        return f"PageRef({self.name!r}, {self.route!r})"


def route_slug(text: str) -> str:
    """A text as a route: lower case, ``/`` kept, runs of other characters than a–z and 0–9 as ``-``.

    What follows a ``?`` or ``#`` is no part of a route. The result may be empty.
    """
    path = re.split(r"[?#]", text, maxsplit=1)[0].lower()
    parts = (re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in path.split("/"))
    return "/".join(part for part in parts if part)


def page_route(name: str, route: str | None = None, *, taken: Collection[str] = ()) -> str:
    """The route of a new page: the slug of ``route`` if given, else of ``name``.

    A derived route that is reserved gets ``-page`` at its end. Raises ``ValueError`` when nothing
    is left of the text, when a given route is reserved, and when the route is among ``taken``.
    """
    derived = route_slug(name if route is None else route)
    if not derived:
        raise ValueError(f"page {name!r} gives no route; pass route='…' with letters or digits")
    if derived in RESERVED_ROUTES:
        if route is not None:
            raise ValueError(f"page {name!r}: the route {derived!r} is reserved")
        derived = f"{derived}-page"
    if derived in taken:
        raise ValueError(f"page {name!r}: another page already has the route {derived!r}; pass route='…'")
    return derived
