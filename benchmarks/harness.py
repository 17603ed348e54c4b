"""Measuring: pairs taken in turns, medians, and a row of the table for each budget.

Ours and the floor are measured alternately, so that whatever else the machine is doing meets both. The
ratio is the median of the pairs' ratios, which a disturbed pair does not move.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PYTHON = sys.executable
CAPSULE = str(Path(PYTHON).with_name("capsule"))
APPS = Path(__file__).parent / "apps"

# Run once by a small process: a child's peak memory counts that of the process it was forked from.
_PEAK = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""

Measure = Callable[[], float]


class Row(NamedTuple):
    """One budget: what was measured, ours and the floor in ``unit``, and the ratio allowed."""

    what: str
    floor_is: str
    ours: float
    floor: float
    ratio: float
    budget: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether the budget was kept."""
        return self.ratio <= self.budget


def compared(what: str, ours: Measure, floor_is: str, floor: Measure, *, budget: float, pairs: int, unit: str) -> Row:
    """Measure both alternately; the first pair only warms up."""
    taken = [(ours(), floor()) for _ in range(pairs + 1)][1:]
    return Row(
        what,
        floor_is,
        statistics.median(one for one, _ in taken),
        statistics.median(other for _, other in taken),
        statistics.median(one / other for one, other in taken),
        budget,
        unit,
    )


def environment() -> dict[str, str]:
    """The environment of child processes: as on a user's machine, bytecode is kept."""
    skipped = {"PYTHONDONTWRITEBYTECODE", "NO_COLOR", "FORCE_COLOR"}
    return {name: value for name, value in os.environ.items() if name not in skipped}


def process_ms(command: Sequence[str], folder: Path, said: str = "", prints: int | None = None) -> float:
    """Milliseconds from the start of the process to its end.

    Its stdout is a file: a reader of ours would compete with it for the processor, and be measured as well.
    With ``prints`` it must have written that many bytes: what does not do its work is fast for nothing.
    """
    with tempfile.TemporaryFile() as sink:
        began = time.perf_counter()
        subprocess.run(
            command,
            cwd=folder,
            input=said.encode(),
            env=environment(),
            stdout=sink,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        taken = (time.perf_counter() - began) * 1e3
        printed = sink.seek(0, os.SEEK_END)
    if prints is not None and printed != prints:
        raise RuntimeError(f"{' '.join(command)}: printed {printed} bytes, not {prints}")
    return taken


def peak_mib(command: Sequence[str], folder: Path, said: str) -> float:
    """The most memory the process ever held."""
    done = subprocess.run(
        [PYTHON, "-S", "-c", _PEAK, *command],
        cwd=folder,
        input=said.encode(),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    per_mib = 1 << (20 if sys.platform == "darwin" else 10)
    return int(done.stdout) / per_mib


def each_us(work: Callable[[], object], times: int) -> float:
    """Microseconds of one call."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times * 1e6


@contextmanager
def folder_with(app: str) -> Iterator[Path]:
    """A fresh project folder holding that app of ``apps/`` as ``app.py``."""
    with tempfile.TemporaryDirectory(prefix="capsule-bench-") as name:
        folder = Path(name)
        (folder / ".capsule").mkdir()
        (folder / "app.py").write_bytes((APPS / f"{app}.py").read_bytes())
        yield folder
