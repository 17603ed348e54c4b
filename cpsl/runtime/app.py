"""``cpsl.App``: what a developer declares (behaviour.md §1). Each declaration only writes the registry.

The imports inside the functions stay there: an app that declares no collection does not pay for the
query compiler (docs/decisions.md).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cpsl.model.image import Image
from cpsl.model.pricing import PricingType
from cpsl.runtime.current import active
from cpsl.runtime.environment import Binding
from cpsl.runtime.handler import Handler
from cpsl.runtime.registry import NamedChat, Registry

if TYPE_CHECKING:
    from cpsl.model.column import Column
    from cpsl.model.filesystem import FileSystem
    from cpsl.model.integration import Integration, IntegrationConfig
    from cpsl.model.page import PageRef
    from cpsl.model.secret import Secret
    from cpsl.model.theme import PresetName, Radius
    from cpsl.runtime.collections.dynamic import CollectionManager, RawDb
    from cpsl.runtime.collections.ref import CollectionRef
    from cpsl.runtime.keyvalue import KeyValue
    from cpsl.runtime.settings import SettingsAccessor

F = TypeVar("F", bound=Callable[..., Any])


class Deployment(NamedTuple):
    """What only matters to a hosted deployment: kept and shown, never acted on (behaviour.md §1.2 LOCAL)."""

    channels: tuple[Any, ...]
    keep_warm_seconds: int
    secrets: tuple[str, ...]
    filesystems: dict[str, FileSystem]
    npm_packages: tuple[str, ...]
    cpu: float
    memory: int
    gpu: str | None
    price: int
    pricing_type: str


class App:
    """A chat app. Handlers are registered with the decorators of this object.

    ``name`` is not validated; ``image`` marks the functional style, without it handler decorators raise
    ``RuntimeError``. ``filesystems`` maps mount paths to the folders that are mounted there; secrets that
    ``channels`` refer to count as the app's own. Every other argument is for the hosted deployment and has
    no effect here.
    """

    def __init__(
        self,
        name: str,
        *,
        image: Image | None = None,
        channels: Sequence[Any] | None = None,
        keep_warm_seconds: int = 0,
        secrets: Sequence[str] | None = None,
        filesystems: Mapping[str, FileSystem] | None = None,
        npm_packages: Sequence[str] | None = None,
        cpu: float = 0.25,
        memory: int = 512,
        gpu: str | None = None,
        price: int = 0,
        pricing_type: PricingType = "one_time",
    ) -> None:
        self.name = name
        self.image = image
        self.registry = Registry()
        self.binding = Binding()
        self.registry.npm_packages.extend(npm_packages or ())
        self.deployment = Deployment(
            channels=tuple(channels or ()),
            keep_warm_seconds=keep_warm_seconds,
            secrets=_secret_names(secrets or (), channels or ()),
            filesystems=_mounted(filesystems or {}),
            npm_packages=tuple(npm_packages or ()),
            cpu=cpu,
            memory=memory,
            gpu=gpu,
            price=price,
            pricing_type=pricing_type,
        )

    def __repr__(self) -> str:
        return f"App({self.name!r})"

    def boot(self) -> Callable[[F], F]:
        """Run the function once when the runtime starts, without arguments."""
        return self._hook("boot")

    def shutdown(self) -> Callable[[F], F]:
        """Run the function once when the runtime stops, for at most 5 seconds."""
        return self._hook("shutdown")

    def enter(self) -> Callable[[F], F]:
        """Run the function with the session before its first message, once per session (behaviour.md §2)."""
        return self._hook("enter")

    def exit(self) -> Callable[[F], F]:
        """Run the function with the session when the person leaves it (behaviour.md §2)."""
        return self._hook("exit")

    def message(self, name: str | None = None, *, label: str | None = None) -> Callable[[F], F]:
        """Handle messages with ``handler(session, message)``; with ``name``, those of that named chat."""
        self._functional("message")
        _needs_parentheses("message()", name)

        def register(function: F) -> F:
            handler, registry = Handler(function), self.registry
            if name is None:
                registry.message = registry.replacing("@app.message()", registry.message, handler)
            else:
                before = registry.chats[name].handler if name in registry.chats else None
                handler = registry.replacing(f"@app.message({name!r})", before, handler)
                registry.chats[name] = NamedChat(handler, label)
            return function

        return register

    def collection(
        self,
        name: str,
        *,
        columns: Iterable[Column | Mapping[str, Any] | str] | None = None,
        scope: str = "app",
        sortable: bool = False,
        filterable: bool = False,
        paginate: int = 0,
    ) -> CollectionRef:
        """Declare a collection of documents; ``sortable`` and ``filterable`` columns become indexes.

        Raises ``ValueError`` for a scope other than app, user, owner, session, and for a reserved name. Declared
        again, the last declaration holds.
        """
        from cpsl.runtime.collections.ref import CollectionRef  # noqa: PLC0415

        hints = {"sortable": sortable, "filterable": filterable, "paginate": paginate}
        caller = sys._getframe(1)
        at = (caller.f_code.co_filename, caller.f_lineno)
        ref = CollectionRef(self.binding.environment, name, columns or (), scope, hints, at)
        self.registry.add_collection(ref)
        return ref

    def setting(
        self,
        name: str,
        *,
        scope: str = "app",
        type: type = str,
        default: Any = None,
        options: Sequence[Any] | None = None,
        label: str | None = None,
    ) -> None:
        """Declare a setting. Raises ``ValueError`` for a bad scope or type and for a name declared twice."""
        from cpsl.runtime.settings import declared_setting  # noqa: PLC0415

        if name in self.registry.settings:
            raise ValueError(f"setting {name!r} is declared twice")
        self.registry.settings[name] = declared_setting(name, scope, type, default, options, label)

    def data(self, name: str, *, access: str = "public") -> Callable[[F], F]:
        """Register a named JSON source; the function stays callable. Raises ``ValueError`` for a bad access."""
        from cpsl.runtime.data_handlers import DataHandler  # noqa: PLC0415

        _needs_parentheses('data("NAME")', name)
        _checked_access(access)

        def register(function: F) -> F:
            before, now = self.registry.data.get(name), DataHandler(name, function, access)
            self.registry.replacing(f"@app.data({name!r})", before.handler if before else None, now.handler)
            self.registry.data[name] = now
            return function

        return register

    @cached_property
    def settings(self) -> SettingsAccessor:
        """Reads and writes the declared settings."""
        from cpsl.runtime.settings import SettingsAccessor  # noqa: PLC0415

        return SettingsAccessor(self.registry.settings, self.binding.environment)

    @cached_property
    def collections(self) -> CollectionManager:
        """Opens collections by name at run time."""
        from cpsl.runtime.collections.dynamic import CollectionManager  # noqa: PLC0415

        return CollectionManager(self.registry.collections, self.binding.environment, active.get)

    @cached_property
    def db(self) -> RawDb:
        """Collections without a scope: every document, whosever it is."""
        from cpsl.runtime.collections.dynamic import RawDb  # noqa: PLC0415

        return RawDb(self.registry.collections, self.binding.environment, active.get)

    async def get(self, key: str, default: Any = None) -> Any:
        """The app-wide value of a key, else the default. Raises ``RuntimeError`` before the app runs."""
        return self._kv().get(key, default, "app")

    async def set(self, key: str, value: Any) -> None:
        """Store an app-wide value. Raises ``TypeError`` when JSON cannot hold it."""
        self._kv().set(key, value, "app")

    async def delete(self, key: str) -> None:
        """Remove an app-wide value; a missing one is fine."""
        self._kv().delete(key, "app")

    def page(
        self,
        name: str,
        *,
        icon: str = "file",
        order: int | None = None,
        access: str = "public",
        route: str | None = None,
    ) -> PageRef:
        """Declare a page; the result decorates the function that builds it, which is called at once.

        Raises ``ValueError`` for a bad or taken route, ``TypeError`` when the function gives no widget.
        """
        from cpsl.runtime.pages import PageDeclaration  # noqa: PLC0415

        page = PageDeclaration(name, self._order(order), icon, _checked_access(access))
        return self.registry.pages.add(page, route)

    def add_page(
        self,
        name: str,
        *,
        icon: str = "file",
        component: str,
        packages: list[str] | None = None,
        order: int | None = None,
        access: str = "public",
        route: str | None = None,
        hidden: bool = False,
    ) -> PageRef:
        """Declare a page that is a React component; a terminal can only name it.

        Raises ``ValueError`` for a bad or taken route.
        """
        from cpsl.runtime.pages import PageDeclaration  # noqa: PLC0415

        page = PageDeclaration(name, self._order(order), icon, _checked_access(access), component, hidden)
        page.packages = tuple(packages or ())
        return self.registry.pages.add(page, route)

    def home(
        self,
        *,
        title: str | None = None,
        subtitle: str | None = None,
        suggestions: Sequence[Any] | None = None,
        access: str = "public",
    ) -> None:
        """Declare what a new chat begins with. Raises ``ValueError`` for a bad access."""
        home = self.registry.pages.home
        home.title, home.subtitle, home.access = title, subtitle, _checked_access(access)
        home.suggestions = list(suggestions or ())

    def home_body(self, *, access: str = "public") -> Callable[[F], F]:
        """Register the function that builds the home page's body; it is called at once."""
        _checked_access(access)
        return self.registry.pages.built("home_body")

    def home_suggestions(self, *, ttl: float = 0, access: str = "public") -> Callable[[F], F]:
        """Register a function that gives suggestions, kept ``ttl`` seconds per caller.

        Raises ``ValueError`` for a negative ``ttl``.
        """
        if ttl < 0:
            raise ValueError(f"ttl is a number of seconds from 0, not {ttl}")
        return self.registry.pages.suggesting(ttl, _checked_access(access), self.registry.replacing)

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

    def _functional(self, decorator: str) -> None:
        """Raises ``RuntimeError`` for a handler decorator on an app without an image (behaviour.md §1.1)."""
        if self.image is None:
            raise RuntimeError(
                f"@app.{decorator}() needs an app with an image: write App({self.name!r}, image=cpsl.Image())."
            )

    def _hook(self, slot: str) -> Callable[[F], F]:
        self._functional(slot)

        def register(function: F) -> F:
            hooks = self.registry.hooks
            hooks[slot] = self.registry.replacing(f"@app.{slot}()", hooks.get(slot), Handler(function))
            return function

        return register

    def _kv(self) -> KeyValue:
        from cpsl.runtime.keyvalue import KeyValue  # noqa: PLC0415

        identity = active.get()
        environment = (identity.environment if identity else None) or self.binding.environment()
        if environment is None:
            raise RuntimeError("the key-value store is not bound: it can be used once the app runs.")
        return KeyValue(environment, identity)

    def _order(self, order: int | None) -> int:
        return len(self.registry.pages) if order is None else order

    def _only_onboarding(self, redirect: str | None) -> None:
        if self.registry.pages.onboarding_redirect is not None:
            raise ValueError("an app has one onboarding page")
        self.registry.pages.onboarding_redirect = redirect or ""


