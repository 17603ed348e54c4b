"""The app's question on the screen: above the prompt while it waits, then a line with what came of it."""

from __future__ import annotations

from functools import partial

from cpsl.render.safe import visible, visible_line
from cpsl.textwidth import cut
from cpsl_cli.repl.asking import Asking, PendingQuestion
from cpsl_cli.repl.labels import Labels
from cpsl_cli.repl.screen import Screen
from cpsl_cli.repl.terminal import Painter
from cpsl_cli.repl.wrap import all_rows

# What takes more rows is printed at once: above the prompt it could not be scrolled.
_MOST_ROWS = 6
_REMINDER_COLUMNS = 40
# More than that in any case takes more rows.
_LONGEST = 4000
_ASSUMED_COLUMNS = 80


class QuestionLines:
    """Shows what ``asking`` waits for. Never touches the lines of a reply that streams meanwhile."""

    def __init__(self, asking: Asking, screen: Screen, painter: Painter, labels: Labels) -> None:
        self._asking = asking
        self._screen = screen
        self._painter = painter
        self._labels = labels
        self._printed = False
        asking.listen(self)

    def rows(self, columns: int) -> list[str]:
        """The rows above the prompt; none when nothing waits, or it has been printed."""
        asked = self._asking.current
        return [] if asked is None or self._printed else self._marked(asked, columns)

    def begun(self, asked: PendingQuestion) -> None:
        """Print it, if it is too long to stand above the prompt."""
        rows = self._marked(asked, _ASSUMED_COLUMNS)
        self._printed = len(rows) > _MOST_ROWS
        if self._printed:
            self._screen.line(self._whole(asked))

    def over(self, asked: PendingQuestion) -> None:
        """Print it with what came of it."""
        message = visible(asked.question.message)
        if self._printed:
            message = cut(message.split("\n")[0], _REMINDER_COLUMNS, "...")
        self._printed = False
        outcome = self._screen.look.glyph(" · ", " - ") + visible_line(asked.outcome())
        text = self._mark() + message.replace("\n", "\n  ") + self._screen.look.style(outcome, "2")
        self._painter.after_stream(partial(self._screen.line, self._labels.of(asked.key).before(text)))

    def _marked(self, asked: PendingQuestion, columns: int) -> list[str]:
        """The question in rows, the second and later ones indented below the mark."""
        label = self._labels.of(asked.key)
        rows = all_rows(visible(asked.question.message[:_LONGEST]), max(columns - label.width - 2, 1))
        return [label.styled + (self._mark() if not number else "  ") + row for number, row in enumerate(rows)]

    def _whole(self, asked: PendingQuestion) -> str:
        text = self._mark() + visible(asked.question.message).replace("\n", "\n  ")
        return self._labels.of(asked.key).before(text)

    def _mark(self) -> str:
        return self._screen.look.style("? ", "1;33")
