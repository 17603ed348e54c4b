"""The README's pictures are what the program shows."""

from __future__ import annotations

import importlib.util
import re
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"


def script() -> ModuleType:
    """The script that draws them."""
    spec = importlib.util.spec_from_file_location("make_pictures", PICTURES / "make.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = script()


def words(svg: str) -> list[str]:
    """The text of a picture, piece by piece. How it is drawn depends on rich's version."""
    return [unescape(text).replace("\xa0", " ").strip() for text in re.findall(r"<text [^>]*>(.*?)</text>", svg)]


def test_the_readme_shows_every_picture_and_no_other() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(docs/pictures/(\w+)\.svg\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(MAKE.PICTURES)
    assert sorted(file.stem for file in PICTURES.glob("*.svg")) == sorted(shown)


@pytest.mark.parametrize("name", sorted(MAKE.PICTURES))
def test_a_picture_is_what_the_program_shows_now(name: str) -> None:
    drawn = words(MAKE.PICTURES[name].take(name))
    assert any("❯" in word for word in drawn)
    assert drawn == words((PICTURES / f"{name}.svg").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(MAKE.PICTURES))
def test_a_picture_is_small_and_needs_nothing_from_elsewhere(name: str) -> None:
    svg = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    assert len(svg) < 12_000
    assert re.findall(r"(?:url\(|href=)[\"']?(https?:[^\"')]+)", svg) == []
