"""Every block of docs/testing.md is run, in its order, in one folder."""

from pathlib import Path

import pytest

from tests.docs.document import Document, printed

DOCUMENT = Document("docs/testing.md")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the document's files."""
    DOCUMENT.write(tmp_path, "python", "toml")
    (transcript,) = DOCUMENT.blocks("jsonl")
    (tmp_path / "transcripts").mkdir()
    (tmp_path / "transcripts" / "by-hand.jsonl").write_text(transcript, encoding="utf-8")
    return tmp_path


def test_every_command_prints_what_the_document_shows(project: Path) -> None:
    steps = DOCUMENT.steps()
    assert len(steps) >= 9
    assert [printed(step.command, project, fails="FAILED" in step.output) for step in steps] == steps


def test_a_first_test_is_as_short_as_promised() -> None:
    first = DOCUMENT.blocks("python")[0]
    assert len([line for line in first.splitlines() if line and line[0] != "#"]) == 3


def test_every_block_is_of_a_kind_that_is_run() -> None:
    kinds = {line.removeprefix("```") for line in DOCUMENT.text.splitlines() if line.startswith("```")}
    assert kinds == {"", "python", "console", "toml", "jsonl"}
