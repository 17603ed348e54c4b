from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# pytester forgets every module that a run within this process has brought in; the runtime must not be there twice.
import cpsl.testing.capsule
import cpsl.testing.items
import cpsl.testing.starter  # noqa: F401

SHOP = """\
import cpsl

app = cpsl.App("shop", image=cpsl.Image())


@app.boot()
async def boot():
    with open("boots.txt", "a") as file:
        file.write("boot ")


@app.message()
async def on_message(session, message):
    basket = session.data.setdefault("basket", [])
    basket.append(message.text)
    print("heard", message.text)
    await session.reply(f"{len(basket)}: added {message.text}")
"""

HEADER = {"type": "header", "format": "capsule-transcript", "version": 1, "app": "app.py", "at": "2001-01-01T00:00:00Z"}
THINGS = ("milk", "eggs", "bread", "salt", "tea")


def lines(*said: str, header: dict[str, Any] | None = HEADER) -> list[dict[str, Any]]:
    """A transcript in which the shop does what it does."""
    found = [header] if header else []
    for number, text in enumerate(said, 1):
        found.append({"type": "user", "turn": number, "text": text})
        found.append({"type": "reply", "turn": number, "text": f"{number}: added {text}"})
    return found


class Shop:
    """A project with an app and a transcript of five turns, in pytester's folder."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.app = self.path / "app.py"
        self.app.write_text(SHOP, encoding="utf-8")
        self.order = self.write("order.jsonl", lines(*THINGS))

    def write(self, name: str, records: list[dict[str, Any]]) -> Path:
        """Write a transcript."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return file

    def change(self, old: str, new: str, file: Path | None = None) -> None:
        """Replace something in the app, or in another file."""
        target = file or self.app
        text = target.read_text(encoding="utf-8")
        assert old in text
        target.write_text(text.replace(old, new), encoding="utf-8")

    def ini(self, *settings: str) -> None:
        """Write ``pytest.ini``."""
        (self.path / "pytest.ini").write_text("\n".join(["[pytest]", *settings, ""]), encoding="utf-8")

    def replies(self, file: Path | None = None) -> list[Any]:
        """The replies that a transcript holds."""
        records = map(json.loads, (file or self.order).read_text(encoding="utf-8").splitlines())
        return [record["text"] for record in records if record["type"] == "reply"]

    @property
    def boots(self) -> int:
        """How often the app was booted."""
        file = self.path / "boots.txt"
        return len(file.read_text(encoding="utf-8").split()) if file.exists() else 0

    def run(self, *arguments: str) -> pytest.RunResult:
        """``pytest`` in the project's folder."""
        return self.pytester.runpytest(*arguments)

    def process(self, *arguments: str) -> pytest.RunResult:
        """The same in a process of its own, for what is about processes."""
        return self.pytester.runpytest_subprocess(*arguments)


@pytest.fixture
def shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A project with an app and ``order.jsonl``."""
    # Its plugin takes half a second of every run.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")
    # These tests may themselves run in a worker of xdist.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    # On a build server pytest's summary says each reason a second time, whole.
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    return Shop(pytester)


Collected = Callable[..., list[str]]


@pytest.fixture
def collected(pytester: pytest.Pytester) -> Collected:
    """The ids that ``pytest --collect-only`` finds."""

    def ids(*arguments: str) -> list[str]:
        found = pytester.runpytest("--collect-only", "-q", *arguments)
        return [line for line in found.outlines if "::" in line]

    return ids
