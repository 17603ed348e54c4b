"""The README's code and shell talks are run; what it shows is what comes out."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from cpsl.testing import Simulator
from tests.cli.capsule import shell

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


class Step(NamedTuple):
    """A command of a console block and what the README says it prints."""

    command: str
    output: str


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def _steps(block: str) -> list[Step]:
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return [Step(command, _timeless(output)) for command, output in zip(parts[::2], parts[1::2], strict=True)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the README's files, each named by its first line."""
    (tmp_path / ".capsule").mkdir()
    for block in _blocks("python"):
        name = re.match(r"# (\w+\.py)\n", block)
        assert name, "a Python block begins with the name of its file"
        (tmp_path / name[1]).write_text(block, encoding="utf-8")
    return tmp_path


def _printed(command: str, folder: Path) -> str:
    done = shell(command, cwd=folder)
    assert done.returncode == 0, done.stderr
    return _timeless(done.stdout)


def _timeless(output: str) -> str:
    return re.sub(r"in [\d.]+s$", "in …s", output, flags=re.MULTILINE)


def test_every_command_prints_what_the_readme_shows(project: Path) -> None:
    steps = [step for block in _blocks("console") for step in _steps(block)]
    assert len(steps) >= 8
    assert [(step.command, _printed(step.command, project)) for step in steps] == [tuple(step) for step in steps]


def test_the_app_and_its_test_are_as_short_as_promised(project: Path) -> None:
    app, test = (
        [line for line in (project / name).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
        for name in ("app.py", "test_app.py")
    )
    assert len(app) <= 12
    assert len(test) == 4


async def test_the_talk_at_the_top_is_a_real_one() -> None:
    talk = _blocks("text")[0]
    said = re.findall(r"^❯ (.*)$", talk, re.MULTILINE)
    async with Simulator(str(ROOT / "examples/notebook/app.py")) as sim:
        chat = sim.chat()
        shown = [f"❯ {text}\n{(await chat.send(text)).text}\n" for text in said]
    assert "".join(shown) == talk


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md"])
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert links
    assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []


def test_the_files_the_architecture_names_exist() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:cpsl|cpsl_cli|tests|benchmarks)/[a-z_/]+(?:\.py|/))`", text))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_it_can_be_read_at_one_sitting() -> None:
    assert 50 <= len(README.splitlines()) <= 150
