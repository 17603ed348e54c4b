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
from cpsl.store.records import SessionRecord
from cpsl.store.store import Store
from cpsl_cli.chat.seat import Seat
from cpsl_cli.repl.completer import Source
from cpsl_cli.slash.connect import known_services
from cpsl_cli.slash.registry import Commands

T = TypeVar("T")


def live_sources(seat: Seat, commands: Commands) -> dict[str, Source]:
    """The names that the words of usage texts stand for."""
    return {
        "NAME": lambda: [command.name for command in commands],
        "SESSION": lambda: sorted({record.name for record in _sessions(seat) if record.user.id == seat.user.id}),
        "USER": lambda: sorted({*seat.people, *(record.user.id for record in _sessions(seat))}),
        "COLLECTION": lambda: sorted({*_registry(seat).collections, *_stored_collections(seat)}),
        "DATA": lambda: sorted(_registry(seat).data),
        "SERVICE": lambda: sorted(known_services(seat)),
        "SETTING": lambda: [f"{name}=" for name in sorted(_registry(seat).settings)],
    }


def live_completers(seat: Seat) -> dict[str, Callable[[], Completer]]:
    """What completes words that no list of names can."""

    def filters() -> Completer:
        from cpsl_cli.repl.filters import FilterCompleter

        return FilterCompleter(seat)

    return {"FILTER": filters}


def _registry(seat: Seat) -> Registry:
    """The app may have been loaded anew since the chat began."""
    return seat.runtime.app.registry


def _sessions(seat: Seat) -> list[SessionRecord]:
    return _read(seat, lambda store: store.conversations.all())


def _stored_collections(seat: Seat) -> list[str]:
    return _read(seat, lambda store: store.declarations.names())


def _read(seat: Seat, read: Callable[[Store], list[T]]) -> list[T]:
    path = seat.runtime.world.store.path
    if path == MEMORY:
        return []
    with closing(Store(path)) as store:
        return read(store)
