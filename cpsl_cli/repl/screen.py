"""What is on the screen: finished lines, printed once above the prompt, and a live part that is redrawn.

Finished lines are never touched again, so the scrollback holds each exactly once. The unfinished line of a
stream, the question that waits and the status lines belong to the prompt's own area, see :meth:`Screen.live`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from cpsl.textwidth import cut, display_width
from cpsl_cli.console import Look
from cpsl_cli.repl.labels import NO_LABEL, Label
from cpsl_cli.repl.tty import Terminal
from cpsl_cli.repl.wrap import last_rows

# Printing above the prompt erases and redraws it: twenty times a second is smooth, and cheap.
PAUSE = 0.05

# Characters printed at a time: as many as the terminal takes between two redraws; a slow one is never far behind.
_LEAST, _FIRST, _MOST = 1 << 12, 1 << 14, 1 << 18
# Of a tail that nobody can read, so fast does it change, little is drawn.
_FLOOD_ROWS = 4


class Status(NamedTuple):
    """What a session is doing, and since when (monotonic seconds)."""

    text: str
    label: Label
    since: float

    @property
    def elapsed(self) -> str:
        """The whole seconds that it has stood, from the first on."""
        seconds = int(time.monotonic() - self.since)
        return f" {seconds}s" if seconds else ""


class OpenPrompt(Protocol):
    """A prompt that stands below all that is printed."""

    async def print_above(self, write: Callable[[], None]) -> None:
        """Take the prompt off the screen, call ``write``, and draw it again below."""
        ...

    def redraw(self) -> None:
        """Draw the prompt again, soon, and the live part with it."""
        ...


class Screen:
    """Collects what is to be shown and shows it in order. Belongs to the prompt's thread.

    :param room_made: called after each redraw that printed something.
    """

    def __init__(self, terminal: Terminal, look: Look, room_made: Callable[[], object]) -> None:
        self._file = terminal.file
        self._window = terminal.window
        self.look = look
        self._finished: deque[str] = deque()
        self._size = 0
        self._frame = _FIRST
        self._flooded = False
        self._room_made = room_made
        self._tail = ""
        self._tail_label = NO_LABEL
        self._printed = ""
        self._statuses: dict[str, Status] = {}
        self._wake = asyncio.Event()
        self._prompt: OpenPrompt | None = None
        # Held while something else has the terminal, so that no prompt begins meanwhile.
        self.lent = asyncio.Lock()

    @contextmanager
    def above(self, prompt: OpenPrompt) -> Iterator[None]:
        """Meanwhile that prompt is open, and all is printed above it."""
        self._prompt = prompt
        try:
            yield
        finally:
            self._prompt = None

    def line(self, text: str) -> None:
        """Finished text, one or more whole lines without the last newline."""
        spelt = self.look.spelt(text) + "\n"
        self._finished.append(spelt)
        self._size += len(spelt)
        self._changed()

    @property
    def full(self) -> bool:
        """Whether as much waits to be printed as goes to the terminal at once: more would only be further behind."""
        return self._size >= self._frame

    def tail(self, text: str, label: Label = NO_LABEL) -> None:
        """The unfinished end of a stream; ``""`` for none."""
        self._tail, self._tail_label = text, label
        self._changed()

    def printed(self, text: str) -> None:
        """The line that the app has begun to print; ``""`` for none."""
        self._printed = text
        self._changed()

    def status(self, session_id: str, text: str, label: Label = NO_LABEL) -> None:
        """The one live status line of a session; ``""`` for none."""
        before = self._statuses.pop(session_id, None)
        if text:
            self._statuses[session_id] = Status(text, label, before.since if before else time.monotonic())
        self._changed()

    def settle(self) -> None:
        """Nothing is live any more."""
        self._statuses.clear()
        self.tail("")

    def live(self, rows: int, columns: int, question: Sequence[str], *, busy: bool, queued: int) -> str:
        """The live part as lines above the prompt, at most ``rows`` of them: printed, tail, question, status.

        :param question: the rows of the app's question.
        :param busy: whether Ctrl-C has a turn to stop.
        :param queued: how many entries wait.
        """
        status = self._status_rows(columns, busy, queued)[-rows:]
        question = question[: rows - len(status)]
        room = rows - len(status) - len(question)
        printed = last_rows(self._printed, columns, min(room, 1)) if self._printed else []
        label = self._tail_label
        most = min(room - len(printed), _FLOOD_ROWS) if self._flooded else room - len(printed)
        tail = last_rows(self._tail, max(columns - label.width, 1), most) if self._tail else []
        styled = (self.look.style(line, "2") for line in printed)
        return self.look.spelt("".join(line + "\n" for line in (*styled, *map(label.before, tail), *question, *status)))

    def _status_rows(self, columns: int, busy: bool, queued: int) -> list[str]:
        """What other sessions do, then what this one does and what can be done about it."""
        others = [status for status in self._statuses.values() if status.label.text]
        own = next((status for status in self._statuses.values() if not status.label.text), None)
        rows = [self._status_row(status, "", columns) for status in others]
        hints = ", ".join([*(["Ctrl-C stops"] if own and busy else []), *([f"{queued} queued"] if queued else [])])
        if own:
            rows.append(self._status_row(own, f" ({hints})" if hints else "", columns))
        elif hints:
            rows.append(self.look.style(hints, "2"))
        return rows

    def _status_row(self, status: Status, hints: str, columns: int) -> str:
        """One row: a long text is cut, what follows it is not."""
        rest = status.elapsed + hints
        text = cut(status.text, columns - status.label.width - display_width(rest), "...")
        return status.label.before(self.look.style(text + rest, "2"))

    async def pump(self) -> None:
        """Show what comes, for as long as the chat is open."""
        while True:
            await self._wake.wait()
            if self._window.pending:
                await asyncio.sleep(PAUSE)
                continue
            self._wake.clear()
            full = self._flooded = self.full
            printed = await self._show()
            await asyncio.sleep(PAUSE)
            if self._window.pending:
                self._frame = max(self._frame // 2, _LEAST)
            elif full:
                self._frame = min(self._frame * 2, _MOST)
            if printed:
                self._room_made()

    def flush(self) -> None:
        """Print at once what is finished; for when no prompt is on the screen."""
        self._print(self._size)

    def _print(self, most: int) -> None:
        """Print the first of what is finished, entry by entry, until that many characters are printed."""
        pieces = []
        while self._finished and most > 0:
            pieces.append(self._finished.popleft())
            self._size -= len(pieces[-1])
            most -= len(pieces[-1])
        self._file.write("".join(pieces))
        self._file.flush()
        if self._finished:
            self._changed()

    def _print_frame(self) -> None:
        self._print(self._frame)

    async def _show(self) -> bool:
        """Print a frame's worth and redraw; whether there was something to print."""
        printed, prompt = bool(self._finished), self._prompt
        if prompt is None:
            async with self.lent:
                if self._prompt is None:
                    self._print_frame()
        elif printed:
            await prompt.print_above(self._print_frame)
        else:
            prompt.redraw()
        return printed

    def _changed(self) -> None:
        self._wake.set()
