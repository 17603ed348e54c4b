"""Pictures for the README: the real program in a pseudo-terminal, its screen drawn as SVG.

Run it from the repository's root: ``.venv/bin/python docs/pictures/make.py`` (or ``make pictures``).
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from tests.terminal.screen import TerminalProgram  # noqa: E402

_COLUMNS = 84
_NAMES = {"brown": "yellow", "default": ""}


class Picture(NamedTuple):
    """An app to talk to, and the talk up to the moment that is drawn."""

    app: Path
    talk: Callable[[TerminalProgram], None]
    rows: int = 24

    def take(self, name: str) -> str:
        """The screen at that moment, as SVG."""
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / self.app.parent.name
            shutil.copytree(self.app.parent, home, ignore=shutil.ignore_patterns(".capsule", "__pycache__"))
            program = TerminalProgram(["chat", self.app.name], home, rows=self.rows, columns=_COLUMNS)
            try:
                program.until_prompt()
                self.talk(program)
                return svg(program, f"capsule chat {self.app.name}", name)
            finally:
                program.close()


def say(program: TerminalProgram, text: str, answer: str) -> None:
    """Say something and wait for the line it is answered with."""
    program.keys(text + "\r")
    program.until(lambda: any(answer in row for row in program.lines()))
    program.until_prompt()


def chat(program: TerminalProgram) -> None:
    """A talk with the notebook example; the menu is open."""
    say(program, "remember buy coffee", "Saved note #1: buy coffee")
    say(program, "remember send proposal", "Saved note #2: send proposal")
    say(program, "notes", "2. send proposal")
    say(program, "are you there?", "You said: are you there?")
    program.keys("/st")
    program.until(lambda: any("session.data" in row for row in program.lines()))


def streaming(program: TerminalProgram) -> None:
    """A reply streams, a message waits for it, and the next command is typed and completed."""
    program.keys("plan my monday\r")
    program.until(lambda: "Then" in program.lines())
    program.keys("order 2 apples\r")
    program.until_line("1 queued")
    program.keys("/db ")
    program.until(lambda: [row.strip() for row in program.lines()[-2:]] == ["customers", "orders"])


def error(program: TerminalProgram) -> None:
    """What a turn changed, and an error with the line of the app that raised it."""
    say(program, "order 2 apples", "2 apples, 6 € so far.")
    say(program, "order 1 pears", "1 pears, 10 € so far.")
    say(program, "/diff", "~ data.total 6 -> 10")
    say(program, "order 1 cherries", "/traceback shows all of it")
    say(program, "order 1 apples", "1 apples, 13 € so far.")


def question(program: TerminalProgram) -> None:
    """The app asks in the middle of a reply."""
    say(program, "order 2 apples", "2 apples, 6 € so far.")
    say(program, "order 1 pears", "1 pears, 10 € so far.")
    program.keys("ship\r")
    program.until(
        lambda: program.lines()[-1] == "Ship? [y/n] ❯" and any("The cart holds" in row for row in program.lines())
    )


NOTEBOOK = ROOT / "examples" / "notebook" / "app.py"
SHOP = HERE / "shop.py"
PICTURES = {
    "chat": Picture(NOTEBOOK, chat),
    "streaming": Picture(SHOP, streaming),
    "error": Picture(SHOP, error),
    "question": Picture(SHOP, question),
}


def svg(program: TerminalProgram, title: str, name: str) -> str:
    """The screen as it stands."""
    screen = program.screen
    rows = [number for number in range(screen.lines) if screen.display[number].strip()]
    console = Console(file=io.StringIO(), record=True, width=screen.columns, force_terminal=True)
    for number in range(rows[-1] + 1):
        console.print(_row(screen.buffer[number], screen.columns), end="\n", soft_wrap=True)
    drawn = console.export_svg(title=title, unique_id=name)
    # The picture must look the same without a network: no web font, the reader's own monospace.
    drawn = re.sub(r"\s*@font-face \{.*?\n    \}", "", drawn, flags=re.DOTALL)
    return re.sub(r"\s*<!-- Generated with Rich \S+ -->", "", drawn).replace("Fira Code", "monospace")


def _row(cells: object, columns: int) -> Text:
    text = Text()
    row = [cells[column] for column in range(columns)]  # type: ignore[index]
    while row and row[-1].data == " " and not _style(row[-1]):
        row.pop()
    for style, run in groupby(row, _style):
        text.append("".join(cell.data for cell in run), style)
    return text


def _style(cell: object) -> str:
    words = [_color(getattr(cell, "fg", "default"))]
    background = _color(getattr(cell, "bg", "default"))
    words += [f"on {background}"] if background else []
    words += ["bold"] if getattr(cell, "bold", False) else []
    words += ["italic"] if getattr(cell, "italics", False) else []
    words += ["reverse"] if getattr(cell, "reverse", False) else []
    return " ".join(word for word in words if word)


def _color(name: str) -> str:
    """pyte's colour as rich's: hexadecimal digits or a name."""
    if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name):
        return f"#{name}"
    return _NAMES.get(name, name).replace("bright", "bright_")


def main() -> None:
    """Draw every picture."""
    for name, picture in PICTURES.items():
        (HERE / f"{name}.svg").write_text(picture.take(name), encoding="utf-8")


if __name__ == "__main__":
    main()
