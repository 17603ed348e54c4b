"""Files that root makes for somebody else, and settings that may not be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cpsl.http.cassette_file import CassetteWriter
from cpsl.privatefile import private_file, private_folder
from cpsl.wholefile import write_whole
from tests.conftest import Folder
from tests.unprivileged import NOBODY, folder_for_others, run_unprivileged

# All that the command may load.
IMPORTS = """
import importlib.util, pkgutil, sys, urllib.parse
import cpsl, cpsl_cli, typer
for name in ("tomllib", "tomli"):
    if importlib.util.find_spec(name):
        importlib.import_module(name)
for package in (cpsl, cpsl_cli, typer):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith(("__main__", "_winconsole")):
            importlib.import_module(module.name)
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


def owners(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.lstat().st_uid for path in sorted(folder.rglob("*"))}


def test_what_root_makes_in_the_folder_of_another_user_is_theirs(folder: Folder) -> None:
    folder.app("@app.message()\nasync def on_message(session, message):\n    await session.reply('x')\n")
    folder.write("note.txt", "buy milk\n")
    for path in (folder.path, *folder.path.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    run = folder.chat("--record", "talk.jsonl", "--trace", "trace.jsonl", stdin="/attach note.txt\nhi\n")
    assert (run.stdout, run.code) == (b"x\n", 0)
    assert folder.capsule("db", "export", "saved").code == 0
    assert folder.capsule("replay", "talk.jsonl", "--junit", "report.xml").code == 0
    found = {name: owner for name, owner in owners(folder.path).items() if "__pycache__" not in name}
    assert {"talk.jsonl", "trace.jsonl", "report.xml", ".capsule/probe.db", "saved/manifest.json"} <= set(found)
    assert any(name.startswith("attachments/") and name.endswith("/note.txt") for name in found)
    assert {name: owner for name, owner in found.items() if owner != NOBODY} == {}


def test_so_is_what_is_written_in_one_piece(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    writer = CassetteWriter(tmp_path / "talk.http.yaml")
    writer.begin()
    writer.close()
    write_whole(tmp_path / "talk.jsonl", "{}")
    assert owners(tmp_path) == {"talk.http.yaml": NOBODY, "talk.jsonl": NOBODY}


def test_in_a_folder_that_everybody_may_write_to_it_stays_roots(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    tmp_path.chmod(0o777)
    private_file(tmp_path / "x.db")
    private_folder(tmp_path / "state")
    assert owners(tmp_path) == {"state": 0, "x.db": 0}


@pytest.fixture
def shared() -> Iterator[Path]:
    with folder_for_others(0o777) as folder:
        yield folder


def sentence_of_nobody(folder: Path, *arguments: str) -> str:
    """What the command says on stderr to a user without any rights, who must be told why it ends with code 2."""
    done = run_unprivileged(IMPORTS, "from cpsl_cli.main import main\nmain()", *arguments, folder=folder)
    assert (done.stdout, done.returncode) == ("", 2), done.stderr
    return done.stderr


def test_a_state_folder_that_may_not_be_read_is_one_sentence(shared: Path) -> None:
    (shared / ".capsule").mkdir(0o700)
    said = sentence_of_nobody(shared, "db", "collections")
    assert said.endswith("have it given to you (chown -R), or move it away.\n")
    assert said.count("\n") == 1


def test_settings_that_may_not_be_read_are_one_sentence(shared: Path) -> None:
    (shared / ".capsule").mkdir()
    os.chown(shared / ".capsule", NOBODY, NOBODY)
    (shared / ".capsule" / "config.toml").write_text("")
    (shared / ".capsule" / "config.toml").chmod(0o600)
    (shared / "app.py").write_text("import cpsl\n\napp = cpsl.App('probe', image=cpsl.Image())\n")
    said = sentence_of_nobody(shared, "chat", "app.py", "-m", "hi")
    assert said.endswith("config.toml: cannot be read (Permission denied).\n")
    assert said.count("\n") == 1
