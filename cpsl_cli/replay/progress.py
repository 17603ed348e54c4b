"""How far a replay has come, on a terminal."""

from __future__ import annotations

from pathlib import Path

from cpsl.render.safe import visible_line
from cpsl_cli.console import is_dumb
from cpsl_cli.streams import say, stderr_is_terminal, write_raw


class Progress:
    """One line on stderr that is drawn anew; nothing where stderr is no terminal, or there is but one file."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._wanted = total > 1 and stderr_is_terminal() and not is_dumb()

    def show(self, done: int, last: Path) -> None:
        """So many files are done."""
        if self._wanted and done < self._total:
            say(f"{done}/{self._total} {visible_line(last.name)}")

    def clear(self) -> None:
        """Make room for something else."""
        if self._wanted:
            write_raw("\r\x1b[K")
