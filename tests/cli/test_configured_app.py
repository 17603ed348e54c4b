"""The app that the configuration names, from wherever in the project it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

APP = """
import cpsl

app = cpsl.App("named", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    await session.reply("named " + msg.text)
"""


def test_a_configured_app_is_found_from_a_subfolder(tmp_path: Path) -> None:
    (tmp_path / ".capsule").mkdir()
    (tmp_path / ".capsule" / "config.toml").write_text('app = "app.py"\n', encoding="utf-8")
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "deep").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "cpsl_cli", "chat", "--ephemeral", "-m", "hi"],
        cwd=tmp_path / "deep",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "named hi\n")
