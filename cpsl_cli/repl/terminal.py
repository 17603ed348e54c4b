"""The terminal as a channel: events become finished lines, a live tail and status lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from cpsl.channels.livestream import LiveStream
from cpsl.model.events import BlockShown, Chunk, Event, Notice, Reply, TurnEnded, TurnFailed, UserMessage
from cpsl.model.identity import SessionKey
from cpsl.render.blocks import plain_block
from cpsl.render.failure import describe
from cpsl.render.safe import VisibleStream, visible
from cpsl_cli.repl.labels import Labels
from cpsl_cli.repl.reply import ReplyText
from cpsl_cli.repl.screen import Screen

_WAITS = "a reply waits for the end of this one"


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
    """Draws events on the screen. What the app says while a reply streams is drawn after it, whoever it says it to.

    What a person says is drawn at once: nothing that has been typed is lost to sight.

    :param labels: say which session a line belongs to, if it is not the one in the seat.
    :param new_reply: makes the renderer of a reply's text, Markdown or plain, given the columns its label takes.
    """

    def __init__(self, screen: Screen, labels: Labels, new_reply: Callable[[int], ReplyText]) -> None:
        self._screen = screen
        self._labels = labels
        self._new_reply = new_reply
        self._live = LiveStream()
        self._speaker: SessionKey | None = None
        self._turn = 0
        self._text = new_reply(0)
        self._safe = VisibleStream()
        self._waiting: list[Callable[[], None]] = []

    def draw(self, event: Event, key: SessionKey) -> None:
        """Draw one event."""
        if isinstance(event, Chunk):
            self._chunk(event, key)
        elif isinstance(event, UserMessage):
            self._said(event, key)
        elif isinstance(event, Notice):
            text = " ".join(filter(None, (event.text, event.detail)))
            self._screen.status(key.id, visible(text).replace("\n", " "), self._labels.of(key))
        elif self._live.ends_with(event):
            self._close_stream()
        else:
            self._tell_of_waiting(event, key)
            self.after_stream(partial(self._whole, event, key))

    def after_stream(self, draw: Callable[[], None]) -> None:
        """Draw it now, or when the reply that streams is over."""
        if self._live.is_open:
            self._waiting.append(draw)
        else:
            draw()

    def close(self) -> None:
        """The chat ends: nothing that has been said stays undrawn."""
        if self._live.is_open:
            self._close_stream()
        self._screen.settle()

    def _whole(self, event: Event, key: SessionKey) -> None:
        if isinstance(event, Reply):
            self._reply(event, key)
        elif isinstance(event, BlockShown):
            self._block(event, key)
        elif isinstance(event, TurnFailed) and event.exception:
            self._finished(self._framed(event.exception), key)
        elif isinstance(event, TurnEnded):
            self._ended(event, key)

    def _chunk(self, event: Chunk, key: SessionKey) -> None:
        opens = not self._live.is_open
        if not self._live.takes(event):
            self._tell_of_waiting(event, key)
            return
        if opens:
            self._speaker, self._turn = key, event.turn
            self._text = self._new_reply(self._labels.of(key).width)
        self._screen.status(key.id, "")
        self._show(self._text.feed(self._safe.feed(event.text)), key)
        self._screen.tail(self._text.tail, self._labels.of(key))

    def _tell_of_waiting(self, event: Event, key: SessionKey) -> None:
        """The turn that streams may be over, and another one has something to say."""
        if self._live.is_open and event.turn != self._turn and isinstance(event, (Chunk, Reply, BlockShown)):
            self._screen.status(key.id, _WAITS, self._labels.of(key))

    def _close_stream(self) -> None:
        assert self._speaker is not None, "a stream has a first piece, and that one a session"
        self._show([*self._text.feed(self._safe.flush()), *self._text.close()], self._speaker)
        self._screen.tail("")
        self._live.close()
        waiting, self._waiting = self._waiting, []
        for draw in waiting:
            self.after_stream(draw)

    def _reply(self, event: Reply, key: SessionKey) -> None:
        self._screen.status(key.id, "")
        text = self._new_reply(self._labels.of(key).width)
        self._show([*text.feed(visible(event.text)), *text.close()], key)

    def _block(self, event: BlockShown, key: SessionKey) -> None:
        text = plain_block(event.block)
        if text is not None:
            self._screen.status(key.id, "")
            self._finished(text, key)

    def _said(self, event: UserMessage, key: SessionKey) -> None:
        look = self._screen.look
        mark = look.style(look.glyph("❯ ", "> "), "1;36")
        text = visible(event.text).replace("\n", "\n  ")
        files = "".join(f" [{visible(item['name'])} {item['size']} bytes]" for item in event.attachments)
        self._finished(mark + look.style(text, "1") + files, key)

    def _ended(self, event: TurnEnded, key: SessionKey) -> None:
        self._screen.status(key.id, "")
        if event.status in ("interrupted", "timeout"):
            word = "timed out" if event.status == "timeout" else "interrupted"
            self._finished(self._screen.look.style(f"[{word}]", "33"), key)

    def _framed(self, error: BaseException) -> str:
        look = self._screen.look
        bar = look.style(look.glyph("│ ", "| "), "31")
        head, *rest = describe(error).split("\n")
        lines = [look.style(head, "1;31"), *rest, look.style("/traceback shows all of it", "2")]
        return "\n".join(bar + line for line in lines)

    def _show(self, lines: list[str], key: SessionKey) -> None:
        if lines:
            self._finished("\n".join(lines), key)

    def _finished(self, text: str, key: SessionKey) -> None:
        self._screen.line(self._labels.of(key).before(text))
