"""From the runtime's events, and from what the app prints, to the screen."""

from __future__ import annotations

import asyncio

from cpsl.errors import CapsuleError
from cpsl.model.events import BlockShown, Reply, TurnEnded, TurnFailed, UserMessage
from cpsl.render.safe import visible, visible_line
from cpsl_cli.chat.failures import report
from cpsl_cli.console import Look, width
from cpsl_cli.repl.commands import View
from cpsl_cli.repl.labels import Labels
from cpsl_cli.repl.printed import Printed
from cpsl_cli.repl.reply import PlainReply, ReplyText
from cpsl_cli.repl.screen import Screen
from cpsl_cli.repl.terminal import EventQueue, Painter
from cpsl_cli.repl.tty import Terminal

# What is said after half a line was printed stands below it.
_ENDS_LINE = (Reply, BlockShown, TurnFailed, TurnEnded)


class Display:
    """Everything that draws. ``events`` is the runtime's channel; the rest belongs to the prompt's thread."""

    def __init__(self, terminal: Terminal, look: Look, view: View) -> None:
        loop = asyncio.get_running_loop()
        self.terminal = terminal
        self.look = look
        self.view = view
        self.screen = Screen(terminal.file, look)
        self.events = EventQueue(lambda: loop.call_soon_threadsafe(self.drain))
        self.labels = Labels(look)
        self._printed = Printed()
        self.painter = Painter(self.screen, self.labels, self._new_reply)
        loop.add_reader(terminal.caught, self.read_printed)

    def drain(self) -> None:
        """Draw every event that has come."""
        for event, key in self.events.take():
            if not isinstance(event, UserMessage):
                # What the app printed before it replied is in the pipe by now, and belongs above the reply.
                self.read_printed()
            if isinstance(event, _ENDS_LINE):
                self._show_printed(self._printed.close())
            self.painter.draw(event, key)

    def settle(self) -> None:
        """Draw every event that has come and what was printed, also what a reply that streams still holds back."""
        self.drain()
        self.read_printed()
        self._show_printed(self._printed.close())
        self.painter.close()

    def read_printed(self) -> None:
        """Show what the app has printed, dimmed: whole lines above the prompt, and one in progress as live."""
        data = self.terminal.read_caught()
        if data:
            self._show_printed(self._printed.feed(data))

    def tell(self, text: str) -> None:
        """Show a remark of our own."""
        self.screen.line(self.look.style(text, "2"))

    def report(self, error: CapsuleError, *, full: bool = False) -> int:
        """Tell an error on the real stderr, below all that was shown, while no prompt is open; its exit code."""
        self.settle()
        self.screen.flush()
        with self.terminal.lent():
            return report(error, full=full)

    def _show_printed(self, lines: list[str]) -> None:
        if lines:
            self.tell(visible("\n".join(lines)))
        self.screen.printed(visible_line(self._printed.tail))

    def _new_reply(self, margin: int) -> ReplyText:
        if self.view.raw:
            return PlainReply()
        from cpsl.render.markdown import MarkdownReply

        window = self.terminal.file.fileno()
        return MarkdownReply(lambda: max(width(window) - margin, 1), color=self.look.color, unicode=self.look.unicode)
