"""behaviour.md §34: from an entry point to an app."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cpsl.errors import AppChoiceError, AppLoadError
from cpsl.runtime.loader import load, split_entry
from cpsl.testing import Simulator
from tests.conftest import APP_HEAD, Folder

TWO = APP_HEAD + 'other = cpsl.App("other", image=cpsl.Image())\n'


@pytest.fixture(autouse=True)
def importing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in the folder; afterwards forget what was imported."""
    monkeypatch.chdir(folder.path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "app", raising=False)  # another test's
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(folder.path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("entry", "parts"),
    [
        ("app.py", ("app.py", "")),
        ("app.py:app", ("app.py", "app")),
        ("dir/app.py:app", ("dir/app.py", "app")),
        ("my.module:app", ("my.module", "app")),
        ("odd:name.py", ("odd:name.py", "")),
        ("odd:name.py:app", ("odd:name.py", "app")),
    ],
)
def test_an_entry_point_is_a_place_and_a_symbol(entry: str, parts: tuple[str, str]) -> None:
    assert split_entry(entry) == parts


@pytest.mark.parametrize("entry", ["app", "", ":", "app:", "a.txt", "app:not-a-name", "."])
def test_an_entry_point_of_another_form_is_refused(entry: str) -> None:
    with pytest.raises(AppLoadError, match="names no app"):
        load(entry)


def test_a_forgotten_ending_is_suggested(folder: Folder) -> None:
    folder.app()
    with pytest.raises(AppLoadError, match=r"Did you mean app\.py"):
        load("app")


@pytest.mark.parametrize("entry", ["app.py", "app.py:app", "./app.py", "app:app"])
def test_every_form_finds_the_app(folder: Folder, entry: str) -> None:
    file = folder.app()
    loaded = load(entry)
    assert (loaded.app.name, loaded.file, loaded.folder) == ("probe", file, folder.path)
    assert loaded.entry == ("app:app" if entry == "app:app" else "app.py:app")


def test_a_module_inside_a_package_is_found(folder: Folder) -> None:
    folder.write("pack/__init__.py", "")
    folder.app(name="pack/inner.py")
    assert load("pack.inner:app").entry == "pack.inner:app"


def test_a_file_elsewhere_imports_its_neighbours(folder: Folder) -> None:
    folder.write("deep/neighbour_of_app.py", "name = 'neighbour'\n")
    folder.write("deep/app.py", "import cpsl\nfrom neighbour_of_app import name\napp = cpsl.App(name)\n")
    assert load("deep/app.py").app.name == "neighbour"


@pytest.mark.parametrize("name", ["json.py", "shlex.py", "difflib.py", "my-app.py", "2nd.py", "cpsl.py", "żółć.py"])
def test_any_file_name_will_do_and_shadows_no_module(folder: Folder, name: str) -> None:
    folder.app(name=name)
    assert load(name).app.name == "probe"
    former = sys.modules.get(Path(name).stem)
    assert former is None or former.__file__ != str(folder.path / name) or name == "żółć.py"


def test_classes_of_the_file_know_their_module(folder: Folder) -> None:
    folder.app("import dataclasses, pickle\n@dataclasses.dataclass\nclass A:\n    x: int = 1\npickle.dumps(A())\n")
    load("app.py")


def test_the_same_app_under_two_names_is_one(folder: Folder) -> None:
    folder.app("alias = app\n")
    assert load("app.py").entry == "app.py:app"


def test_several_apps_are_listed(folder: Folder) -> None:
    folder.write("app.py", TWO)
    with pytest.raises(AppChoiceError, match="holds several apps") as caught:
        load("app.py")
    assert caught.value.choices == ("app.py:app", "app.py:other")
    assert load("app.py:other").app.name == "other"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("missing.py", "no such file"),
        ("missing:app", "no such module"),
        ("pack.missing:app", "no such module"),
        ("empty.py", "no cpsl.App in it"),
        ("app.py:nothing", "has no 'nothing'. It has: app."),
        ("app.py:number", "is a int, not a cpsl.App. It has: app."),
        ("bad.py", "importing it raised SyntaxError"),
        ("bad:app", "importing it raised SyntaxError"),
        ("needs.py", "importing it raised ModuleNotFoundError"),
        ("needs:app", "importing it raised ModuleNotFoundError"),
        ("leaves.py", "importing it raised SystemExit"),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(folder: Folder, entry: str, words: str) -> None:
    folder.app("number = 1\n")
    folder.write("pack/__init__.py", "")
    folder.write("empty.py", "")
    folder.write("bad.py", "def broken(:\n")
    folder.write("needs.py", "import no_such_module_anywhere\n")
    folder.write("leaves.py", "import sys\nsys.exit()\n")
    with pytest.raises(AppLoadError) as caught:
        load(entry)
    assert words in str(caught.value)
    assert (caught.value.__cause__ is not None) == ("importing" in words)


def test_ctrl_c_while_importing_is_ctrl_c(folder: Folder) -> None:
    folder.app("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt) as caught:
        load("app.py")
    assert caught.value.__cause__ is None


def test_a_file_that_failed_can_be_loaded_again(folder: Folder) -> None:
    folder.app("raise ValueError\n")
    with pytest.raises(AppLoadError):
        load("app.py")
    folder.app("# mended and longer\n")
    assert load("app.py").app.name == "probe"


async def test_a_simulator_takes_an_entry_point(folder: Folder) -> None:
    folder.app()
    async with Simulator("app.py") as sim:
        assert (await sim.chat().send("hi")).text == "got hi"
