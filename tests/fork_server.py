"""Starts ``capsule`` by forking a process that has everything imported: a tenth of what a new interpreter costs.

What is forked is as good as a new process for all that a test can see of it from outside: its own streams, folder,
environment, signals and exit code. Tests of what happens while Python starts (imports, encodings, interpreter options)
start a real one.

A test process talks to one server over a socket pair. For each start it sends a line of JSON and four descriptors: the
three streams, and a socket on which the server answers with the process's number and, at its end, how it ended.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ptyprocess import PtyProcess

_ROOT = Path(__file__).resolve().parent.parent
_ORDINARY_LOCALE = "C.UTF-8"
_LONGEST_REQUEST = 1 << 20


class Request(NamedTuple):
    """What to start: arguments, folder, environment, and whether the streams are a terminal of its own."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]
    terminal: bool


def can_fork(environment: Mapping[str, str]) -> bool:
    """Whether a fork sees that environment as a new interpreter would: Python reads some of it only when it starts."""
    if environment.get("LANG") != _ORDINARY_LOCALE:
        return False
    return not any(name.startswith(("PYTHON", "LC_", "LD_")) for name in environment)


class Ended:
    """How a forked process ended, told by the server that is its parent."""

    def __init__(self, request: Request, streams: Sequence[int]) -> None:
        here, there = socket.socketpair()
        line = json.dumps(request._asdict()).encode()
        assert len(line) < _LONGEST_REQUEST
        with there:
            _server().sendall(len(line).to_bytes(4, "big"))
            socket.send_fds(_server(), [b"f"], [*streams, there.fileno()])
            _server().sendall(line)
        self._answers = here
        self._received = b""
        self.status: int | None = None
        self.pid = int(self._line(None))

    def wait(self, seconds: float | None) -> int | None:
        """The wait status, as ``os.waitpid`` has it; None while it runs."""
        if self.status is None:
            try:
                self.status = int(self._line(seconds))
            except (TimeoutError, BlockingIOError):
                return None
            self._answers.close()
        return self.status

    def _line(self, seconds: float | None) -> bytes:
        self._answers.settimeout(seconds)
        while b"\n" not in self._received:
            received = self._answers.recv(64)
            assert received, "the server that forks is gone"
            self._received += received
        line, _, self._received = self._received.partition(b"\n")
        return line


class ForkedProcess(subprocess.Popen[bytes]):
    """``capsule`` with pipes or files for its streams, as ``Popen`` starts it."""

    def __init__(self, arguments: Sequence[str], *, cwd: Path | str, env: Mapping[str, str], **streams: Any) -> None:
        self._request = Request(list(arguments), str(cwd), dict(env), False)
        super().__init__(["capsule", *arguments], cwd=cwd, env=env, **streams)

    def _execute_child(self, *given: Any) -> None:
        """As in the standard library, whose arguments from the eleventh on are the ends of the three pipes."""
        pipes = given[10:16]
        stdin, _, _, stdout, _, stderr = pipes
        streams = [given if given >= 0 else own for own, given in enumerate((stdin, stdout, stderr))]
        self._ended = Ended(self._request, streams)
        self.pid = self._ended.pid
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        return self._result(0)

    def _wait(self, timeout: float | None) -> int:
        result = self._result(timeout)
        if result is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return result

    def _result(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            status = self._ended.wait(seconds)
            if status is not None:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


class ForkedTerminal(PtyProcess):  # type: ignore[misc]  # ptyprocess has no types
    """``capsule`` in a pseudo-terminal, as ``ptyprocess`` starts it."""

    @classmethod
    def start(
        cls, arguments: Sequence[str], *, cwd: str, env: Mapping[str, str], dimensions: tuple[int, int]
    ) -> ForkedTerminal:
        """Fork it with a terminal of that many rows and columns."""
        master, slave = os.openpty()
        ended = Ended(Request(list(arguments), cwd, dict(env), True), (slave, slave, slave))
        os.close(slave)
        terminal = cls(ended.pid, master)
        terminal.ended = ended
        terminal.setwinsize(*dimensions)
        return terminal

    ended: Ended
    terminated: bool

    def isalive(self) -> bool:
        """Whether it still runs; sets the exit code or the signal once it does not."""
        return self._took(self.ended.wait(0))

    def wait(self) -> int | None:
        """Wait for its end; the exit code, None if a signal ended it."""
        self._took(self.ended.wait(None))
        code: int | None = self.exitstatus
        return code

    def _took(self, status: int | None) -> bool:
        if status is None:
            return True
        if not self.terminated:
            self.terminated = True
            self.status = status
            self.exitstatus = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
            self.signalstatus = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        return False


@lru_cache(maxsize=1)
def _server() -> socket.socket:
    """The connection to this process's server, which starts with the first request and ends with this process."""
    here, there = socket.socketpair()
    with there:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(there.fileno())],
            cwd=_ROOT,
            env={**_nothing_of_python(), "LANG": _ORDINARY_LOCALE},
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
        )
    here.set_inheritable(False)
    atexit.register(_end, process, here)
    return here


