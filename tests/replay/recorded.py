"""A folder with a recorded chat, for tests of ``capsule replay``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import Folder

COUNTER = """\
@app.message()
async def on_message(session, message):
    if message.text == "boom":
        raise ValueError("no way")
    session.data["n"] = session.data.get("n", 0) + 1
    await session.reply(f"{session.data['n']} {message.text}")
"""


def recorded(folder: Folder, stdin: str, source: str = COUNTER, name: str = "t.jsonl") -> Path:
    """Write the app, and record what it says to those lines."""
    folder.app(source)
    run = folder.chat("--ephemeral", "--record", name, stdin=stdin)
    assert run.code in (0, 1), run.stderr
    return folder.path / name


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The records in a transcript."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def written(folder: Folder, *records: dict[str, Any], name: str = "hand.jsonl") -> Path:
    """A transcript written by hand."""
    return folder.write(name, "".join(json.dumps(record) + "\n" for record in records))
