"""The glossary names files that there are, each term once, in order."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| Term", "| ---"))
]


def test_each_term_stands_once_and_in_order() -> None:
    terms = [line[0].lower() for line in LINES]
    assert terms == sorted(set(terms))
    assert all(len(line) == 3 and line[1] for line in LINES)


def test_each_file_is_there() -> None:
    named = {name for line in LINES for name in re.findall(r"`([^`]+)`", line[2])}
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()
