"""Every example in the help of ``capsule db`` and ``capsule data`` is run (UX X6b)."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cpsl_cli.commands.db import SUBCOMMANDS, arranged
from tests.conftest import PATIENCE
from tests.db.conftest import Shop

EXAMPLE = re.compile(r"^    (\S.*)$", re.MULTILINE)


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """The shop with what the examples speak of."""
    shop.write("orders.jsonl", '{"total": 3}\n')
    return shop


def _examples(shop: Shop, *command: str) -> list[str]:
    done = shop.capsule(*command, "--help")
    assert (done.code, done.stderr) == (0, "")
    return EXAMPLE.findall(done.stdout.decode().partition("Examples:")[2])


def _shell(shop: Shop, line: str) -> "subprocess.Popen[bytes]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        ["sh", "-c", f"exec {line}" if "watch" in line else line],
        cwd=shop.path,
        env={**shop.environment(), "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _late(line: str) -> int:
    """Destructive examples last, and the import after the export."""
    words = ("reset", "import", "delete")
    return next((place for place, word in enumerate(words, 1) if f"db {word}" in line), 0)


def test_the_examples_work(stocked: Shop) -> None:
    commands = [["db"], ["data"], *(["db", name] for name in SUBCOMMANDS)]
    lines = [line for command in commands for line in _examples(stocked, *command)]
    assert len(lines) > 2 * len(SUBCOMMANDS) - 3
    # Destructive ones last, and the import after the export.
    late = ("reset", "import", "delete")
    for line in sorted(
        lines, key=lambda line: next((at for at, word in enumerate(late, 1) if f"db {word}" in line), 0)
    ):
        process = _shell(stocked, line)
        assert process.stderr
        if "watch" in line:
            assert process.stderr.readline().startswith(b"watching orders")
            process.send_signal(signal.SIGINT)
        error = process.stderr.read().decode()
        process.stderr.close()
        assert process.wait(PATIENCE) == (130 if "watch" in line else 0), (line, error)


def test_the_group_lists_its_commands(shop: Shop) -> None:
    text = shop.db("--help").stdout.decode()
    assert all(re.search(rf"^  {name} ", text, re.MULTILINE) for name in SUBCOMMANDS)
    assert "  db " in shop.capsule("--help").stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["list"]),
        (["--format", "json"], ["list", "--format", "json"]),
        (["--help"], ["--help"]),
        (["orders"], ["show", "orders"]),
        (["--format", "csv", "orders", "--limit", "3"], ["show", "--format", "csv", "orders", "--limit", "3"]),
        (["--app", "x", "find", "orders", "a=1"], ["find", "--app", "x", "orders", "a=1"]),
        (["find", "orders", "--sort", "-total"], ["find", "orders", "--sort", "-total"]),
    ],
)
def test_the_sub_command_comes_first(arguments: list[str], expected: list[str]) -> None:
    assert arranged(arguments) == expected
