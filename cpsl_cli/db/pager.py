"""The shell's screen: a pager opens only for what is taller than it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

from cpsl_cli.console import STDOUT
from cpsl_cli.db.db_errors import OutputClosed
from cpsl_cli.db.output import Descriptor

_ROOM_FOR_PROMPT = 2


class PagedSink:
    """Holds text back until it is more than the screen takes; then a pager shows it.

    :param rows: the height of the screen.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows - _ROOM_FOR_PROMPT
        self._held: list[str] = []
        self._lines = 0
        self._pager: subprocess.Popen[str] | None = None

    def write(self, text: str) -> None:
        """Take text. Raises ``OutputClosed`` when the pager was left."""
        if self._pager:
            self._feed(text)
            return
        self._held.append(text)
        self._lines += text.count("\n")
        if self._lines > self._rows:
            self._open()

    def flush(self) -> None:
        """What fits on the screen is shown by :meth:`end`."""

    def end(self) -> None:
        """Show what is held back, or wait until the pager is left."""
        if self._pager is None:
            self._straight()
            return
        try:
            if self._pager.stdin:
                self._pager.stdin.close()
        except OSError:
            pass
        self._pager.wait()

    def _open(self) -> None:
        command = pager_command()
        if command is None:
            self._straight()
            self._lines = 0
            return
        # The screen's own lines fit already, hence no -F; R lets colours through, and nothing else.
        self._pager = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, encoding="utf-8", errors="replace")
        held, self._held = "".join(self._held), []
        self._feed(held)

    def _feed(self, text: str) -> None:
        assert self._pager
        assert self._pager.stdin
        try:
            self._pager.stdin.write(text)
        except OSError:
            raise OutputClosed from None

    def _straight(self) -> None:
        sink = Descriptor(STDOUT)
        for text in self._held:
            sink.write(text)
        self._held = []
        sink.flush()


def pager_command() -> list[str] | None:
    """The person's pager, else less; None where there is none."""
    words = shlex.split(os.environ.get("PAGER", "less -R"))
    return words if words and shutil.which(words[0]) else None
