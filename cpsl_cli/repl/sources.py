"""Live names for completion, read from the store at the moment they are asked for.

They are read on a connection of their own: the runtime's belongs to the runtime's thread.
"""

from __future__ import annotations

from cpsl.store.database import MEMORY
from cpsl.store.records import SessionRecord
from cpsl.store.store import Store
from cpsl_cli.chat.seat import Seat
from cpsl_cli.repl.completer import Source
from cpsl_cli.slash.connect import known_services
from cpsl_cli.slash.registry import Commands


def live_sources(seat: Seat, commands: Commands) -> dict[str, Source]:
    """The names that the words of usage texts stand for."""
    registry = seat.runtime.app.registry
    return {
        "NAME": lambda: [command.name for command in commands],
        "SESSION": lambda: sorted({record.name for record in _sessions(seat) if record.user.id == seat.user.id}),
        "USER": lambda: sorted({*seat.people, *(record.user.id for record in _sessions(seat))}),
        "COLLECTION": lambda: sorted(registry.collections),
        "DATA": lambda: sorted(registry.data),
        "SERVICE": lambda: sorted(known_services(seat)),
        "SETTING": lambda: [f"{name}=" for name in sorted(registry.settings)],
    }


def _sessions(seat: Seat) -> list[SessionRecord]:
    path = seat.runtime.world.store.path
    if path == MEMORY:
        return []
    store = Store(path)
    try:
        return store.conversations.all()
    finally:
        store.close()