def _end(process: subprocess.Popen[bytes], connection: socket.socket) -> None:
    connection.close()
    process.wait()


def _nothing_of_python() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_", "LC_"))}


def _serve(connection: socket.socket) -> list[str]:
    """In the server: fork until the connection ends. Returns, in each fork, the arguments of ``capsule``."""
    running: dict[int, socket.socket] = {}
    ended, wake = socket.socketpair()
    for end in (ended, wake):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    connection.settimeout(None)
    import select

    while True:
        ready, _, _ = select.select((connection, ended), (), ())
        if ended in ready:
            ended.recv(4096)
        _report_ended(running)
        if connection not in ready:
            continue
        length = _exactly(connection, 4)
        if not length:
            os._exit(0)
        descriptors = socket.recv_fds(connection, 1, 4)[1]
        request = Request(**json.loads(_exactly(connection, int.from_bytes(length, "big"))))
        answers = socket.socket(fileno=descriptors.pop())
        pid = os.fork()
        if not pid:
            _become(request, descriptors)
            return request.arguments
        for descriptor in descriptors:
            os.close(descriptor)
        running[pid] = answers
        answers.sendall(b"%d\n" % pid)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        received = connection.recv(size - len(data))
        if not received:
            return b""
        data += received
    return data


def _report_ended(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with running.pop(pid) as answers, suppress(OSError):  # nobody waits for it any more
            answers.sendall(b"%d\n" % status)


def _become(request: Request, streams: Sequence[int]) -> None:
    """In the fork: be what a new process would be."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request.terminal:
        os.setsid()
        fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
    # Out of the way of 0 to 2, whichever numbers they have here.
    kept = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10) for descriptor in streams]
    for own, descriptor in enumerate(kept):
        os.dup2(descriptor, own)
    os.closerange(3, max(kept) + 64)
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    sys.argv = ["capsule", *request.arguments]
    sys.path[0] = os.path.dirname(sys.executable)
    for name, mode, errors in (
        ("stdin", "r", "strict"),
        ("stdout", "w", "strict"),
        ("stderr", "w", "backslashreplace"),
    ):
        own = ("stdin", "stdout", "stderr").index(name)
        buffering = 1 if name == "stderr" or os.isatty(own) else -1
        stream = open(own, mode, buffering=buffering, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _import_everything() -> None:
    for package in ("cpsl_cli", "cpsl"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def main() -> None:
    """Serve, and in each fork run ``capsule``."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    _import_everything()
    gc.collect()
    gc.freeze()
    _serve(connection)
    os._exit(_capsule())


def _capsule() -> int:
    """Run ``capsule``, then what runs when a process ends, to its exit code; taking it apart would last longer."""
    from cpsl_cli.main import main as capsule

    code = 0
    try:
        capsule()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    return code


if __name__ == "__main__":
    main()
