"""Lines of a script as they arrive, without a thread and without holding more than the line in hand."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

_PIECE = 1 << 16


class Lines:
    """An async iterator over the lines of a descriptor, as bytes without their line ends.

    The event loop runs on while a pipe or a terminal has nothing to give; files never wait. The
    descriptor is not set to non-blocking: other processes may share it.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def __aiter__(self) -> AsyncIterator[bytes]:
        open_parts: list[bytes] = []
        while piece := await self._read():
            first, *rest = piece.split(b"\n")
            open_parts.append(first)
            if rest:
                yield _without_cr(b"".join(open_parts))
                for line in rest[:-1]:
                    yield _without_cr(line)
                open_parts = [rest[-1]]
        last = b"".join(open_parts)
        if last:
            yield _without_cr(last)

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        try:
            loop.add_reader(self._descriptor, _set, ready)
        except (OSError, NotImplementedError):
            # Regular files and /dev/null cannot be waited for, and never keep one waiting.
            await asyncio.sleep(0)
        else:
            try:
                await ready
            finally:
                loop.remove_reader(self._descriptor)
        return os.read(self._descriptor, _PIECE)


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _without_cr(line: bytes) -> bytes:
    return line[:-1] if line.endswith(b"\r") else line
