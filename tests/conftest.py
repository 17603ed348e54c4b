"""What the tests of the core and of the command share: one event loop, one way to run ``capsule``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import InMemoryExampleDatabase

import cpsl
from tests.fork_server import ForkedProcess, can_fork

pytest_plugins = ["pytester"]

# The checkout may be read-only; what failed is printed in a form that can be run again.
settings.register_profile(
    "full",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=InMemoryExampleDatabase(),
    print_blob=True,
)
# A newcomer's first run; the build server runs the full one.
settings.register_profile("quick", settings.get_profile("full"), max_examples=20)
# Three times as many examples, the same ones each time.
settings.register_profile("thorough", settings.get_profile("full"), max_examples=300, derandomize=True)
_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")
settings.load_profile(_PROFILE)


Case = TypeVar("Case")


def some_of(cases: Sequence[Case], step: int) -> Sequence[Case]:
    """Every ``step``-th of many cases of one kind in a newcomer's run, all of them where the build server runs."""
    return cases[::step] if _PROFILE == "quick" else cases


PATIENCE = 60
"""Seconds after which a process is given up: a safety net, never a measurement."""

APP_HEAD = """\
import asyncio, os, sys, time
import cpsl
app = cpsl.App("probe", image=cpsl.Image())
"""

ECHO = """\
@app.message()
async def on_message(session, message):
    await session.reply("got " + message.text)
"""


@pytest.fixture(autouse=True, scope="session")
def _nothing_of_who_runs_the_tests() -> Iterator[None]:
    """No setting of theirs, no tracer in what a test starts, and no proxy between it and its local service."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("CAPSULE_", "COVERAGE_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("XDG_CONFIG_HOME", os.path.join(os.sep, "nowhere"))
        yield


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c_reaches_processes() -> None:
    """A shell that runs the tests in the background ignores Ctrl-C, and every process would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the runtime does."""
    return "asyncio"


@pytest.fixture
def app() -> cpsl.App:
    """An app without handlers, for a test to declare its own."""
    return cpsl.App("probe", image=cpsl.Image())


class Finished(NamedTuple):
    """What a process left behind."""

    stdout: bytes
    stderr: str
    code: int

    @property
    def replies(self) -> list[str]:
        """The lines of stdout."""
        return self.stdout.decode().splitlines()


class Folder:
    """A folder with an app in it, and the ``capsule`` command to run there."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self.home = home

    def write(self, name: str, source: str) -> Path:
        """Write a file as it is, without the indentation that the test gave it."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(source), encoding="utf-8")
        return file

    def app(self, source: str = ECHO, name: str = "app.py") -> Path:
        """Write an app: a head that imports cpsl and makes ``app``, then the given handlers."""
        return self.write(name, APP_HEAD + dedent(source).lstrip("\n"))

    def environment(self, **more: str) -> dict[str, str]:
        """Only what a process needs: nothing of the person who runs the tests."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", **more}

    def start(self, *arguments: str, env: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """Start ``capsule`` with pipes for its three streams: forked, or anew with ``real`` and what only Popen has."""
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        real = options.pop("real", False)
        given = {"cwd": self.path, "env": self.environment(**(env or {})), **streams, **options}
        if not real and can_fork(given["env"]) and given.keys() <= {"cwd", "env", *streams}:
            return ForkedProcess(arguments, **given)
        return subprocess.Popen([capsule_command(), *arguments], **given)

    def capsule(self, *arguments: str, stdin: bytes | str = b"", **options: Any) -> Finished:
        """Run ``capsule`` to its end."""
        process = self.start(*arguments, **options)
        return finish(process, stdin)

    def chat(self, *arguments: str, stdin: bytes | str = b"", **options: Any) -> Finished:
        """Run ``capsule chat app.py`` to its end."""
        return self.capsule("chat", "app.py", *arguments, stdin=stdin, **options)

    def contents(self) -> dict[str, bytes | None]:
        """Every path below the folder, with the bytes of files."""
        return {
            str(path.relative_to(self.path)): path.read_bytes() if path.is_file() else None
            for path in sorted(self.path.rglob("*"))
        }


def finish(process: subprocess.Popen[bytes], stdin: bytes | str = b"") -> Finished:
    """Give a process its input and wait for its end."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    try:
        stdout, stderr = process.communicate(data if process.stdin else None, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Finished(stdout or b"", (stderr or b"").decode("utf-8", "replace"), process.returncode)


def capsule_command() -> str:
    """The installed command of the environment that runs the tests."""
    return str(Path(sys.executable).parent / "capsule")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty project folder."""
    path = tmp_path / "project"
    path.mkdir()
    home = tmp_path / "home"
    home.mkdir()
    return Folder(path, home)
