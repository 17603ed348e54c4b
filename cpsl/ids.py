"""Identifiers as a port: random for people, seeded for tests and replay."""

from __future__ import annotations

import os
from typing import Protocol

from cpsl.clock import Clock


class IdFactory(Protocol):
    """Where the runtime takes fresh identifiers from."""

    def hex(self, size: int) -> str:
        """A fresh text of ``size`` random bytes in lower-case hexadecimal (two digits a byte)."""
        ...


class RandomIds:
    """Identifiers nobody can guess."""

    def hex(self, size: int) -> str:
        return os.urandom(size).hex()


class SeededIds:
    """The same identifiers in the same order for the same seed, ``taken`` so many times before."""

    def __init__(self, seed: int = 0, taken: int = 0) -> None:
        import random  # noqa: PLC0415 - only tests and replay need it

        self._random = random.Random(f"{seed} {taken}" if taken else seed)

    def hex(self, size: int) -> str:
        return self._random.randbytes(size).hex()


class ObjectIds:
    """Document ids of 24 hexadecimal digits that sort by the time they were made.

    Four bytes of seconds, five that are this factory's own, and a counter of three, as MongoDB's.
    """

    def __init__(self, clock: Clock, ids: IdFactory) -> None:
        self._clock = clock
        self._own = ids.hex(5)
        # Half the range is left, so that ids of one second sort in the order they were made.
        self._count = int(ids.hex(3), 16) >> 1

    def new(self) -> str:
        """A fresh id."""
        self._count = (self._count + 1) & 0xFFFFFF
        return f"{int(self._clock.now()) & 0xFFFFFFFF:08x}{self._own}{self._count:06x}"
