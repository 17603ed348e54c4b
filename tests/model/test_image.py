from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cpsl.model.image import Image
from tests.signatures import signature_text


def test_everything_about_an_image_is_a_keyword() -> None:
    assert signature_text(Image) == "(*, python_packages=None, apt_packages=None, commands=None)"
    assert Image().to_dict() == {"python_packages": [], "apt_packages": [], "commands": []}


def test_the_add_methods_change_the_image_and_return_it() -> None:
    image = Image()
    chained = image.add_python_packages(["a"]).add_apt_packages(["b"]).add_commands(["c"])
    assert chained is image
    assert image.to_dict() == {"python_packages": ["a"], "apt_packages": ["b"], "commands": ["c"]}


def test_the_lists_an_image_was_made_from_stay_the_apps_own() -> None:
    mine = ["a"]
    Image(python_packages=mine).add_python_packages(["b"])
    assert mine == ["a"]


def test_a_requirements_file_gives_its_lines_without_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "needs.txt").write_text("# ours\nhttpx>=0.27  # http\n\n  rich\nx @ git+https://h/x#egg=x\n")
    monkeypatch.chdir(tmp_path)
    assert Image(python_packages="needs.txt").python_packages == [
        "httpx>=0.27",
        "rich",
        "x @ git+https://h/x#egg=x",
    ]
    assert Image().add_python_packages("needs.txt").python_packages[0] == "httpx>=0.27"


def test_a_requirements_file_is_found_beside_the_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "beside-the-app.txt").write_text("rich\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert Image(python_packages="beside-the-app.txt").python_packages == ["rich"]


def test_a_missing_requirements_file_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"'no-such-file\.txt'"):
        Image(python_packages="no-such-file.txt")


def test_it_prints_like_the_call_that_makes_it() -> None:
    text = "Image(python_packages=['a'], apt_packages=[], commands=[])"
    assert repr(Image(python_packages=["a"])) == text
