"""``python -m benchmarks [TOPIC…]``: one table; exit code 1 if a budget was missed."""

from __future__ import annotations

import importlib
import platform
import sys
from collections.abc import Sequence

from benchmarks.harness import Row

TOPICS = ("startup", "turns", "streaming", "terminal", "flood", "collections", "replay", "memory")
_LAYOUT = "{:<40} {:>11} {:>11} {:<24} {:>6} {:>7}  {}"


def main(names: Sequence[str]) -> int:
    """Measure the topics named, or all, printing each row when it is known."""
    unknown = set(names) - set(TOPICS)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; topics: {', '.join(TOPICS)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    print(_LAYOUT.format("what", "ours", "floor", "which is", "ratio", "budget", "ok"))
    missed = 0
    for topic in names or TOPICS:
        for row in importlib.import_module(f"benchmarks.{topic}").rows():
            print(_line(row), flush=True)
            missed += not row.kept
    print(f"\n{missed or 'no'} budget{'s' if missed > 1 else ''} missed")
    return 1 if missed else 0


def _line(row: Row) -> str:
    return _LAYOUT.format(
        row.what,
        f"{row.ours:.1f} {row.unit}",
        f"{row.floor:.1f} {row.unit}",
        row.floor_is,
        f"{row.ratio:.2f}",
        f"{row.budget:.1f}",
        "yes" if row.kept else "NO",
    )


sys.exit(main(sys.argv[1:]))
