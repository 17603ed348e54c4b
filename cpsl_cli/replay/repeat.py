"""``--repeat``: the same transcript several times; what varies gets a placeholder proposed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cpsl.model.codec import dumps, expectation_text
from cpsl.render.safe import visible, visible_line
from cpsl.transcript.comparison.captures import NAME
from cpsl.transcript.comparison.matchers import NEVER_COMPARED
from cpsl.transcript.document import Transcript
from cpsl.transcript.line_kinds import NOUNS
from cpsl.transcript.result import TurnResult
from cpsl.transcript.variation.proposal import Names
from cpsl.transcript.variation.varying import Run, Variation, variations
from cpsl.wording import counted
from cpsl_cli.console import STDOUT, Look
from cpsl_cli.errors import DONE, FAILED, worst
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.replay.results import FileResult
from cpsl_cli.replay.run import FilePlayer, Played
from cpsl_cli.replay.text import TextReport
from cpsl_cli.streams import Product, say, take_over

_MOST_VERSIONS = 3


class VaryingTurn(NamedTuple):
    """A turn that is not the same in all runs."""

    turn: TurnResult
    variations: list[Variation]


def repeat(paths: Sequence[Path], options: ReplayOptions) -> int:
    """Play each transcript ``options.repeat`` times and report what varies; no file is changed.

    Returns 0 if all runs are the same and match, 1 if not, else the code of what went wrong.
    """
    look = options.look(STDOUT)
    product = take_over().product
    report = _Report(product, look, options)
    player = FilePlayer(options)
    codes: list[int] = []
    for path in paths:
        runs = _runs(player, path, options.repeat)
        failed = next((run.result for run in runs if run.result.code not in (DONE, FAILED)), None)
        if failed:
            say(f"capsule: {failed.problem or f'{path}: was not played to its end.'}\n")
            codes.append(failed.code)
        else:
            codes.append(report.file(runs))
        if player.interrupted:
            break
    return player.leave(worst(*codes))


def _runs(player: FilePlayer, path: Path, times: int) -> list[Played]:
    """The runs, up to the first that could not be played to its end."""
    runs: list[Played] = []
    while len(runs) < times and (not runs or runs[-1].result.code in (DONE, FAILED)):
        runs.append(player.play(path))
    return runs


def varying_turns(transcript: Transcript, runs: Sequence[Played]) -> list[VaryingTurn]:
    """The turns that vary, each with what varies in it; they share their placeholders."""
    names = Names(name for line in transcript.lines for name in NAME.findall(line.text))
    found = []
    for turn in runs[0].result.turns:
        number = turn.turn.number
        played = [Run(_played(run, number).actual, run.comparisons[number]) for run in runs]
        varies = variations(turn.turn, played, names)
        if varies:
            found.append(VaryingTurn(turn, varies))
    return found


def _played(run: Played, number: int) -> TurnResult:
    return next(turn for turn in run.result.turns if turn.turn.number == number)


class _Report:
    """Writes what varies, as text or as JSON lines."""

    def __init__(self, product: Product, look: Look, options: ReplayOptions) -> None:
        self._write = product.write
        self._look = look
        self._options = options
        self._turns = TextReport(product.write, say, look)

    def file(self, runs: Sequence[Played]) -> int:
        """Report the runs of one file; returns the exit code."""
        result, transcript = runs[0].result, runs[0].transcript
        assert transcript is not None, "it has been played"
        varying = varying_turns(transcript, runs)
        numbers = {item.turn.turn.number for item in varying}
        others = _differing_besides(runs, numbers)
        if self._options.json_output:
            self._json(result, varying, others)
        else:
            self._text(result, varying, others)
        return FAILED if varying or others else DONE

    def _text(self, result: FileResult, varying: list[VaryingTurn], others: list[TurnResult]) -> None:
        for item in varying:
            self._write(_head(result.path, item.turn))
            for variation in item.variations:
                self._variation(item.turn, variation)
        for turn in others:
            self._turns.turn(result.path, turn)
        self._write(self._verdict(result, len(varying), len(others)))
        if result.note:
            say(f"{result.note}\n")

    def _verdict(self, result: FileResult, varying: int, others: int) -> str:
        parts = [counted(result.total, "turn"), f"{self._options.repeat} runs"]
        parts += [f"{counted(varying, 'turn')} {'varies' if varying == 1 else 'vary'}"] if varying else []
        parts += [f"{counted(others, 'turn')} {'differs' if others == 1 else 'differ'}"] if others else []
        parts += [] if varying or others else ["all the same"]
        style = "31" if varying or others else "32"
        return f"{visible_line(str(result.path))}: {self._look.style(', '.join(parts), style)}\n"

    def _variation(self, turn: TurnResult, variation: Variation) -> None:
        one, many = NOUNS.get(variation.type, (variation.type, variation.type))
        if variation.proposal is None:
            counts = sorted({len(records) for records in variation.records})
            self._write(f"  {many}: {' or '.join(map(str, counts))} of them, which no placeholder can cover\n")
            return
        self._write(f"  {one} varies:\n")
        for version in _versions(variation):
            self._write("".join(f"  {self._look.style('|', '2')} {line}\n" for line in version.split("\n")))
        if variation.line:
            self._write(f"  instead of line {variation.line.number}:\n")
        else:
            self._write(f"  as a line after {turn.turn.user.number}:\n")
        self._write(variation.text + "\n")

    def _json(self, result: FileResult, varying: list[VaryingTurn], others: list[TurnResult]) -> None:
        for item in varying:
            for variation in item.variations:
                self._write(dumps(_fields(result.path, item.turn, variation)) + "\n")
        sums = {"runs": self._options.repeat, "turns": result.total, "varying": len(varying), "differing": len(others)}
        self._write(dumps({"type": "file", "file": str(result.path), **sums}) + "\n")


def _differing_besides(runs: Sequence[Played], varying: set[int]) -> list[TurnResult]:
    """The turns that differ from the file, but are the same in all runs."""
    return [turn for turn in runs[0].result.differing if turn.turn.number not in varying]


def _head(path: Path, turn: TurnResult) -> str:
    return f"{visible_line(str(path))}:{turn.turn.user.number}: turn {turn.turn.number}  > {visible_line(turn.sent)}\n"


def _versions(variation: Variation) -> list[str]:
    """What the runs have there, each once, and the first few of them only."""
    found = list(dict.fromkeys(visible(_said(record)) for (record,) in variation.records))
    more = len(found) - _MOST_VERSIONS
    return [*found[:_MOST_VERSIONS], *([f"(and {more} more)"] if more > 0 else [])]


def _said(record: dict[str, Any]) -> str:
    fields = {name: value for name, value in record.items() if name not in NEVER_COMPARED}
    return expectation_text(fields.get("text", fields))


def _fields(path: Path, turn: TurnResult, variation: Variation) -> dict[str, Any]:
    return {
        "type": "varies",
        "file": str(path),
        "turn": turn.turn.number,
        "line": variation.line.number if variation.line else None,
        "record": variation.type,
        "versions": [list(records) for records in variation.records],
        "proposal": variation.proposal,
    }
