"""A real terminal program in a pseudo-terminal, seen through a terminal emulator."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pexpect
import pyte

from tests.fork_server import ForkedTerminal, can_fork

# A safety net for a program that hangs, never an expectation of speed.
_PATIENCE = 30.0
_SCROLLBACK = 5000
_AT_ONCE = 50_000
_READ_AT_ONCE = 4096
# With it prompt_toolkit ends what it draws.
_DRAWN = "\x1b[?25h"
_LONGEST_DRAWING = 1_000_000
_PLAINLY = 'exec "$0" "$@"'
_CORNER = re.compile(r"^(.*[❯>](?: \S.*?)?) {3,}(\S.*)$")


class _Forked(pexpect.spawn):  # type: ignore[misc]  # pexpect has no types
    """The program without a new interpreter."""

    def _spawnpty(self, args: list[Any], **options: Any) -> ForkedTerminal:
        program = [arg.decode() if isinstance(arg, bytes) else arg for arg in args]
        program = program[program.index("cpsl_cli") + 1 :]
        return ForkedTerminal.start(program, cwd=options["cwd"], env=options["env"], dimensions=options["dimensions"])


class TerminalProgram:
    """``capsule`` on a screen: send keys, and wait until something is seen."""

    def __init__(
        self,
        arguments: list[str],
        folder: Path,
        *,
        rows: int = 24,
        columns: int = 80,
        env: Mapping[str, str] | None = None,
        errors: str = "",
        told: bool = True,
        shell: str = _PLAINLY,
    ) -> None:
        """``errors`` names a file that takes stderr; without ``told`` the terminal does not say how large it is.

        ``shell`` is what runs the program, which is its ``"$0" "$@"``.
        """
        self.screen = pyte.HistoryScreen(columns, rows, history=_SCROLLBACK, ratio=0.5)
        self._stream = pyte.Stream(self.screen)
        self._pieces: list[str] = []
        self._unread = ""
        self._is_drawn = False
        self._characters = 0
        variables = _environment(folder, env or {})
        forks = shell == _PLAINLY and not errors and can_fork(variables)
        self._child = (_Forked if forks else pexpect.spawn)(
            "sh",
            ["-c", f"{shell} {'2>' if errors else ''}{errors}", sys.executable, "-m", "cpsl_cli", *arguments],
            cwd=str(folder),
            env=variables,
            dimensions=(rows, columns) if told else (0, 0),
            encoding="utf-8",
            codec_errors="replace",
        )
        self._child.delaybeforesend = None

    @property
    def raw(self) -> str:
        """All that the program has written."""
        self._pieces[:] = ["".join(self._pieces)]
        return self._pieces[0]

    def keys(self, text: str) -> None:
        """Type the text; ``\\r`` is Enter, ``\\x03`` Ctrl-C."""
        self._child.send(text)

    def resize(self, rows: int, columns: int) -> None:
        """Change the window's size."""
        self._child.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def until(self, seen: Callable[[], bool]) -> None:
        """Read until the condition holds; fails with the screen if it never does."""
        deadline = time.monotonic() + _PATIENCE
        while not seen():
            if time.monotonic() > deadline:
                raise AssertionError("never seen; the screen:\n" + "\n".join(self.lines()))
            self._read()
            # What is drawn in one go is looked at as one; a program that never stops writing is looked at as well.
            until = self._characters + _AT_ONCE
            while self._read(0):
                if self._characters >= until and (self._is_drawn or self._characters >= until + _LONGEST_DRAWING):
                    break

    def until_line(self, text: str) -> None:
        """Read until a line of that text stands on the screen or in the scrollback."""
        self.until(lambda: text in self.everything())

    def until_prompt(self) -> None:
        """Read until the prompt, with nothing typed, stands on the last line that is not empty."""
        self.until(lambda: (self.lines() or [""])[-1] == ">" or (self.lines() or [""])[-1].endswith("❯"))

    def wait(self) -> int:
        """Read to the program's end and return its exit code, -1 if a signal ended it."""
        self.until(lambda: not self._read() and not self._child.isalive())
        return -1 if self._child.exitstatus is None else int(self._child.exitstatus)

    def lines(self) -> list[str]:
        """The visible lines, without trailing blanks, empty lines at the bottom, and the prompt's right corner."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return [_CORNER.sub(r"\1", line) for line in lines]

    def corner(self) -> str:
        """The words at the right edge of the prompt."""
        found = [match.group(2) for line in self.screen.display if (match := _CORNER.match(line.rstrip()))]
        return found[-1] if found else ""

    def everything(self) -> list[str]:
        """Scrollback and screen."""
        past = ["".join(row[column].data for column in range(self.screen.columns)) for row in self.screen.history.top]
        return [*(line.rstrip() for line in past), *self.lines()]

    def peak_mib(self) -> int:
        """The most memory that the program has held."""
        status = Path(f"/proc/{self._child.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) >> 10

    def until_file(self, path: Path) -> None:
        """Wait for the file, and read nothing of what the program shows meanwhile, as a slow line does."""
        deadline = time.monotonic() + _PATIENCE
        while not path.exists():
            assert time.monotonic() < deadline, f"{path} never came"
            time.sleep(0.005)

    def kill(self, number: int) -> None:
        """Send the program a signal."""
        self._child.kill(number)

    def hang_up(self) -> int:
        """Close the terminal under the program; returns the signal that ended it, or 0."""
        self._child.ptyproc.fileobj.close()
        self._child.ptyproc.closed = True
        waiter = threading.Thread(target=self._child.ptyproc.wait, daemon=True)
        waiter.start()
        waiter.join(_PATIENCE)
        assert not waiter.is_alive(), "still running without a terminal"
        return self._child.ptyproc.signalstatus or 0

    def ended_by(self) -> int:
        """Read to the program's end; returns the signal that ended it, or 0."""
        self.wait()
        return self._child.signalstatus or 0

    @property
    def echoes(self) -> bool:
        """Whether the terminal echoes what is typed, as it does for a shell."""
        return bool(self._child.getecho())

    def close(self) -> None:
        """End the program however it is."""
        self._child.close(force=True)

    def _read(self, seconds: float = 0.05) -> bool:
        """Whether there was something to read or, with time to wait, there may be."""
        try:
            # A terminal reads as it draws: one that took more would take nothing else for seconds.
            text = self._unread or self._child.read_nonblocking(_READ_AT_ONCE, timeout=seconds)
        except pexpect.TIMEOUT:
            return bool(seconds)
        except pexpect.EOF:
            return False
        drawing, drawn, self._unread = text.partition(_DRAWN)
        self._is_drawn = bool(drawn)
        self._pieces.append(drawing + drawn)
        self._characters += len(drawing + drawn)
        self._stream.feed(drawing + drawn)
        return True


class Start(Protocol):
    """Starts a program on a screen, which ends with the test; the options are those of ``TerminalProgram``."""

    def __call__(self, *arguments: str, **options: Any) -> TerminalProgram: ...


def _environment(folder: Path, extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV") if name in os.environ}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", "XDG_CONFIG_HOME": str(folder / "no-config"), **extra}
