"""Handlers: lifecycle hooks and messages (behaviour.md §1.3, §2, §3)."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.runtime.declare.base import DeclarationGroup, F, needs_parentheses
from cpsl.runtime.handler import Handler
from cpsl.runtime.registry import NamedChat


class HandlerDeclarations(DeclarationGroup):
    """Decorators that return the function itself. A second handler for a slot replaces the first, with a warning."""

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
        needs_parentheses("message()", name)

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

    def _hook(self, slot: str) -> Callable[[F], F]:
        self._functional(slot)

        def register(function: F) -> F:
            hooks = self.registry.hooks
            hooks[slot] = self.registry.replacing(f"@app.{slot}()", hooks.get(slot), Handler(function))
            return function

        return register
