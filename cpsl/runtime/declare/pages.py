"""Pages, home, theme and integrations (behaviour.md §20, §21, §27). Only declared here; drawing is a channel's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cpsl.runtime.declare.base import DeclarationGroup, F, checked_access

if TYPE_CHECKING:
    from cpsl.model.integration import Integration, IntegrationConfig
    from cpsl.model.page import PageRef
    from cpsl.model.secret import Secret
    from cpsl.model.theme import PresetName, Radius

AccessLevel = str


class PageDeclarations(DeclarationGroup):
    """What an app shows beside the chat."""

    def page(
        self,
        name: str,
        *,
        icon: str = "file",
        order: int | None = None,
        access: AccessLevel = "public",
        route: str | None = None,
    ) -> PageRef:
        """Declare a page; the result decorates the function that builds it, which is called at once.

        Raises ``ValueError`` for a bad or taken route, ``TypeError`` when the function gives no widget.
        """
        from cpsl.runtime.pages import PageDeclaration  # noqa: PLC0415

        page = PageDeclaration(name, self._order(order), icon, checked_access(access))
        return self.registry.pages.add(page, route)

    def add_page(
        self,
        name: str,
        *,
        icon: str = "file",
        component: str,
        packages: list[str] | None = None,
        order: int | None = None,
        access: AccessLevel = "public",
        route: str | None = None,
        hidden: bool = False,
    ) -> PageRef:
        """Declare a page that is a React component; a terminal can only name it.

        Raises ``ValueError`` for a bad or taken route.
        """
        from cpsl.runtime.pages import PageDeclaration  # noqa: PLC0415

        page = PageDeclaration(name, self._order(order), icon, checked_access(access), component, hidden)
        page.packages = tuple(packages or ())
        return self.registry.pages.add(page, route)

    def home(
        self,
        *,
        title: str | None = None,
        subtitle: str | None = None,
        suggestions: Sequence[Any] | None = None,
        access: AccessLevel = "public",
    ) -> None:
        """Declare what a new chat begins with. Raises ``ValueError`` for a bad access."""
        home = self.registry.pages.home
        home.title, home.subtitle, home.access = title, subtitle, checked_access(access)
        home.suggestions = list(suggestions or ())

    def home_body(self, *, access: AccessLevel = "public") -> Callable[[F], F]:
        """Register the function that builds the home page's body; it is called at once."""
        checked_access(access)
        return self.registry.pages.built("home_body")

    def home_suggestions(self, *, ttl: float = 0, access: AccessLevel = "public") -> Callable[[F], F]:
        """Register a function that gives suggestions, kept ``ttl`` seconds per caller.

        Raises ``ValueError`` for a negative ``ttl``.
        """
        if ttl < 0:
            raise ValueError(f"ttl is a number of seconds from 0, not {ttl}")
        return self.registry.pages.suggesting(ttl, checked_access(access), self.registry.replacing)

    def chat_page(
        self,
        *,
        mode: str = "multi",
        scope: str = "owner",
        thread_key: str = "chat_page:default",
        sidebar_label: str = "Chat",
    ) -> Callable[[F], F]:
        """Register the page around the chat: one ``ChatPanel`` exactly; ``single`` has one session per owner.

        Raises ``ValueError`` for another mode and for another number of panels.
        """
        if mode not in ("multi", "single"):
            raise ValueError(f"mode is multi or single, not {mode!r}")
        return self.registry.pages.around_chat(mode, scope, thread_key, sidebar_label)

    def shell(
        self,
        *,
        home: str = "default",
        show_sidebar: bool = True,
        show_header: bool = True,
        show_pages: bool = True,
        show_chats: bool = True,
        default_page: str | None = None,
    ) -> None:
        """Declare the frame of the hosted page. Raises ``ValueError`` for an unknown ``home``."""
        if home not in ("default", "hidden", "chat"):
            raise ValueError(f"home is default, hidden or chat, not {home!r}")
        self.registry.pages.shell = {
            "home": home,
            "show_sidebar": show_sidebar,
            "show_header": show_header,
            "show_pages": show_pages,
            "show_chats": show_chats,
            "default_page": default_page,
        }

    def onboarding(self, *, redirect: str | None = None) -> Callable[[F], F]:
        """Register the function that builds the onboarding page. Raises ``ValueError`` for a second one."""
        self._only_onboarding(redirect)
        return self.registry.pages.built("onboarding")

    def add_onboarding(self, *, component: str, packages: list[str] | None = None, redirect: str | None = None) -> None:
        """Declare an onboarding page that is a React component. Raises ``ValueError`` for a second one."""
        self._only_onboarding(redirect)
        self.registry.pages.components["onboarding"] = component
        self.add_npm_packages(*(packages or ()))

    def add_npm_packages(self, *packages: str) -> None:
        """Name packages of React components; kept, never installed."""
        self.registry.npm_packages.extend(packages)

    def theme(
        self,
        *,
        preset: PresetName | None = None,
        logo: str | None = None,
        logo_background: str | None = None,
        tagline: str | None = None,
        title: str | None = None,
        description: str | None = None,
        site_name: str | None = None,
        preview_image: str | None = None,
        favicon: str | None = None,
        primary: str | None = None,
        accent: str | None = None,
        background: str | None = None,
        foreground: str | None = None,
        sidebar: str | None = None,
        surface: str | None = None,
        border: str | None = None,
        muted: str | None = None,
        danger: str | None = None,
        success: str | None = None,
        font_sans: str | None = None,
        font_mono: str | None = None,
        radius: Radius | None = None,
    ) -> None:
        """Declare colours and texts of the hosted page. Raises ``ValueError`` for an unknown preset."""
        from cpsl.model.theme import resolve_theme  # noqa: PLC0415

        given = {key: value for key, value in locals().items() if key not in ("self", "preset", "resolve_theme")}
        self.registry.theme = resolve_theme(preset, **{key: value for key, value in given.items() if value is not None})

    def add_integration(
        self,
        integration_type: str | Integration | IntegrationConfig,
        *,
        client_id: str | Secret = "",
        client_secret: str | Secret = "",
        scopes: list[str] | None = None,
        fields: list[str] | None = None,
    ) -> None:
        """Declare a service people can connect. Raises ``ValueError`` for a form that does not fit it."""
        from cpsl.model.integration import declared_integration  # noqa: PLC0415

        config = declared_integration(
            integration_type, client_id=client_id, client_secret=client_secret, scopes=scopes, fields=fields
        )
        self.registry.integrations[str(config.type)] = config

    def _order(self, order: int | None) -> int:
        return len(self.registry.pages) if order is None else order

    def _only_onboarding(self, redirect: str | None) -> None:
        if self.registry.pages.onboarding_redirect is not None:
            raise ValueError("an app has one onboarding page")
        self.registry.pages.onboarding_redirect = redirect or ""
