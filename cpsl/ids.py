"""Identifiers as a port: random for people, seeded for tests and replay."""

from __future__ import annotations

import os
from typing import Protocol


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
    """The same identifiers in the same order for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        import random  # noqa: PLC0415 - only tests and replay need it

        self._random = random.Random(seed)

    def hex(self, size: int) -> str:
        return self._random.randbytes(size).hex()
