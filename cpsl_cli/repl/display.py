"""From the runtime's events, and from what the app prints, to the screen."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from cpsl.errors import CapsuleError
from cpsl.model.events import UserMessage
from cpsl.model.identity import SessionKey
from cpsl.render.safe import visible, visible_line
from cpsl_cli.console import Look, terminal_width
from cpsl_cli.errors import report
from cpsl_cli.repl.app_output import OutputLines
from cpsl_cli.repl.labels import Labels
from cpsl_cli.repl.reply import PlainReply, ReplyText, Styling
from cpsl_cli.repl.screen import Screen
from cpsl_cli.repl.terminal import ENDS_LINE, EventQueue, Painter
from cpsl_cli.repl.terminal_commands import ReplyView
from cpsl_cli.repl.tty import Terminal

if TYPE_CHECKING:
    from cpsl.render.markdown import MarkdownReply

# How long is drawn before keys have their turn, and from then until more is drawn of what comes meanwhile.
_SLICE_SECONDS = 0.02
_REST_SECONDS = 0.01
_PRINTED_AT_ONCE = 1 << 12


class Display:
    """Everything that draws. ``events`` is the runtime's channel; the rest belongs to the prompt's thread.

    However much comes, it is drawn in slices of time, and no more of it than the terminal takes.

    :param here: asked for the session who is talking; None while there is none yet.
    """

    def __init__(self, terminal: Terminal, look: Look, view: ReplyView, here: Callable[[], SessionKey | None]) -> None:
        self._loop = asyncio.get_running_loop()
        self.terminal = terminal
        self.look = look
        self.view = view
        self.screen = Screen(terminal, look, self._room_made)
        self.events = EventQueue(lambda: self._loop.call_soon_threadsafe(self._draw_soon))
        self.labels = Labels(look, here)
        self._printed = OutputLines()
        self._styling = Styling()
        self.painter = Painter(self.screen, self.labels, self._new_reply)
        self._next = 0.0
        self._coming: asyncio.TimerHandle | None = None
        self._following: deque[tuple[int, Callable[[], object]]] = deque()
        self._listening = False
        self._all_read = 0
        self._columns = 0
        self._listen()
        terminal.window.drive(self._loop, self._room_made)

    @property
    def columns(self) -> int:
        """How wide the terminal is now."""
        return terminal_width(self._window)

    def drain(self) -> None:
        """Draw what has come, for as long as keys can wait and the screen takes it; the rest soon."""
        until = time.monotonic() + _SLICE_SECONDS
        # Asked of the system once for all that is drawn now.
        self._columns = terminal_width(self._window)
        while not self.screen.full and self._step():
            if time.monotonic() > until:
                self._coming = self._coming or self._loop.call_later(0, self._draw_now)
                break
        self._columns = 0
        self._next = time.monotonic() + _REST_SECONDS

    def when_drawn(self, mark: int, follow: Callable[[], object]) -> None:
        """Call that as soon as all has been drawn that had come by that mark: what it shows stands below it."""
        self._following.append((mark, follow))
        self.drain()

    async def drained(self) -> None:
        """Wait until all is drawn that had come when this was called."""
        done = asyncio.Event()
        self.when_drawn(self.events.mark(), done.set)
        await done.wait()

    def hurry(self) -> None:
        """A turn is being stopped: what it has said and is not drawn yet is drawn as it is written."""
        self.events.let_go()
        self._styling.end()

    def settle(self) -> None:
        """Draw every event that has come and what was printed, also what a reply that streams still holds back."""
        self._styling.end()
        while self._step():
            pass
        self._show_printed(self._printed.feed(self.terminal.caught.read_all()))
        self._show_printed(self._printed.close())
        self.painter.close()

    def end(self) -> None:
        """Nothing is drawn any more; the terminal is waited for."""
        if self._listening:
            self._loop.remove_reader(self.terminal.caught)
            self._listening = False
        self.terminal.window.stop_driving()

    def read_printed(self) -> None:
        """Show what the app has printed, dimmed: whole lines above the prompt, and one in progress as live."""
        come = self.events.mark()
        data = self.terminal.caught.read()
        if data:
            self._show_printed(self._printed.feed(data))
        else:
            self._all_read = come

    def tell(self, text: str) -> None:
        """Show a remark of our own."""
        self.screen.line(self.look.style(text, "2"))

    def report(self, error: CapsuleError, *, full: bool = False) -> int:
        """Tell an error on the real stderr, below all that was shown, while no prompt is open; its exit code."""
        self.settle()
        self.screen.flush()
        with self.terminal.lent():
            return report(error, full=full)

    def _step(self) -> bool:
        """Draw the next event, or the next piece of a long one; False if there is none."""
        if self.painter.unfinished:
            self.painter.go_on()
            return True
        if self._following and self.events.passed(self._following[0][0]):
            self._following.popleft()[1]()
            return True
        taken = self.events.take()
        if taken is None:
            return False
        event, key = taken
        if isinstance(event, UserMessage):
            self._styling = Styling()
        elif not self.events.came_by(self._all_read):
            # What the app printed before it replied is in the pipe by now, and belongs above the reply.
            self.read_printed()
        if event.__class__ in ENDS_LINE and self._printed.begun:
            self._show_printed(self._printed.close())
        self.painter.draw(event, key)
        return True

    def _draw_soon(self) -> None:
        wait = self._next - time.monotonic()
        if self._coming is None and wait <= 0:
            self.drain()
        elif self._coming is None:
            self._coming = self._loop.call_later(wait, self._draw_now)

    def _draw_now(self) -> None:
        self._coming = None
        self.drain()

    def _room_made(self) -> None:
        self._listen()
        self._draw_soon()

    def _printed_came(self) -> None:
        """What was said before it was printed stands above it."""
        self.drain()
        if self.screen.full:
            # Whoever prints waits for room in the pipe.
            self._loop.remove_reader(self.terminal.caught)
            self._listening = False
        elif self.events.passed(self.events.mark()):
            self.read_printed()

    def _listen(self) -> None:
        if not self._listening and not self.screen.full:
            self._loop.add_reader(self.terminal.caught, self._printed_came)
            self._listening = True

    def _show_printed(self, lines: list[str]) -> None:
        for piece in _in_pieces(lines):
            self.tell(visible(piece))
        self.screen.printed(visible_line(self._printed.tail))

    def _new_reply(self, margin: int) -> ReplyText:
        def columns() -> int:
            return max((self._columns or terminal_width(self._window)) - margin, 1)

        if self.view.raw:
            return PlainReply(columns)
        look = self.look
        return self._markdown(columns, color=look.color, unicode=look.unicode, styles=self._styling.takes)

    @cached_property
    def _markdown(self) -> type[MarkdownReply]:
        from cpsl.render.markdown import MarkdownReply

        return MarkdownReply

    @property
    def _window(self) -> int:
        return self.terminal.window.fileno()


def _in_pieces(lines: list[str]) -> Iterator[str]:
    """The lines, joined to pieces that the screen can print one by one."""
    piece: list[str] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line) + 1
        if size >= _PRINTED_AT_ONCE:
            yield "\n".join(piece)
            piece, size = [], 0
    if piece:
        yield "\n".join(piece)
