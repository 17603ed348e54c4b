"""What an app declares, as data. Decorators write it, the runtime reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cpsl.runtime.handler import Handler

HOOKS = ("boot", "shutdown", "enter", "exit")
CHAT_NAME_KEY = "__chat_name__"


@dataclass(frozen=True)
class NamedChat:
    """A message handler for a named chat (API.md §22)."""

    handler: Handler
    label: str | None = None


@dataclass
class Registry:
    """The declarations of one app. A second declaration of a hook or handler replaces the first (API.md §1.3)."""

    hooks: dict[str, Handler] = field(default_factory=dict)
    message: Handler | None = None
    chats: dict[str, NamedChat] = field(default_factory=dict)

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
