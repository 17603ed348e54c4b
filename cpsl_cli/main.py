"""The entry point: answers ``--version`` without importing anything, hands the rest to the command line."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line; ends the process with a documented exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        print(f"capsule {_version()}")  # noqa: T201
        return
    # Collecting garbage while modules are loaded finds none, and costs a twentieth of the start.
    gc.disable()
    try:
        from cpsl_cli.cli import run
        from cpsl_cli.streams import mask_stderr

        mask_stderr()
    except KeyboardInterrupt:  # while loading, before anybody else answers Ctrl-C
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))


def _version() -> str:
    """Read from the file: importing ``cpsl`` for it would take five times as long as all the rest."""
    import os.path

    values: dict[str, str] = {}
    path = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cpsl", "_version.py")
    with open(path, encoding="utf-8") as file:
        exec(file.read(), values)
    return values["__version__"]
