"""Every example in the help of ``capsule db`` and ``capsule data`` is run."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cpsl_cli.db.subcommands import SUBCOMMANDS, epilog, subcommand_first
from tests.conftest import PATIENCE
from tests.db.conftest import Shop

# What only a shell understands, and the command that a signal ends.
SHELL = frozenset(("|", "<", ">", "watch"))
EXAMPLE = re.compile(r"^    (\S.*)$", re.MULTILINE)


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """The shop with what the examples speak of."""
    shop.write("orders.jsonl", '{"total": 3}\n')
    return shop


def _examples(text: str) -> list[str]:
    return EXAMPLE.findall(text.partition("Examples:")[2])


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
    own = [line for sub in SUBCOMMANDS.values() for line in _examples(epilog(sub).replace("\n  ", "\n    "))]
    lines = [*own, *_examples(stocked.db("--help").stdout.decode())]
    lines += _examples(stocked.capsule("data", "--help").stdout.decode())
    assert len(lines) > 2 * len(SUBCOMMANDS)
    for line in sorted(lines, key=_late):
        words = shlex.split(line)
        if not SHELL & set(words) and "$(" not in line:
            done = stocked.capsule(*words[1:])
            assert done.code == 0, (line, done)
            continue
        process = _shell(stocked, line)
        assert process.stderr
        if "watch" in line:
            assert process.stderr.readline().startswith(b"watching orders")
            process.send_signal(signal.SIGINT)
        error = process.stderr.read().decode()
        process.stderr.close()
        assert process.wait(PATIENCE) == (130 if "watch" in line else 0), (line, error)


def test_the_examples_are_in_the_help(shop: Shop) -> None:
    text = shop.db("find", "--help").stdout.decode()
    assert _examples(text) == [f"capsule db {example}" for example in SUBCOMMANDS["find"].examples]


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
    assert subcommand_first(arguments) == expected
