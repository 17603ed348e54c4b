"""The app that the configuration names, from wherever in the project it is asked for."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from cpsl_cli.discover import default_app
from cpsl_cli.errors import UsageError

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


@pytest.fixture
def two_apps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(APP, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "entry"), [("2", "two.py:app"), (" 01 ", "one.py:app"), ("one.py:app", "one.py:app")]
)
def test_one_of_several_apps_is_chosen_by_number_or_name(
    two_apps: Path, monkeypatch: pytest.MonkeyPatch, typed: str, entry: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
    assert default_app(two_apps, ask=True) == entry


@pytest.mark.parametrize("typed", ["", "0", "3", "²", "9" * 5000])
def test_what_chooses_none_of_several_apps_is_refused_with_their_names(
    two_apps: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
    with pytest.raises(UsageError, match="there are several apps here; name one:") as refused:
        default_app(two_apps, ask=True)
    assert "capsule chat two.py:app" in str(refused.value)
