"""What is on the screen: finished lines, printed once above the prompt, and a live part that is redrawn.

Finished lines are never touched again, so the scrollback holds each exactly once. The unfinished line of a
stream and the status line belong to the prompt's own area, see :meth:`Screen.live`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TextIO

from cpsl_cli.console import Look
from cpsl_cli.repl.wrap import last_rows

# Printing above the prompt erases and redraws it: twenty times a second is smooth, and cheap.
PAUSE = 0.05


class Screen:
    """Collects what is to be shown and shows it in order. Belongs to the prompt's thread."""

    def __init__(self, file: TextIO, look: Look) -> None:
        self._file = file
        self.look = look
        self._finished: list[str] = []
        self._tail = ""
        self._status = ""
        self._status_since = 0.0
        self._wake = asyncio.Event()
        self.print_above: Callable[[Callable[[], None]], object] | None = None
        self.redraw: Callable[[], None] = lambda: None
        # Held while something else has the terminal, so that no prompt begins meanwhile.
        self.lent = asyncio.Lock()
        self.queued: Callable[[], int] = lambda: 0

    def line(self, text: str) -> None:
        """Finished text, one or more whole lines without the last newline."""
        self._finished.append(text + "\n")
        self._changed()

    def tail(self, text: str) -> None:
        """The unfinished end of a stream; ``""`` for none."""
        self._tail = text
        self._changed()

    def status(self, text: str) -> None:
        """The one live status line; ``""`` for none."""
        if text and not self._status:
            self._status_since = time.monotonic()
        self._status = text
        self._changed()

    @property
    def elapsed(self) -> int:
        """Whole seconds that the status line has stood."""
        return int(time.monotonic() - self._status_since)

    def live(self, rows: int, columns: int) -> str:
        """The live part as lines above the prompt, at most ``rows`` of them."""
        status = self._status_text()
        lines = last_rows(self._tail, columns, rows - 1 if status else rows) if self._tail else []
        lines += [self.look.style(line, "2") for line in (last_rows(status, columns, 1) if status else ())]
        return "".join(line + "\n" for line in lines)

    def _status_text(self) -> str:
        queued = f"{self.queued()} queued" if self.queued() else ""
        if not self._status:
            return queued
        seconds = f" {self.elapsed}s" if self.elapsed else ""
        hints = ", ".join(filter(None, ("Ctrl-C stops", queued)))
        return f"{self._status}{seconds} ({hints})"

    async def pump(self) -> None:
        """Show what comes, for as long as the chat is open."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._show()
            await asyncio.sleep(PAUSE)

    def flush(self) -> None:
        """Print at once what is finished; for when no prompt is on the screen."""
        text = "".join(self._finished)
        self._finished.clear()
        self._file.write(text)
        self._file.flush()

    async def _show(self) -> None:
        if self._finished:
            if self.print_above:
                await self.print_above(self.flush)  # type: ignore[misc]
            else:
                self.flush()
        self.redraw()

    def _changed(self) -> None:
        self._wake.set()
