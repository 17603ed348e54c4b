"""What a running app stands on: the store, the clock and the ids its declarations work with."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from cpsl.clock import Clock
from cpsl.ids import ObjectIds
from cpsl.runtime.background import Background
from cpsl.runtime.connected import Connected
from cpsl.runtime.ports import Asker
from cpsl.runtime.registry import Registry
from cpsl.store.store import Store


class Environment(NamedTuple):
    """The parts of a world that sessions, collections, settings and the key-value store need, and what runs beside."""

    store: Store
    clock: Clock
    object_ids: ObjectIds
    registry: Registry
    asker: Asker
    connected: Connected
    background: Background


async def quiet(store: Store) -> None:
    """Wait until no write of many documents is under way: a write of our own would block the loop meanwhile."""
    while writing := store.writing:
        await asyncio.wait([asyncio.wrap_future(writing)])
