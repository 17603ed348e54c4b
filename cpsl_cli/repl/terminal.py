"""The terminal as a channel: events become finished lines, a live tail and status lines."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from cpsl.channels.livestream import LiveStream
from cpsl.model.events import Chunk, Event, Notice, Reply, TurnEnded
from cpsl.model.identity import SessionKey
from cpsl.render.event_views import SILENT, STREAMED, VIEWS, TerminalView
from cpsl.render.safe import VisibleStream, visible
from cpsl_cli.repl.labels import Labels
from cpsl_cli.repl.reply import ReplyText
from cpsl_cli.repl.screen import Screen

if TYPE_CHECKING:
    from cpsl.render.event_views import TextStyles

_WAITS = "a reply waits for the end of this one"
_MOST_WAITING = 1000
_VIEWS: dict[type[Event], TerminalView] = {
    kind: view.terminal for kind, view in VIEWS.items() if view.terminal not in (SILENT, STREAMED)
}
# What stands below half a line that the app has printed.
ENDS_LINE = frozenset(kind for kind, (place, _) in _VIEWS.items() if place == "line") | {Reply}
# What somebody waits for whose turn is not the one that streams.
_AWAITED = frozenset(kind for kind, view in VIEWS.items() if view.stdout != SILENT)

# How far an app may be ahead of the screen: characters, and events.
_MOST_CHARACTERS = 1 << 16
_MOST_EVENTS = 1 << 14
# What drawing an event takes beside its text, in characters; of notices hardly one is drawn.
_EVENT_CHARACTERS, _NOTICE_CHARACTERS = 100, 8
# What is drawn in one go, and what neighbouring pieces of a reply are joined to.
_PIECE = 2000
# Events that may still come from an app that waits while its turn is being stopped, so that it can come to an await.
_LET_GO = 100
_LOOK_SECONDS = 0.05


class EventQueue:
    """Carries events from the runtime's thread to the prompt's, waking it once however many come.

    An app that says more than can be drawn is held up: :meth:`deliver` waits until there is room, on any thread but
    the one that made the queue and draws. Pieces of one stream that wait are joined, and of notices of one session that
    follow one another only the last is drawn.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self._entries: deque[tuple[Event, SessionKey]] = deque()
        self._wake = wake
        self._idle = True
        self._drawing_thread = threading.get_ident()
        # No lock: each side would wait for the other most of the time. These count what has come and gone.
        self._characters_in = 0
        self._characters_out = 0
        self._went = 0
        self._room = threading.Event()
        self._held = False
        self._let_go = 0

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Called by the runtime."""
        self._characters_in += _characters(event)
        self._entries.append((event, key))
        if self._idle:
            self._idle = False
            self._wake()
        if self._is_full and threading.get_ident() != self._drawing_thread:
            self._wait_for_room()

    def take(self) -> tuple[Event, SessionKey] | None:
        """The oldest event, at most a piece of it that can be drawn in one go; None if there is none."""
        if not self._entries:
            self._idle = True
            # One that came just before would wake nobody.
            if not self._entries:
                return None
            self._idle = False
        event, key = self._pop()
        if isinstance(event, Chunk):
            event = self._joined(event, key)
        while isinstance(event, Notice) and self._entries and _replaces(self._entries[0], key):
            self._characters_out += _characters(event)
            event, key = self._pop()
        self._characters_out += _characters(event)
        if self._held and self._characters < _MOST_CHARACTERS // 2 and len(self._entries) < _MOST_EVENTS // 2:
            self._room.set()
        return event, key

    def let_go(self) -> None:
        """Let an app that waits for room go on for a moment: its turn is being stopped."""
        self._let_go = _LET_GO
        self._room.set()

    def mark(self) -> int:
        """How many events have come so far, for :meth:`passed`; from any thread."""
        return self._went + len(self._entries)

    def passed(self, mark: int) -> bool:
        """Whether those that had come then have been taken."""
        return self._went >= mark

    def came_by(self, mark: int) -> bool:
        """Whether the one taken last had come then."""
        return self._went <= mark

    @property
    def _characters(self) -> int:
        return self._characters_in - self._characters_out

    @property
    def _is_full(self) -> bool:
        return self._characters >= _MOST_CHARACTERS or len(self._entries) >= _MOST_EVENTS

    def _wait_for_room(self) -> None:
        if self._let_go > 0:
            self._let_go -= 1
            return
        self._held = True
        self._room.clear()
        while self._is_full and not self._let_go:
            self._room.wait(_LOOK_SECONDS)
        self._held = False

    def _pop(self) -> tuple[Event, SessionKey]:
        entry = self._entries.popleft()
        # Afterwards, so that no other thread ever counts one too many.
        self._went += 1
        return entry

    def _joined(self, chunk: Chunk, key: SessionKey) -> Chunk:
        """The piece and those that follow it, or the beginning of a long one."""
        texts, size = [chunk.text], len(chunk.text)
        while size < _PIECE and self._entries and _continues(self._entries[0], chunk, key):
            following, _ = self._pop()
            assert isinstance(following, Chunk)
            texts.append(following.text)
            size += len(following.text)
        text = "".join(texts)
        if size > _PIECE:
            self._went -= 1
            self._entries.appendleft((chunk._replace(text=text[_PIECE:]), key))
        return chunk._replace(text=text[:_PIECE])


def _characters(event: Event) -> int:
    if isinstance(event, Chunk):
        return len(event.text)
    if isinstance(event, Notice):
        return _NOTICE_CHARACTERS
    return len(event.text) + _EVENT_CHARACTERS if isinstance(event, Reply) else _EVENT_CHARACTERS


def _replaces(entry: tuple[Event, SessionKey], key: SessionKey) -> bool:
    return isinstance(entry[0], Notice) and entry[1].id == key.id


def _continues(entry: tuple[Event, SessionKey], chunk: Chunk, key: SessionKey) -> bool:
    event, other = entry
    same = isinstance(event, Chunk) and (event.turn, event.stream) == (chunk.turn, chunk.stream)
    return same and other.id == key.id


class Painter:
    """Draws events on the screen. What the app says while a reply streams is drawn after it, whoever it says it to.

    What a person says is drawn at once: nothing that has been typed is lost to sight.

    :param labels: say which session a line belongs to, if it is not the one who is talking.
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
        self._next: deque[Callable[[], None]] = deque()

    @property
    def unfinished(self) -> bool:
        """Whether :meth:`go_on` has more to draw before the next event."""
        return bool(self._next)

    def go_on(self) -> None:
        """Draw the next piece of what is too long to be drawn in one go."""
        self._next.popleft()()

    def draw(self, event: Event, key: SessionKey) -> None:
        """Draw one event."""
        if isinstance(event, Chunk):
            self._chunk(event, key)
        elif isinstance(event, Reply):
            if self._live.ends_with(event):
                self._close_stream()
            else:
                self._in_order(event, partial(self._reply, event), key)
        elif event.__class__ in _VIEWS:
            place, text = _VIEWS[event.__class__]
            if place == "line":
                self._in_order(event, partial(self._line, event, text), key)
            else:
                self._at_once(place, text(event, self._screen.look), key)

    def after_stream(self, draw: Callable[[], None]) -> None:
        """Draw it now, or when the reply that streams is over."""
        if self._live.is_open:
            self._waiting.append(draw)
            if len(self._waiting) >= _MOST_WAITING:
                self._let_through()
        elif self._next:
            self._next.append(draw)
        else:
            draw()

    def close(self) -> None:
        """The chat ends: nothing that has been said stays undrawn."""
        if self._live.is_open:
            self._close_stream()
        while self._next:
            self.go_on()
        self._screen.settle()

    def _in_order(self, event: Event, draw: Callable[[SessionKey], None], key: SessionKey) -> None:
        """Draw it now, or after what streams and what waits for that."""
        if not self._live.is_open and not self._next:
            draw(key)
        else:
            self._tell_of_waiting(event, key)
            self.after_stream(partial(draw, key))

    def _line(self, event: Event, view: Callable[[Any, TextStyles], str | None], key: SessionKey) -> None:
        text = view(event, self._screen.look)
        if text is not None or isinstance(event, TurnEnded):
            self._screen.status(key.id, "")
        if text is not None:
            self._finished(text, key)

    def _at_once(self, place: Literal["at once", "status"], text: str | None, key: SessionKey) -> None:
        if text is not None and place == "status":
            self._screen.status(key.id, visible(text[:_PIECE]).replace("\n", " "), self._labels.of(key))
        elif text is not None:
            self._finished(text, key)

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
        if self._live.is_open and event.turn != self._turn and event.__class__ in _AWAITED:
            self._screen.status(key.id, _WAITS, self._labels.of(key))

    def _close_stream(self) -> None:
        assert self._speaker is not None, "a stream has a first piece, and that one a session"
        self._show([*self._text.feed(self._safe.flush()), *self._text.close()], self._speaker)
        self._screen.tail("")
        self._live.close()
        self._draw_waiting()

    def _draw_waiting(self) -> None:
        self._next.extend(self._waiting)
        self._waiting.clear()

    def _let_through(self) -> None:
        """So much waits for the end of the reply that it cannot wait: it goes between two lines of that one."""
        assert self._speaker is not None, "something waits for a stream, and that one has a session"
        self._show(self._text.close(), self._speaker)
        self._screen.tail("")
        self._draw_waiting()

    def _reply(self, event: Reply, key: SessionKey) -> None:
        self._screen.status(key.id, "")
        text = self._new_reply(self._labels.of(key).width)
        if len(event.text) <= _PIECE:
            self._show([*text.feed(visible(event.text)), *text.close()], key)
        else:
            self._pieces(event.text, 0, VisibleStream(), text, key)

    def _pieces(self, reply: str, start: int, safe: VisibleStream, text: ReplyText, key: SessionKey) -> None:
        """Draw a piece of a reply that came as a whole; the others are the next to be drawn."""
        end = start + _PIECE
        lines = text.feed(safe.feed(reply[start:end]))
        if end < len(reply):
            self._next.appendleft(partial(self._pieces, reply, end, safe, text, key))
        else:
            lines += [*text.feed(safe.flush()), *text.close()]
        self._show(lines, key)

    def _show(self, lines: list[str], key: SessionKey) -> None:
        if lines:
            self._finished("\n".join(lines), key)

    def _finished(self, text: str, key: SessionKey) -> None:
        self._screen.line(self._labels.of(key).before(text))
