"""What stands around the input: the live part above it, a label before it, and words at its right edge."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.clock import AdjustableClock, minute
from cpsl.render.safe import visible_line
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.repl.asking import Asking
from cpsl_cli.repl.question import QuestionLines
from cpsl_cli.repl.screen import Screen
from cpsl_cli.slash.files import chips


class PromptText:
    """Knows who is talking, what is asked and what goes on. Asked for at each redraw.

    :param queued: asked how many entries wait.
    """

    def __init__(
        self,
        context: ChatContext,
        screen: Screen,
        asking: Asking,
        question: QuestionLines,
        queued: Callable[[], int],
    ) -> None:
        self._context = context
        self._screen = screen
        self._asking = asking
        self._question = question
        self._queued = queued

    def above(self, rows: int, columns: int) -> str:
        """The live part, in at most so many rows."""
        question = self._question.rows(columns)
        return self._screen.live(rows, columns, question, busy=self._context.talk.running, queued=self._queued())

    def label(self) -> str:
        """What is asked for or, for a message, who sends it."""
        return self._asking.label if self._asking.waiting else "".join(self._person())

    def edge(self) -> str:
        """Session, person, files for the next message, and the time if it has been set."""
        context, clock = self._context, self._context.runtime.world.clock
        time = [minute(clock.now())] if isinstance(clock, AdjustableClock) and clock.is_set else []
        words = (visible_line(context.talk.key.name), *self._person(), *chips(context.attached), *time)
        return self._screen.look.glyph(" · ", " - ").join(words)

    def _person(self) -> list[str]:
        user = self._context.talk.key.user
        return [] if user.id == "local" else [visible_line(user.id)]
