"""A process without privileges; the tests may run as root, whom no permission stops."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from tests.conftest import PATIENCE

NOBODY = 65534

_DROP = f"""
import os
if os.getuid() == 0:
    os.setgid({NOBODY})
    os.setuid({NOBODY})
"""


def run_unprivileged(
    imports: str, program: str, *arguments: str | Path, folder: Path | None = None
) -> CompletedProcess[str]:
    """Run a program in Python as nobody.

    :param imports: what it loads, executed before: the interpreter, and what is installed, may lie where nobody else
        can read them.
    """
    command = [sys.executable, "-c", f"{imports}\n{_DROP}\n{program}", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)


@contextmanager
def folder_for_others(mode: int) -> Iterator[Path]:
    """A folder that others can look into, unlike those that pytest makes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(mode)
        yield folder
        folder.chmod(0o700)
