"""The pages of an app as declared: trees are built once, live values read when drawn (behaviour.md §20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from cpsl.model.page import PageRef, page_route
from cpsl.runtime.handler import Handler

F = TypeVar("F", bound=Callable[..., Any])


class PageDeclaration:
    """One page: ``tree`` is its widget JSON once built; a React page has a ``component`` instead."""

    def __init__(
        self, name: str, order: int, icon: str, access: str, component: str | None = None, hidden: bool = False
    ) -> None:
        self.name = name
        self.order = order
        self.icon = icon
        self.access = access
        self.component = component
        self.hidden = hidden
        self.packages: tuple[str, ...] = ()
        self.route = ""
        self.tree: dict[str, Any] | None = None
        self.widget: Any = None


class Home:
    """What a new chat begins with."""

    def __init__(self) -> None:
        self.title: str | None = None
        self.subtitle: str | None = None
        self.access = "public"
        self.suggestions: list[Any] = []
        self.source: Handler | None = None
        self.source_access = "public"
        self.ttl: float = 0
        # What the function gave each caller, and until when that holds.
        self.kept: dict[tuple[str, bool], tuple[float, Sequence[Any]]] = {}


class Pages:
    """All pages of an app, and the parts of the hosted page around them."""

    def __init__(self) -> None:
        self._by_route: dict[str, PageDeclaration] = {}
        self.home = Home()
        self.trees: dict[str, dict[str, Any]] = {}
        self.components: dict[str, str] = {}
        self.chat: dict[str, str] = {}
        self.shell: dict[str, Any] = {}
        self.onboarding_redirect: str | None = None

    def __len__(self) -> int:
        return len(self._by_route)

    def __iter__(self) -> Iterator[PageDeclaration]:
        return iter(sorted(self._by_route.values(), key=lambda page: page.order))

    def add(self, page: PageDeclaration, route: str | None) -> PageRef:
        """Register a page under its route. Raises ``ValueError`` when the route is bad.

        A component takes its route at once; a page that is built takes it when its function is decorated,
        and may not find it taken then.
        """
        page.route = page_route(page.name, route)
        if page.component is not None:
            self._take(page, route)
            return PageRef(page.name, page.route)

        def build(function: Callable[..., Any]) -> Callable[..., Any]:
            page.tree, page.widget = _tree(function, f"page {page.name!r}")
            self._take(page, route)
            return function

        if page.route in self._by_route:
            page_route(page.name, route, taken=self._by_route)
        return PageRef(page.name, page.route, build)

    def built(self, slot: str) -> Callable[[F], F]:
        """Register a function whose widget fills a slot; it is called at once. Raises ``TypeError``."""

        def build(function: F) -> F:
            self.trees[slot], _ = _tree(function, slot)
            return function

        return build

    def suggesting(
        self, ttl: float, access: str, replacing: Callable[[str, Handler | None, Handler], Handler]
    ) -> Callable[[F], F]:
        """Register the function that gives the home's suggestions, in place of another one."""

        def register(function: F) -> F:
            source = replacing("@app.home_suggestions()", self.home.source, Handler(function))
            self.home.source, self.home.ttl, self.home.source_access = source, ttl, access
            return function

        return register

    def around_chat(self, mode: str, scope: str, thread_key: str, sidebar_label: str) -> Callable[[F], F]:
        """Register the page around the chat. Raises ``ValueError`` unless it holds exactly one panel."""

        def build(function: F) -> F:
            tree, _ = _tree(function, "chat_page")
            panels = sum(1 for widget in _walk(tree) if widget.get("type") == "chat_panel")
            if panels != 1:
                raise ValueError(f"a chat page holds exactly one ChatPanel, this one has {panels}")
            self.trees["chat_page"] = tree
            self.chat = {"mode": mode, "scope": scope, "thread_key": thread_key, "sidebar_label": sidebar_label}
            return function

        return build

    def _take(self, page: PageDeclaration, route: str | None) -> None:
        page.route = page_route(page.name, route, taken=self._by_route)
        self._by_route[page.route] = page


def _tree(function: Callable[..., Any], what: str) -> tuple[dict[str, Any], Any]:
    widget = function()
    if not callable(getattr(widget, "to_dict", None)):
        raise TypeError(f"{what} must return a widget such as cpsl.ui.Page([...]), not {type(widget).__name__}")
    return widget.to_dict(), widget


def _walk(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _walk(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from _walk(item)
