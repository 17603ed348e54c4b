"""The entry point: answers ``--version`` without importing anything, hands the rest to the command line."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line; ends the process with a documented exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        _show(f"capsule {_version()}")
        return
    # Collecting garbage while modules are loaded finds none, and costs a twentieth of the start.
    gc.disable()
    try:
        from cpsl_cli.cli import run
        from cpsl_cli.pythonwarnings import tell_forgotten_awaits
        from cpsl_cli.streams import mask_stderr

        mask_stderr()
        tell_forgotten_awaits()
    except KeyboardInterrupt:  # while loading, before anybody else answers Ctrl-C
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))


def _show(text: str) -> None:
    """Print it; ends the process where stdout takes nothing."""
    try:
        print(text, flush=True)  # noqa: T201
    except OSError as error:
        from cpsl_cli.errors import report_unwritable_stdout

        sys.exit(report_unwritable_stdout(error))


def _version() -> str:
    """Read from the file: importing ``cpsl`` for it would take five times as long as all the rest."""
    import os.path

    values: dict[str, str] = {}
    path = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cpsl", "_version.py")
    with open(path, encoding="utf-8") as file:
        exec(file.read(), values)
    return values["__version__"]
