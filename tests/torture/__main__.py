"""``python -m tests.torture [--kills N] [--seed N]``: kill capsule in its work; exit code 1 for a fault."""

from __future__ import annotations

import argparse
import sys

from tests.torture.kills import torture


def main() -> int:
    """Read the options, torture, and print each fault and a summary."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("--kills", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="what decides what is killed when (default: 1)")
    options = parser.parse_args()
    result = torture(options.kills, options.seed)
    for fault in result.faults:
        print(fault)
    print(result.summary)
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
