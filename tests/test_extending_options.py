"""An option is one declaration and the place where it takes effect, a channel one class and the line that chooses it.

Copies of the product get one more of each.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import cpsl
import cpsl_cli

MOST_FILES = 2
APP = """
import cpsl
app = cpsl.App("echo", image=cpsl.Image())
@app.message()
async def handle(session, msg):
    await session.reply(msg.text)
"""


class Addition(NamedTuple):
    """Lines for a file of the product, in front of a line that is there once; a new file is in front of nothing."""

    file: str
    before: str
    lines: str


OPTION = (
    Addition(
        "cpsl_cli/options/chat_options.py",
        "    terminal: bool = False\n",
        """\
    voice: Annotated[
        str | None,
        typer.Option(metavar="VOICE", help="How loud replies are: loud or normal."),
        Check(lambda name, voice: None if voice in ("loud", "normal") else f"{name} is loud or normal."),
        Setting("voice", str, "loud or normal", "normal"),
    ] = None
""",
    ),
    Addition(
        "cpsl_cli/pipe/scripted_chat.py",
        "    return PlainText(streams.product.write)\n",
        """\
    if prepared.options.voice == "loud":
        return PlainText(lambda text: streams.product.write(text.upper()))
""",
    ),
)

CHANNEL = (
    Addition(
        "cpsl/channels/naming.py",
        "",
        """\
class EventNames:
    def __init__(self, write):
        self._write = write

    def deliver(self, event, key):
        self._write(type(event).__name__ + "\\n")
""",
    ),
    Addition(
        "cpsl_cli/pipe/scripted_chat.py",
        "    return PlainText(streams.product.write)\n",
        """\
    from cpsl.channels.naming import EventNames

    return EventNames(streams.product.write)
""",
    ),
)


class Copy(NamedTuple):
    """A copy of the product with the patch, and a folder with an app."""

    product: Path
    folder: Path

    def chat(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``capsule chat`` of the copy with one line of input."""
        return subprocess.run(
            [sys.executable, "-m", "cpsl_cli", "chat", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.product), **environment},
            input="hello\n",
            capture_output=True,
            text=True,
            check=False,
        )


def copy_with(patch: tuple[Addition, ...], make: pytest.TempPathFactory) -> Copy:
    product = make.mktemp("product")
    for package in (cpsl, cpsl_cli):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, product / source.name)
    for addition in patch:
        file = product / addition.file
        text = file.read_text(encoding="utf-8") if addition.before else ""
        assert not addition.before or text.count(addition.before) == 1
        file.write_text(text.replace(addition.before, addition.lines + addition.before), encoding="utf-8")
    folder = make.mktemp("project")
    (folder / "app.py").write_text(APP, encoding="utf-8")
    return Copy(product, folder)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return copy_with(OPTION, tmp_path_factory)


@pytest.mark.parametrize("patch", [OPTION, CHANNEL])
def test_it_is_added_in_two_files(patch: tuple[Addition, ...]) -> None:
    assert len({addition.file for addition in patch}) <= MOST_FILES


def test_the_help_tells_of_it(copy: Copy) -> None:
    helped = copy.chat("--help", COLUMNS="100")
    assert helped.returncode == 0
    assert "--voice VOICE" in helped.stdout
    assert "How loud replies are: loud or normal." in helped.stdout


def test_it_takes_effect(copy: Copy) -> None:
    assert copy.chat("app.py", "--ephemeral").stdout == "hello\n"
    assert copy.chat("app.py", "--ephemeral", "--voice", "loud").stdout == "HELLO\n"


def test_a_value_that_makes_no_sense_is_refused(copy: Copy) -> None:
    refused = copy.chat("app.py", "--ephemeral", "--voice", "shrill")
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", "capsule: --voice is loud or normal.\n")


def test_the_environment_and_a_configuration_file_have_it_too(copy: Copy) -> None:
    assert copy.chat("app.py", "--ephemeral", CAPSULE_VOICE="loud").stdout == "HELLO\n"
    assert copy.chat("app.py", "--ephemeral", "--voice", "normal", CAPSULE_VOICE="loud").stdout == "hello\n"
    (copy.folder / ".capsule").mkdir(mode=0o700)
    (copy.folder / ".capsule" / "config.toml").write_text('voice = "loud"\n', encoding="utf-8")
    configured = copy.chat("app.py", "--ephemeral")
    assert (configured.stdout, configured.stderr) == ("HELLO\n", "")


def test_a_channel_gets_the_events(tmp_path_factory: pytest.TempPathFactory) -> None:
    shown = copy_with(CHANNEL, tmp_path_factory).chat("app.py", "--ephemeral")
    assert shown.stdout.splitlines() == ["UserMessage", "Reply", "TurnEnded"]
