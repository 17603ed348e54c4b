"""What a running app stands on: the store, the clock and the ids its declarations work with."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from cpsl.clock import Clock
from cpsl.ids import ObjectIds
from cpsl.runtime.background import Background
from cpsl.runtime.connected import Connected
from cpsl.runtime.ports import Asker
from cpsl.store.store import Store


class Environment(NamedTuple):
    """The parts of a world that sessions, collections, settings and the key-value store need, and what runs beside."""

    store: Store
    clock: Clock
    object_ids: ObjectIds
    asker: Asker
    connected: Connected
    background: Background


class Binding:
    """What the declarations of an app work with: the environment of the runtime that the app lives in.

    They are made before there is any, and may see several come and go.
    """

    def __init__(self) -> None:
        self._environment: Environment | None = None

    def environment(self) -> Environment | None:
        """That of the runtime which was started last; None before any, and after its end."""
        return self._environment

    def bind(self, environment: Environment) -> None:
        """From now on it is this one."""
        self._environment = environment

    def release(self, environment: Environment) -> None:
        """From now on it is none, unless another one has been bound since."""
        if self._environment is environment:
            self._environment = None


async def quiet(store: Store) -> None:
    """Wait until no write of many documents is under way: a write of our own would block the loop meanwhile."""
    while writing := store.writing:
        await asyncio.wait([asyncio.wrap_future(writing)])
