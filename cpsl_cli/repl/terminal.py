"""The terminal as a channel: events become finished lines, a live tail and a status line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from cpsl.channels.livestream import LiveStream
from cpsl.model.events import Asked, BlockShown, Chunk, Event, Notice, Reply, TurnEnded, TurnFailed, UserMessage
from cpsl.model.identity import SessionKey
from cpsl.render.blocks import plain_block
from cpsl.render.failure import describe
from cpsl.render.safe import VisibleStream, visible
from cpsl_cli.repl.reply import ReplyText
from cpsl_cli.repl.screen import Screen


class EventQueue:
    """Carries events from the runtime's thread to the prompt's, waking it once however many come."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self._events: deque[tuple[Event, SessionKey]] = deque()
        self._wake = wake

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Called by the runtime."""
        first = not self._events
        self._events.append((event, key))
        if first:
            self._wake()

    def take(self) -> list[tuple[Event, SessionKey]]:
        """Everything that has come, oldest first."""
        taken = []
        while self._events:
            taken.append(self._events.popleft())
        return taken


class Painter:
    """Draws events on the screen.

    :param new_reply: makes the renderer of a reply's text, Markdown or plain.
    """

    def __init__(self, screen: Screen, new_reply: Callable[[], ReplyText]) -> None:
        self._screen = screen
        self._new_reply = new_reply
        self._live = LiveStream()
        self._text = new_reply()
        self._safe = VisibleStream()
        self._waiting: list[Event] = []

    def draw(self, event: Event) -> None:
        """Draw one event. What is said while a reply streams is drawn after it."""
        if isinstance(event, Chunk):
            self._chunk(event)
        elif isinstance(event, Notice):
            self._screen.status(visible(" ".join(filter(None, (event.text, event.detail))).replace("\n", " ")))
        elif self._live.ends_with(event):
            self._screen.status("")
            self._close_stream()
            if isinstance(event, TurnEnded):
                self._ended(event)
        elif self._live.is_open:
            self._waiting.append(event)
        else:
            self._whole(event)

    def _whole(self, event: Event) -> None:
        if isinstance(event, UserMessage):
            self._said(event)
        elif isinstance(event, Reply):
            self._reply(event)
        elif isinstance(event, Asked):
            self._asked(event)
        elif isinstance(event, BlockShown):
            self._finished(plain_block(event.block))
        elif isinstance(event, TurnFailed) and event.exception:
            self._finished(self._framed(event, event.exception))
        elif isinstance(event, TurnEnded):
            self._ended(event)

    def _chunk(self, event: Chunk) -> None:
        opens = not self._live.is_open
        if not self._live.takes(event):
            return
        if opens:
            self._screen.status("")
        self._show(self._text.feed(self._safe.feed(event.text)))
        self._screen.tail(self._text.tail)

    def _reply(self, event: Reply) -> None:
        self._screen.status("")
        text = self._new_reply()
        self._show([*text.feed(visible(event.text)), *text.close()])

    def _close_stream(self) -> None:
        self._show([*self._text.feed(self._safe.flush()), *self._text.close()])
        self._screen.tail("")
        self._live.close()
        self._text = self._new_reply()
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            self.draw(event)

    def _said(self, event: UserMessage) -> None:
        look = self._screen.look
        mark = look.style(look.glyph("❯ ", "> "), "1;36")
        text = visible(event.text).replace("\n", "\n  ")
        files = "".join(f" [{visible(item['name'])} {item['size']} bytes]" for item in event.attachments)
        self._screen.line(mark + look.style(text, "1") + files)

    def _asked(self, event: Asked) -> None:
        self._screen.status("")
        mark = self._screen.look.style("? ", "1;33")
        self._screen.line(mark + visible(event.message))

    def _ended(self, event: TurnEnded) -> None:
        self._screen.status("")
        if event.status in ("interrupted", "timeout"):
            word = "timed out" if event.status == "timeout" else "interrupted"
            self._finished(self._screen.look.style(f"[{word}]", "33"))

    def _framed(self, event: TurnFailed, error: BaseException) -> str:
        look = self._screen.look
        bar = look.style(look.glyph("│ ", "| "), "31")
        head, *rest = describe(error).split("\n")
        lines = [look.style(head, "1;31"), *rest, look.style("/traceback shows all of it", "2")]
        return "\n".join(bar + line for line in lines)

    def _finished(self, text: str | None) -> None:
        if text is not None:
            self._screen.line(text)

    def _show(self, lines: list[str]) -> None:
        if lines:
            self._screen.line("\n".join(lines))
