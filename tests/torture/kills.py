"""So many kills, one after the other, and what each left looked at."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.torture.scenarios import SCENARIOS, Fault, Place, Scenario, killed, lay_out, require, stock


class Result(NamedTuple):
    """How it went: kills by scenario, how many hit work that had not ended, and a sentence for each fault."""

    seed: int
    kills: Counter[str]
    hits: int
    faults: list[str]

    @property
    def summary(self) -> str:
        """One line."""
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        faults = f"{len(self.faults) or 'no'} fault{'' if len(self.faults) == 1 else 's'}"
        return f"{self.kills.total()} kills with seed {self.seed}, {self.hits} in the middle of it: {faults} ({kinds})"


def torture(kills: int, seed: int) -> Result:
    """Kill so often; the seed decides what is killed, and about when."""
    chance = random.Random(seed)
    result = Result(seed, Counter(), 0, [])
    with TemporaryDirectory() as folder:
        home = Path(folder)
        stock(home)
        seconds = _usual(home)
        order = [SCENARIOS[number % len(SCENARIOS)] for number in range(kills)]
        chance.shuffle(order)
        for number, make in enumerate(order):
            place = Place(home / "project", home)
            scenario = make(place, chance)
            result.kills[scenario.name] += 1
            place.path.mkdir()
            try:
                result = result._replace(hits=result.hits + (not _one(scenario, seconds)))
            except Fault as fault:
                result.faults.append(f"kill {number + 1}, {scenario.name}: {fault}")
            shutil.rmtree(place.path)
    return result


def _one(scenario: Scenario, seconds: float) -> bool:
    """Whether the work had ended before."""
    place = scenario.place
    lay_out(place)
    if scenario.stocked:
        shutil.copytree(place.home / "template" / ".capsule", place.path / ".capsule")
    scenario.prepare()
    (ended,) = killed(scenario, seconds)
    scenario.check(ended=ended)
    return ended


def _usual(home: Path) -> float:
    """How long a command takes here today."""
    place = Place(home / "template", home)
    began = time.monotonic()
    require(place.capsule("db", "count", "orders").stdout.strip(), "counting failed")
    return time.monotonic() - began
