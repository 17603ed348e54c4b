"""Live names for completion, read from the store at the moment they are asked for.

They are read on a connection of their own: the runtime's belongs to the runtime's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from prompt_toolkit.completion import Completer

from cpsl.runtime.registry import Registry
from cpsl.store.database import MEMORY
from cpsl.store.store import Store
from cpsl.store.stored_values import SessionRecord
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.repl.completer import Source
from cpsl_cli.slash.connect import known_services
from cpsl_cli.slash.registry import Commands

T = TypeVar("T")


def live_sources(context: ChatContext, commands: Commands) -> dict[str, Source]:
    """The names that the words of usage texts stand for."""
    return {
        "NAME": lambda: [command.name for command in commands],
        "SESSION": lambda: sorted({record.name for record in _sessions(context) if record.user.id == context.user.id}),
        "USER": lambda: sorted({*context.people, *(record.user.id for record in _sessions(context))}),
        "COLLECTION": lambda: sorted({*_registry(context).collections, *_stored_collections(context)}),
        "DATA": lambda: sorted(_registry(context).data),
        "SERVICE": lambda: sorted(known_services(context)),
        "SETTING": lambda: [f"{name}=" for name in sorted(_registry(context).settings)],
    }


def live_completers(context: ChatContext) -> dict[str, Callable[[], Completer]]:
    """What completes words that no list of names can."""

    def filters() -> Completer:
        from cpsl_cli.repl.filter_completion import FilterCompleter

        return FilterCompleter(context)

    return {"FILTER": filters}


def _registry(context: ChatContext) -> Registry:
    """The app may have been loaded anew since the chat began."""
    return context.runtime.app.registry


def _sessions(context: ChatContext) -> list[SessionRecord]:
    return _read(context, lambda store: store.conversations.all())


def _stored_collections(context: ChatContext) -> list[str]:
    return _read(context, lambda store: store.declarations.names())


def _read(context: ChatContext, read: Callable[[Store], list[T]]) -> list[T]:
    path = context.runtime.world.store.path
    if path == MEMORY:
        return []
    with closing(Store(path)) as store:
        return read(store)
