"""What an app declares, as data. Decorators write it, the runtime reads it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cpsl.runtime.handler import Handler

if TYPE_CHECKING:
    from cpsl.model.integration import IntegrationConfig
    from cpsl.model.theme import Theme
    from cpsl.runtime.collections.ref import CollectionRef
    from cpsl.runtime.data_handlers import DataHandler
    from cpsl.runtime.pages import Pages
    from cpsl.runtime.settings import SettingDeclaration

CHAT_NAME_KEY = "__chat_name__"


class NamedChat(NamedTuple):
    """A message handler for a named chat (behaviour.md §22)."""

    handler: Handler
    label: str | None = None


class Registry:
    """The declarations of one app. A second hook or handler of a kind replaces the first (behaviour.md §1.3)."""

    def __init__(self) -> None:
        self.hooks: dict[str, Handler] = {}
        self.message: Handler | None = None
        self.chats: dict[str, NamedChat] = {}
        self.collections: dict[str, CollectionRef] = {}
        self.settings: dict[str, SettingDeclaration] = {}
        self.data: dict[str, DataHandler] = {}
        self.integrations: dict[str, IntegrationConfig] = {}
        self.theme: Theme | None = None
        self.npm_packages: list[str] = []
        self.warnings: list[str] = []

    @cached_property
    def pages(self) -> Pages:
        """Pages and home; made when first asked for."""
        from cpsl.runtime.pages import Pages  # noqa: PLC0415

        return Pages()

    @property
    def has_pages(self) -> bool:
        """Whether anything about pages or home was declared."""
        return "pages" in self.__dict__

    def add_collection(self, ref: CollectionRef) -> None:
        """Declare a collection; of two of one name the last holds, with a warning if its scope differs."""
        before = self.collections.get(ref.name)
        if before and before.scope != ref.scope:
            self.warnings.append(
                f"collection {ref.name!r} is declared twice, with {before.scope} and then {ref.scope} scope; "
                "the last one holds."
            )
        self.collections[ref.name] = ref

    def replacing(self, decorator: str, before: Handler | None, now: Handler) -> Handler:
        """The handler that takes the place of another one, if there is one: of two the last holds, with a warning."""
        if before and before.function is not now.function:
            self.warnings.append(
                f"{now} replaces {before}: both are {decorator}, of which an app has one; the last one holds."
            )
        return now

    def message_for(self, data: dict[str, Any]) -> Handler | None:
        """The handler of the chat that the session's data names, else the default one.

        Raises ``RuntimeError`` for a chat name nobody handles.
        """
        name = data.get(CHAT_NAME_KEY)
        if not name:
            return self.message
        if name not in self.chats:
            known = ", ".join(sorted(self.chats)) or "none"
            raise RuntimeError(f"No message handler for the chat {name!r}; known chats: {known}.")
        return self.chats[name].handler

    def handlers(self) -> Iterator[tuple[str, Handler]]:
        """Every handler with the words that describe it."""
        yield from self.hooks.items()
        if self.message:
            yield "message", self.message
        for name, chat in self.chats.items():
            yield f"message {name!r}", chat.handler
