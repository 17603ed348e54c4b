"""The person at the terminal: asked for a word, or given a text to edit."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cpsl_cli.errors import UsageError
from cpsl_cli.streams import Streams

_EDITOR = "vi"


class TerminalPerson:
    """Asks on the real terminal, which the app does not hold. Ctrl-C raises ``KeyboardInterrupt`` meanwhile."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._input = open(os.dup(streams.script), encoding="utf-8", errors="replace")  # noqa: SIM115

    def ask(self, question: str) -> str | None:
        """The line that is typed, without spaces around it; None when no more will come (Ctrl-D)."""
        self._streams.product.write(question)
        with _interruptible():
            line = self._input.readline()
        if not line:
            self._streams.product.write("\n")
            return None
        return line.strip()

    def edit(self, text: str, name: str) -> str:
        """The text as ``$VISUAL`` or ``$EDITOR`` leaves it, in a file of that name.

        Raises ``UsageError`` when the editor cannot be started, fails, or leaves no UTF-8.
        """
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _EDITOR
        with TemporaryDirectory(prefix="capsule-") as folder:
            file = Path(folder) / name
            file.write_text(text, encoding="utf-8", newline="\n")
            code = self._run(command, file)
            if code != 0:
                raise UsageError(f"{command} ended with code {code}; nothing was taken over.")
            try:
                return file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(f"{name}: cannot be read ({error}).") from None

    def _run(self, command: str, file: Path) -> int:
        try:
            words = shlex.split(command)
            process = subprocess.Popen(
                [*words, str(file)], stdin=self._streams.script, stdout=self._streams.product.descriptor
            )
        except (OSError, ValueError) as error:
            raise UsageError(f"{command}: the editor cannot be started ({error}); set EDITOR.") from None
        with _interruptible():
            while True:
                try:
                    return process.wait()
                except KeyboardInterrupt:
                    # Meant for the editor, which got it as well.
                    continue


@contextmanager
def _interruptible() -> Iterator[None]:
    """Between turns Ctrl-C is ours, and not the app's."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
