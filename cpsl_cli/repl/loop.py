"""The chat in the terminal: read an entry, dispatch it, draw what comes back."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable

from prompt_toolkit.application import run_in_terminal

from cpsl.clock import iso
from cpsl.errors import CapsuleError
from cpsl.model.attachment import Attachment
from cpsl.render.failure import describe
from cpsl.render.safe import visible, visible_line
from cpsl.runtime.attachments import attach
from cpsl.runtime.conversation import Conversation
from cpsl.runtime.runtime import Runtime
from cpsl_cli.chat.seat import Seat
from cpsl_cli.errors import DONE, INTERRUPTED, UsageError
from cpsl_cli.repl.asking import Asking
from cpsl_cli.repl.engine import Engine
from cpsl_cli.repl.prompt import Prompt
from cpsl_cli.repl.reload import Reloader
from cpsl_cli.repl.screen import Screen
from cpsl_cli.slash.registry import Answer, Commands, is_command, unescaped

_AGAIN_SECONDS = 2.0
# A reply that comes this soon is printed before the next prompt is drawn, which spares drawing it twice.
_PROMPT_REPLY_SECONDS = 0.02
_FORCE_SECONDS = 1.0
_ANSWER_SECONDS = 0.3


def mentioned_files(text: str) -> list[Attachment]:
    """The files that words such as ``@photo.png`` name; a word that names none is just a word."""
    words = (word[1:] for word in text.split() if word.startswith("@") and len(word) > 1)
    return [attach(path) for path in words if os.path.isfile(os.path.expanduser(path))]


class Repl:
    """Runs on the main thread; ``engine`` runs the app. Entries are handled first-in, first-out."""

    def __init__(
        self,
        seat: Seat,
        engine: Engine,
        commands: Commands,
        screen: Screen,
        drain: Callable[[], None],
        asking: Asking,
        revive: Callable[[], Runtime],
        show_diff: bool,
        reloader: Reloader | None = None,
    ) -> None:
        self._revive = revive
        self._show_diff = show_diff
        self._reloader = reloader
        self._asking = asking
        asking.changed = self._relabel
        self._seat = seat
        self.engine = engine
        self._commands = commands
        self._screen = screen
        self._drain = drain
        self._prompt: Prompt | None = None
        self._loop = asyncio.get_running_loop()
        self._queue: deque[str] = deque()
        self._work: asyncio.Task[None] | None = None
        self._last_interrupt = float("-inf")
        self._stopping_since: float | None = None
        self._over = False

    async def run(self, prompt: Prompt) -> int:
        """Chat until the person leaves; returns the exit code."""
        self._prompt = prompt
        self._screen.queued = self.queued
        self._screen.redraw = prompt.session.app.invalidate
        pump = asyncio.ensure_future(self._screen.pump())
        try:
            return await self._read_all(prompt)
        finally:
            pump.cancel()
            await self._finish()

    async def _read_all(self, prompt: Prompt) -> int:
        while not self._over:
            self._relabel()
            async with self._screen.lent:
                self._screen.flush()
            self._screen.print_above = run_in_terminal
            try:
                entry = await prompt.read()
            except EOFError:
                return DONE
            except KeyboardInterrupt:
                return INTERRUPTED
            finally:
                self._screen.print_above = None
            await self._accept(entry)
        return DONE

    async def _accept(self, entry: str) -> None:
        if self._asking.waiting:
            self._asking.take(entry)
            return
        if not entry.strip():
            return
        self._queue.append(entry)
        if self._work is None or self._work.done():
            self._work = asyncio.ensure_future(self._work_off())
        await asyncio.wait({self._work}, timeout=_PROMPT_REPLY_SECONDS)
        self._drain()

    async def _work_off(self) -> None:
        while self._queue and not self._over:
            entry = self._queue.popleft()
            self._show_queued()
            try:
                await (self._command(entry) if is_command(entry) else self._say(unescaped(entry)))
            except (UsageError, CapsuleError, OSError) as error:
                self._refused(error)
        self._leave_if_over()

    def _refused(self, error: Exception) -> None:
        cause = error.__cause__
        text = f"{error}\n{describe(cause)}" if cause else str(error)
        self._screen.line(self._screen.look.style(visible(text), "31"))

    async def _say(self, text: str) -> None:
        self._stopping_since = None
        await self.engine.run(self._send(text))
        self._drain()
        if self._show_diff:
            answer = await self.engine.run(self._commands.run("/diff", self._seat))
            self._screen.line(self._screen.look.style(visible(answer.output), "2"))

    async def _send(self, text: str) -> None:
        """On the runtime's thread: take over saved code, then send."""
        told = await self._reloader.before_message(self._seat) if self._reloader else None
        if told:
            self._loop.call_soon_threadsafe(self._screen.line, self._screen.look.style(told, "2"))
        await self._seat.send(text, mentioned_files(text))

    async def _command(self, line: str) -> None:
        look = self._screen.look
        self._screen.line(look.style(look.glyph("❯ ", "> ") + visible(line), "2"))
        answer: Answer = await self.engine.run(self._commands.run(line, self._seat))
        if answer.output:
            self._screen.line(visible(answer.output))
        if answer.status:
            self._screen.line(look.style(visible(answer.status), "2"))
        self._relabel()
        if answer.say:
            await self._say(answer.say)
        self._over = self._over or answer.quit

    def interrupt(self, draft: str) -> bool:
        """Ctrl-C: stop the turn or decline the question; else clear the draft; else, the second time, leave."""
        now = time.monotonic()
        if self._busy():
            self._stop(now)
            return False
        if self._asking.waiting:
            self._asking.take("")
            return False
        if draft:
            return False
        again = now - self._last_interrupt < _AGAIN_SECONDS
        self._last_interrupt = now
        if not again:
            self._screen.line(self._screen.look.style("Ctrl-C again to exit (Ctrl-D leaves at once)", "2"))
        return again

    def _stop(self, now: float) -> None:
        """The first time ask the handler to end, later leave it to itself."""
        if self._stopping_since is None:
            self._stopping_since = now
            self.engine.call(self._seat.talk.stop)
            asyncio.get_running_loop().call_later(_FORCE_SECONDS, self._still_running)
        elif now - self._stopping_since >= _FORCE_SECONDS:
            self.engine.call(self._seat.talk.abandon)
            asyncio.get_running_loop().call_later(_ANSWER_SECONDS, self._leave_behind, self._seat.talk)

    def take_back(self) -> str | None:
        """The entry that was queued last, out of the queue again."""
        return self._queue.pop() if self._queue else None

    @property
    def secret(self) -> bool:
        """Whether what is typed must not be seen or remembered."""
        return self._asking.secret

    def queued(self) -> int:
        """How many entries wait for the turn in progress."""
        return len(self._queue)

    def corner(self) -> str:
        """Session, person, and the time if it has been set, for the right edge of the prompt."""
        key, clock = self._seat.talk.key, self._seat.runtime.world.clock
        person = [] if key.user.id == "local" else [visible_line(key.user.id)]
        time = [iso(clock.now())[:16].replace("T", " ")] if getattr(clock, "is_set", False) else []
        return " · ".join((visible_line(key.name), *person, *time))

    def _leave_behind(self, talk: Conversation) -> None:
        """The handler blocks its thread, so nothing there can be asked to end: go on with another thread."""
        if not talk.running or talk is not self._seat.talk:
            return
        talk.silence()
        self.engine = Engine()
        self._seat.take_over(self._revive())
        if self._work:
            self._work.cancel()
        self._work = asyncio.ensure_future(self._work_off())
        self._screen.status("")
        self._screen.tail("")
        self._screen.line(self._screen.look.style("left behind: it may go on, but is heard no more", "33"))

    def _still_running(self) -> None:
        if self._stopping_since is not None and self._busy():
            self._screen.line(self._screen.look.style("the handler does not stop; Ctrl-C again leaves it behind", "33"))

    def _busy(self) -> bool:
        return self._seat.talk.running

    def _relabel(self) -> None:
        if self._prompt:
            key = self._seat.talk.key
            name = "" if key.user.id == "local" else visible_line(key.user.id)
            self._prompt.label = self._asking.label if self._asking.waiting else name
            self._prompt.session.app.invalidate()

    def _show_queued(self) -> None:
        if self._prompt:
            self._prompt.session.app.invalidate()

    def _leave_if_over(self) -> None:
        if self._over and self._prompt and self._prompt.session.app.is_running:
            self._prompt.session.app.exit(exception=EOFError)

    async def _finish(self) -> None:
        self._queue.clear()
        if self._busy():
            self.engine.call(self._seat.talk.stop)
        elif self._asking.waiting:
            self._asking.take("")
        if self._work and not self._work.done():
            await asyncio.wait({self._work}, timeout=_FORCE_SECONDS)
        self._drain()
        self._screen.flush()
