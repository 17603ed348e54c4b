"""Commands in a child of this process, on a store that has been damaged: a fork costs no imports."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from typing import NamedTuple

import pytest

import cpsl_cli.commands.chat
import cpsl_cli.commands.data
import cpsl_cli.commands.db
import cpsl_cli.commands.inspect
import cpsl_cli.launch
import cpsl_cli.pipe.scripted_chat  # noqa: F401
from cpsl_cli.cli import run
from tests.db.conftest import APP, ORDERS, Shop, empty, stocked_file

__all__ = ["APP", "ORDERS", "Shop", "empty", "stocked_file"]

_ESCAPED = 99


class Ended(NamedTuple):
    """How a command ended; ``code`` 99 is an exception that nothing has caught."""

    code: int
    stdout: str
    stderr: str


class Damaged:
    """A project whose store can be damaged, and the commands in it."""

    def __init__(self, folder: Path, content: bytes) -> None:
        self.folder = folder
        self.content = content
        self.store = folder / ".capsule" / "probe.db"

    def put(self, content: bytes) -> None:
        """Let the store have that content."""
        shutil.rmtree(self.store.parent, ignore_errors=True)
        self.store.parent.mkdir()
        self.store.write_bytes(content)

    def run(self, *arguments: str, stdin: str = "") -> Ended:
        """Run ``capsule ARGUMENTS`` to its end."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
            given.write(stdin.encode())
            given.seek(0)
            child = os.fork()
            if child == 0:
                self._child(arguments, given.fileno(), out.fileno(), err.fileno())
            _, status = os.waitpid(child, 0)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode("utf-8", "replace"))
        return Ended(os.waitstatus_to_exitcode(status), *texts)

    def _child(self, arguments: tuple[str, ...], *descriptors: int) -> None:
        code = _ESCAPED
        try:
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
            os.chdir(self.folder)
            sys.stdin = os.fdopen(0, "r", encoding="utf-8", closefd=False)
            sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
            sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
            code = run(list(arguments))
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)


@pytest.fixture
def damaged(empty: Shop, stocked_file: Path, monkeypatch: pytest.MonkeyPatch) -> Damaged:
    """The project, its store not damaged yet."""
    monkeypatch.setenv("HOME", str(empty.home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(empty.home))
    return Damaged(empty.path, stocked_file.read_bytes())
