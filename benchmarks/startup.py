"""What a person waits for before anything happens: whole processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import CAPSULE, PYTHON, Measure, Row, compared, folder_with, process_ms

_PAIRS = 21
_CHAT = [CAPSULE, "chat", "app.py"]
_HELLO = '''
import typer

app = typer.Typer()


@app.command()
def hello(name: str = typer.Argument(help="Whom to greet."), loud: bool = False) -> None:
    """Greet somebody."""


app()
'''


def rows() -> Iterator[Row]:
    """``--version``, ``--help``, and a chat of one line."""
    with folder_with("echo") as folder:
        (folder / "hello.py").write_text(_HELLO, encoding="utf-8")
        yield _against(
            "capsule --version", folder, [CAPSULE, "--version"], "python -c pass", [PYTHON, "-c", "pass"], 2.0
        )
        yield _against(
            "capsule --help", folder, [CAPSULE, "--help"], "typer hello --help", [PYTHON, "hello.py", "--help"], 1.2
        )
        yield _chat("piped one-line chat, resumed", lambda: process_ms(_CHAT, folder, "hi\n", prints=3), folder)
        yield _chat("piped one-line chat, new store", _in_a_fresh_folder, folder)


def _against(what: str, folder: Path, ours: list[str], floor_is: str, floor: list[str], budget: float) -> Row:
    return compared(
        what,
        lambda: process_ms(ours, folder),
        floor_is,
        lambda: process_ms(floor, folder),
        budget=budget,
        pairs=_PAIRS,
        unit="ms",
    )


def _chat(what: str, ours: Measure, folder: Path) -> Row:
    imports = [PYTHON, "-c", "import asyncio, sqlite3"]
    return compared(
        what,
        ours,
        "import asyncio, sqlite3",
        lambda: process_ms(imports, folder),
        budget=2.0,
        pairs=_PAIRS,
        unit="ms",
    )


def _in_a_fresh_folder() -> float:
    with folder_with("echo") as fresh:
        return process_ms(_CHAT, fresh, "hi\n", prints=3)
