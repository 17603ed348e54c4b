"""Every document that the code or another document cites is there, with the section or heading that is cited.

A citation is a file's name, alone or with what is meant in it: ``behaviour.md §13.3`` or ``architecture.md#the-store``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.docs.document import ROOT

FOLDERS = ("cpsl", "cpsl_cli", "tests", "benchmarks", "examples", "docs", ".ci", ".github")
KINDS = (".py", ".md", ".toml", ".yml", ".yaml", ".json", ".sh")
# Names of documents that lie outside of the repository, put together so that this file does not name them itself.
OUTSIDE = [f"{name}.md" for name in ("API", "DESIGN", "UX", "STYLE")]

_NUMBER = r"§\d+(?:\.\d+)?"
_CITATION = re.compile(
    # A link's target outside of the repository, or the name of a file that an example writes, has these before it.
    r"(?<![\w./>-])(?P<file>(?:\.{1,2}/)*(?:[\w-]+/)*[\w-]+\.md)\b"
    r"(?:#(?P<heading>[\w-]+))?"
    rf"(?P<sections>[\s#]*{_NUMBER}(?:(?:,|-|–| and| to)[\s#]*{_NUMBER})*)?"
    r"(?P<local>[\s#]+LOCAL\b)?"
)
_OF_A_STANDARD = re.compile(r"(?:RFC \d+|CommonMark)\s$")
_SECTION = re.compile(r"^#{2,4} (§\d+(?:\.\d+)?) ", re.MULTILINE)
_HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


class Citation(NamedTuple):
    """A document that is cited, and where: ``file:line``."""

    where: str
    file: str
    heading: str | None
    sections: tuple[str, ...]
    local: bool


@cache
def texts() -> dict[Path, str]:
    """What people read of the project: its code, its documents, and how it is built."""
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    chosen = [path for path in (*ROOT.iterdir(), *inside) if path.suffix in KINDS or path.name == "Makefile"]
    return {path: path.read_text(encoding="utf-8") for path in chosen if path.is_file()}


def citations_in(text: str, name: str) -> Iterator[Citation]:
    """The citations of a text, whose file has that name."""
    for found in _CITATION.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        sections = tuple(re.findall(_NUMBER, found["sections"] or ""))
        yield Citation(f"{name}:{line}", found["file"], found["heading"], sections, bool(found["local"]))


def resolved(file: str, citing: Path) -> Path | None:
    """The document: seen from the root, from the citing file, or the only one of that name in the repository."""
    for folder in (ROOT, citing.parent):
        path = (folder / file).resolve()
        if path in texts():
            return path
    if "/" in file:
        return None
    named = [path for path in texts() if path.name == file]
    return named[0] if len(named) == 1 else None


@cache
def anchors(document: str) -> set[str]:
    """The headings as links name them."""
    headings = _HEADING.findall(_FENCED.sub("", document))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def sections_of(document: str) -> dict[str, str]:
    """The text of each numbered section, up to the next."""
    parts = _SECTION.split(document)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def problem(citation: Citation, citing: Path) -> str | None:
    """Why a citation leads nowhere, with its place; None if it leads somewhere."""
    path = resolved(citation.file, citing)
    if path is None:
        return f"{citation.where}: there is no {citation.file}"
    document = texts()[path]
    if citation.heading is not None and citation.heading not in anchors(document):
        return f"{citation.where}: {citation.file} has no heading #{citation.heading}"
    present = sections_of(document)
    missing = [section for section in citation.sections if section not in present]
    if missing:
        return f"{citation.where}: {citation.file} has no {', '.join(missing)}"
    if citation.local and not any("**LOCAL**" in present[section] for section in citation.sections):
        return f"{citation.where}: {citation.file} marks no difference in {', '.join(citation.sections)}"
    return None


def cited() -> list[tuple[Citation, Path]]:
    """Every citation of the repository, with the file it stands in."""
    return [
        (citation, path)
        for path, text in texts().items()
        if path != Path(__file__).resolve()
        for citation in citations_in(text, str(path.relative_to(ROOT)))
    ]


def test_every_citation_leads_somewhere() -> None:
    found = cited()
    assert len(found) > 150
    assert sum(bool(citation.sections) for citation, _ in found) > 100
    assert [wrong for citation, path in found if (wrong := problem(citation, path))] == []


def test_no_document_outside_of_the_repository_is_named() -> None:
    word = re.compile("|".join(rf"\b{re.escape(name)}" for name in OUTSIDE))
    assert [
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if word.search(line)
    ] == []


def test_sections_are_cited_with_their_document() -> None:
    """``§7`` alone says nothing; but for the reference's own sections, and those of published standards."""
    reference = ROOT / "docs/reference/behaviour.md"
    lone = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, at) + 1}"
        for path, text in texts().items()
        if path not in (reference, Path(__file__).resolve())
        for at in _lone_sections(text)
    ]
    assert lone == []


def test_the_reference_resolves_its_own_sections() -> None:
    text = (ROOT / "docs/reference/behaviour.md").read_text(encoding="utf-8")
    sections = _SECTION.findall(text)
    assert len(sections) == len(set(sections))
    assert {f"§{number}" for number in range(1, 38)} <= set(sections)
    assert set(re.findall(_NUMBER, text)) == set(sections)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("see behaviour.md §13.3, §14", None),
        ("see behaviour.md §13-§15", None),
        ("see behaviour.md\n    §13.2", None),
        ("see docs/architecture.md#the-store", None),
        ("see behaviour.md §13.4 LOCAL", None),
        ("see behaviour.md §30 LOCAL", "x.py:1: behaviour.md marks no difference in §30"),
        ("see behaviour.md §99", "x.py:1: behaviour.md has no §99"),
        ("see behaviour.md §13, §13.9", "x.py:1: behaviour.md has no §13.9"),
        ("see architecture.md#the-shop", "x.py:1: architecture.md has no heading #the-shop"),
        ("\nsee docs/missing.md", "x.py:2: there is no docs/missing.md"),
        ("see missing.md", "x.py:1: there is no missing.md"),
    ],
)
def test_a_citation_that_leads_nowhere_is_found(text: str, wrong: str | None) -> None:
    assert [problem(citation, ROOT / "x.py") for citation in citations_in(text, "x.py")] == [wrong]


def _lone_sections(text: str) -> Iterator[int]:
    covered = [found.span() for found in _CITATION.finditer(text)]
    for found in re.finditer(_NUMBER, text):
        begins = found.start()
        in_citation = any(begin <= begins < end for begin, end in covered)
        if not in_citation and not _OF_A_STANDARD.search(text[max(0, begins - 20) : begins]):
            yield begins
