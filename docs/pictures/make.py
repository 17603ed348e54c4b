"""Pictures for the README: the real program in a pseudo-terminal, its screen drawn as SVG.

Run it from the repository's root: ``.venv/bin/python docs/pictures/make.py`` (or ``make pictures``).
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from tests.terminal.screen import TerminalProgram  # noqa: E402

_NAMES = {"brown": "yellow", "default": ""}


def draw(program: TerminalProgram, title: str, file: Path) -> None:
    """Write the screen as it stands to an SVG file."""
    screen = program.screen
    rows = [number for number in range(screen.lines) if screen.display[number].strip()]
    console = Console(file=io.StringIO(), record=True, width=screen.columns, force_terminal=True)
    for number in range(rows[-1] + 1):
        console.print(_row(screen.buffer[number], screen.columns), end="\n", soft_wrap=True)
    svg = console.export_svg(title=title, unique_id=file.stem)
    # The picture must look the same without a network: no web font, the reader's own monospace.
    svg = re.sub(r"\s*@font-face \{.*?\n    \}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<!-- Generated with Rich \S+ -->", "", svg).replace("Fira Code", "monospace")
    file.write_text(svg, encoding="utf-8")


def _row(cells: object, columns: int) -> Text:
    text = Text()
    for column in range(columns):
        cell = cells[column]  # type: ignore[index]
        text.append(cell.data, _style(cell))
    text.rstrip()
    return text


def _style(cell: object) -> str:
    words = [_color(getattr(cell, "fg", "default"))]
    background = _color(getattr(cell, "bg", "default"))
    words += [f"on {background}"] if background else []
    words += ["bold"] if getattr(cell, "bold", False) else []
    words += ["reverse"] if getattr(cell, "reverse", False) else []
    return " ".join(word for word in words if word)


def _color(name: str) -> str:
    """pyte's colour as rich's: hexadecimal digits or a name."""
    if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name):
        return f"#{name}"
    return _NAMES.get(name, name).replace("bright", "bright_")


def chat(folder: Path) -> None:
    """A talk with the notebook example, one error of its own, and a reply that is just being streamed."""
    shutil.copytree(ROOT / "examples" / "notebook", folder / "notebook")
    program = TerminalProgram(["chat", "notebook/app.py"], folder, rows=24, columns=84)
    program.until_prompt()
    for line, answer in (
        ("remember buy coffee", "Saved note #1: buy coffee"),
        ("remember send proposal", "Saved note #2: send proposal"),
        ("notes", "2. send proposal"),
        ("are you there?", "You said: are you there?"),
    ):
        program.keys(line + "\r")
        program.until(lambda answer=answer: any(answer in row for row in program.lines()))  # type: ignore[misc]
        program.until_prompt()
    program.keys("/st")
    program.until(lambda: any("session.data" in row for row in program.lines()))
    draw(program, "capsule chat notebook/app.py", HERE / "chat.svg")
    program.close()


def main() -> None:
    """Draw every picture."""
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        chat(Path(folder))


if __name__ == "__main__":
    main()
