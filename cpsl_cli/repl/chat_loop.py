"""The chat in the terminal: read an entry, dispatch it, draw what comes back."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from cpsl.errors import CapsuleError, StoreError
from cpsl.model.redaction import redact
from cpsl.render.failure import describe, full_traceback
from cpsl.render.safe import visible, visible_line
from cpsl.runtime.attachments import attach
from cpsl.runtime.conversation import Conversation
from cpsl.runtime.runtime import Runtime
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.chat.guard import ENDINGS
from cpsl_cli.errors import DONE, INTERRUPTED, UsageError
from cpsl_cli.repl.asking import Asking
from cpsl_cli.repl.display import Display
from cpsl_cli.repl.engine import Engine
from cpsl_cli.repl.keys import AnswerText, Interrupt
from cpsl_cli.repl.paths import mentioned_files
from cpsl_cli.repl.prompt import Prompt
from cpsl_cli.repl.reload import Reloader
from cpsl_cli.repl.stopping import ANSWER_SECONDS, FORCE_SECONDS, Stopping
from cpsl_cli.repl.wrap import explanation_lines
from cpsl_cli.slash.registry import CommandResult, Commands, is_command, message_text

_AGAIN_SECONDS = 2.0
# A reply that comes this soon is printed before the next prompt is drawn, which spares drawing it twice.
_PROMPT_REPLY_SECONDS = 0.02
# A turn of another chat in the same session is told of, if it lasts longer than that.
_WAIT_SECONDS = 0.3


class Repl:
    """Runs on the main thread; ``engine`` runs the app. Entries are handled first-in, first-out.

    After :meth:`run`, ``signal`` says which signal ended the chat, if one did.

    :param open_prompt: makes the prompt, whose keys ask this object.
    :param revive: makes a runtime like the first one, for when a handler has blocked that one's thread.
    :param timeout: a turn that takes longer, in seconds, is stopped as Ctrl-C stops it.
    """

    def __init__(
        self,
        context: ChatContext,
        engine: Engine,
        commands: Commands,
        display: Display,
        asking: Asking,
        open_prompt: Callable[[Repl], Prompt],
        revive: Callable[[], Runtime],
        reloader: Reloader | None,
        *,
        show_diff: bool,
        timeout: float | None,
    ) -> None:
        self._timeout = timeout
        self._revive = revive
        self._show_diff = show_diff
        self._reloader = reloader
        self._asking = asking
        self._context = context
        self.engine = engine
        self._commands = commands
        self._display = display
        self._screen = display.screen
        self._loop = asyncio.get_running_loop()
        self._queue: deque[str] = deque()
        self._work: asyncio.Task[None] | None = None
        self._doing: asyncio.Task[None] | None = None
        self._calling_off = False
        self._last_interrupt = float("-inf")
        self._stopping = Stopping(context, lambda: self.engine, self._warn, self._leave_behind, display.hurry)
        self._over = False
        self.signal: int | None = None
        self._prompt = open_prompt(self)

    async def run(self) -> int:
        """Chat until the person leaves; returns the exit code."""
        for number in ENDINGS:
            self._loop.add_signal_handler(number, self._ended_by, number)
        try:
            with self._prompt.keyboard.raw_mode():
                return await self._read_all()
        finally:
            await self._finish()

    async def _read_all(self) -> int:
        while not self._over:
            async with self._screen.lent:
                self._screen.flush()
            try:
                with self._screen.above(self._prompt):
                    entry = await self._prompt.read()
            except EOFError:
                return DONE
            except KeyboardInterrupt:
                return INTERRUPTED
            await self._accept(entry)
        return DONE

    async def _accept(self, entry: str) -> None:
        if self._asking.waiting:
            self._answer(entry)
            return
        if isinstance(entry, AnswerText):
            if entry:
                self._warn("the question is over; what was typed has not been sent")
            return
        if not entry.strip():
            return
        self._queue.append(entry)
        if self._work is None or self._work.done():
            self._work = asyncio.ensure_future(self._work_off())
        await asyncio.wait({self._work}, timeout=_PROMPT_REPLY_SECONDS)
        self._display.drain()

    def _answer(self, entry: str) -> None:
        try:
            self._asking.take(entry)
        except (UsageError, OSError) as error:
            self._refused(error)

    async def _work_off(self) -> None:
        while self._queue and not self._over:
            entry = self._queue.popleft()
            self._prompt.redraw()
            self._doing = asyncio.ensure_future(
                self._command(entry) if is_command(entry) else self._say(message_text(entry))
            )
            try:
                await self._doing
            except (UsageError, CapsuleError, OSError) as error:
                self._refused(error)
            except asyncio.CancelledError:
                if not self._calling_off:
                    raise
                self._called_off(entry)
            except Exception as error:
                # A bug of ours: the chat goes on, and whoever reports it can copy the whole of it.
                self._screen.line(self._screen.look.style(f"capsule itself failed: {full_traceback(error)}", "31"))
        self._leave_if_over()

    def _called_off(self, entry: str) -> None:
        self._calling_off = False
        unsent = "" if is_command(entry) else f" before it was sent: {visible_line(entry)}"
        self._warn(f"[interrupted{unsent}]")

    def _refused(self, error: Exception) -> None:
        cause = error.__cause__ if isinstance(error, CapsuleError) else None
        text = f"{error}\n{describe(cause)}" if cause else str(error)
        look = self._screen.look
        bar = look.glyph("│ ", "| ") if isinstance(error, StoreError) else ""
        self._screen.line("\n".join(look.style(bar + line, "31") for line in visible(redact(text)).split("\n")))

    async def _say(self, text: str) -> None:
        self._stopping.turn_begins()
        # Real seconds, whatever the world's clock shows.
        limit = self._loop.call_later(self._timeout, self._stopping.time_out) if self._timeout else None
        telling = asyncio.ensure_future(self._tell_of_waiting())
        try:
            await self.engine.run(self._send(text))
        except CapsuleError:
            self._give_back(text)
            raise
        finally:
            telling.cancel()
            if limit:
                limit.cancel()
        await self._display.drained()
        if self._show_diff:
            answer = await self.engine.run(self._commands.run("/diff", self._context))
            self._screen.line(self._screen.look.style(visible(answer.output), "2"))

    async def _send(self, text: str) -> None:
        """On the runtime's thread: take over saved code, then send."""
        notice = await self._reloader.before_message(self._context) if self._reloader else None
        if notice:
            self._loop.call_soon_threadsafe(self._screen.line, self._screen.look.style(notice, "2"))
        await self._context.send(text, [attach(path, self._context.folder) for path in mentioned_files(text)])

    async def _tell_of_waiting(self) -> None:
        """Say for whom a message waits, if it has to."""
        talk = self._context.talk
        while not talk.waiting:
            if talk.running:
                return
            await asyncio.sleep(_WAIT_SECONDS)
            talk = self._context.talk
        self._display.tell(f"waiting for another chat in session {visible_line(talk.key.name)}; Ctrl-C gives up")

    def _give_back(self, text: str) -> None:
        """What was not sent can be sent again, unless something else has been typed by now."""
        if not self._queue:
            self._prompt.offer(text)

    async def _command(self, line: str) -> None:
        look = self._screen.look
        self._screen.line(look.style(look.glyph("❯ ", "> ") + visible(line), "2"))
        answer: CommandResult = await self.engine.run(self._commands.run(line, self._context))
        if answer.explained:
            self._screen.line(visible(explanation_lines(answer.explained, self._display.columns)))
        elif answer.output:
            self._screen.line(visible(answer.output))
        if answer.status:
            self._screen.line(look.style(visible(answer.status), "2"))
        self._prompt.redraw()
        if answer.say:
            await self._say(answer.say)
        self._over = self._over or answer.quit

    def interrupt(self, draft: str) -> Interrupt:
        """Ctrl-C: stop the turn, decline the question or call off the command; clear the draft; at last leave."""
        if self._busy():
            self._stopping.stop()
            return Interrupt.STOPPED
        if self._asking.waiting:
            self._asking.take("")
            return Interrupt.STOPPED
        if self._context.talk.waiting:
            self._stopping.stop()
            return Interrupt.STOPPED
        if self._doing and not self._doing.done():
            self._calling_off = self._doing.cancel()
            return Interrupt.STOPPED
        if draft:
            return Interrupt.IDLE
        now = time.monotonic()
        again = now - self._last_interrupt < _AGAIN_SECONDS
        self._last_interrupt = now
        if not again:
            self._screen.line(self._screen.look.style("Ctrl-C again to exit (Ctrl-D leaves at once)", "2"))
        return Interrupt.LEAVE if again else Interrupt.IDLE

    def take_back(self) -> str | None:
        """The entry that was queued last, out of the queue again."""
        return self._queue.pop() if self._queue else None

    @property
    def answering(self) -> bool:
        """Whether what is typed answers a question of the app, and is no message."""
        return self._asking.waiting

    def may_be_edited(self) -> bool:
        """Whether an editor may have the draft: one keeps copies of what must not be seen."""
        if self._asking.secret:
            self._warn("what is typed here is secret, so no editor gets it; type or paste it")
        return not self._asking.secret

    def queued(self) -> int:
        """How many entries wait for the turn in progress."""
        return len(self._queue)

    def _leave_behind(self, talk: Conversation) -> None:
        """Go on with another thread."""
        talk.silence()
        self.engine.give_up()
        self.engine = Engine()
        self._context.take_over(self._revive())
        if self._work:
            self._work.cancel()
        self._work = asyncio.ensure_future(self._work_off())
        self._display.settle()
        self._warn("left behind: it may go on, but is heard no more")

    def _warn(self, text: str) -> None:
        self._screen.line(self._screen.look.style(text, "33"))

    def _busy(self) -> bool:
        return self._context.talk.running

    def _leave_if_over(self) -> None:
        if self._over:
            self._prompt.leave()

    def _ended_by(self, number: int) -> None:
        """The terminal was closed, or somebody ends the program: leave in order; a second signal does not wait."""
        self._loop.remove_signal_handler(number)
        self.signal = number
        self._over = True
        self._leave_if_over()

    async def _finish(self) -> None:
        """Stop what still runs, for as long as it takes to be sure that it does not stop."""
        self._queue.clear()
        talk, work = self._context.talk, self._work
        self._display.hurry()
        for end, seconds in ((self._stopping.begin, FORCE_SECONDS), (self._stopping.abandon, ANSWER_SECONDS)):
            if self._busy():
                end()
            elif self._asking.waiting:
                self._asking.take("")
            if work and not work.done():
                await asyncio.wait({work}, timeout=seconds)
        if not await self.engine.answers(ANSWER_SECONDS):
            talk.silence()
            self.engine.give_up()
        self._display.settle()
        self._screen.flush()
