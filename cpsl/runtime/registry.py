"""What an app declares, as data. Decorators write it, the runtime reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cpsl.runtime.handler import Handler

HOOKS = ("boot", "shutdown", "enter", "exit")
CHAT_NAME_KEY = "__chat_name__"


class NamedChat(NamedTuple):
    """A message handler for a named chat (API.md §22)."""

    handler: Handler
    label: str | None = None


class Registry:
    """The declarations of one app. A second declaration of a hook or handler replaces the first (API.md §1.3)."""

    def __init__(self) -> None:
        self.hooks: dict[str, Handler] = {}
        self.message: Handler | None = None
        self.chats: dict[str, NamedChat] = {}

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