def _secret_names(declared: Iterable[str], channels: Iterable[Any]) -> tuple[str, ...]:
    """The declared names, then those that channel credentials refer to, each once (behaviour.md §1.2)."""
    # Asked for, not imported: only apps that declare such a channel pay for loading its module.
    credentials = [name for channel in channels if hasattr(channel, "secret_names") for name in channel.secret_names()]
    names = tuple(dict.fromkeys((*declared, *credentials)))
    if names:
        from cpsl.model.secret_source import secret_source  # noqa: PLC0415 - most apps declare none

        secret_source.names.update(names)
    return names


def _mounted(filesystems: Mapping[str, FileSystem]) -> dict[str, FileSystem]:
    for path, filesystem in filesystems.items():
        filesystem.mount(path)
    return dict(filesystems)


def _needs_parentheses(decorator: str, name: object) -> None:
    """Raises ``TypeError`` where a decorator was given the function itself in place of its first argument."""
    if callable(name):
        raise TypeError(f"Write @app.{decorator} with parentheses: without them the handler is never registered.")


def _checked_access(access: str) -> str:
    """Who may look: everybody or who is signed in. Raises ``ValueError`` for another word."""
    if access not in ("public", "authenticated"):
        raise ValueError(f"access is public or authenticated, not {access!r}")
    return access
