"""The README's code and shell talks are run; what it shows is what comes out."""

import re
from pathlib import Path

import pytest

from tests.docs.document import ROOT, Document, printed

README = Document("README.md")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the README's files."""
    (tmp_path / ".capsule").mkdir()
    README.write(tmp_path, "python")
    return tmp_path


def test_every_command_prints_what_the_readme_shows(project: Path) -> None:
    steps = README.steps()
    assert len(steps) >= 8
    assert [printed(step.command, project) for step in steps] == steps


def test_the_app_and_its_test_are_as_short_as_promised(project: Path) -> None:
    app, test = (
        [line for line in (project / name).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
        for name in ("app.py", "test_app.py")
    )
    assert len(app) <= 12
    assert len(test) == 3


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/db.md", "docs/testing.md"]
)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert links
    assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_files_that_it_names_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:cpsl|cpsl_cli|tests|benchmarks|docs)/[a-z_./]+(?:\.py|\.json|/))`", text))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_commands_that_contributing_names_are_those_of_make() -> None:
    named = set(re.findall(r"`make ([a-z-]+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert named >= {"test", "test-all", "lint", "coverage", "bench", "torture"}
    assert named <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_it_can_be_read_at_one_sitting() -> None:
    assert 50 <= len(README.text.splitlines()) <= 150
