"""Running the command as its users do: as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.fork_server import ForkedProcess

Done = subprocess.CompletedProcess[str]


def capsule(*arguments: str, cwd: Path, stdin: str = "") -> Done:
    """``capsule ARGUMENTS`` in that folder, without a terminal and without this machine's settings."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ForkedProcess(arguments, cwd=cwd, env=clean_environment(cwd), **pipes) as process:
        output, errors = process.communicate(stdin.encode(), timeout=60)
    return Done(["capsule", *arguments], process.returncode, output.decode(), errors.decode())


def shell(line: str, *, cwd: Path) -> Done:
    """A line of a document, typed into a shell that knows ``capsule``."""
    return subprocess.run(
        ["sh", "-c", line],
        cwd=cwd,
        env=clean_environment(cwd),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def clean_environment(home: Path) -> dict[str, str]:
    """The installed ``capsule`` on the path, and nothing of the person who runs the tests."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "XDG_CONFIG_HOME": str(home / "no-settings")}
