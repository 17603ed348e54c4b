"""``--review``: each turn that differs is shown, and a person says what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from cpsl.errors import CapsuleError
from cpsl.render.safe import visible
from cpsl.transcript.comparison.captures import Captures
from cpsl.transcript.comparison.compare import SlowPatternError, compare
from cpsl.transcript.comparison.difference import Comparison
from cpsl.transcript.document import Transcript
from cpsl.transcript.read import TranscriptError
from cpsl.transcript.result import TurnResult
from cpsl.transcript.update import has_new_errors, save, updated_text
from cpsl.wording import counted, parse_boolean
from cpsl_cli.console import STDOUT
from cpsl_cli.errors import DONE, FAILED, INTERRUPTED, TIMED_OUT, USAGE, UsageError, worst
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.replay.person import TerminalPerson
from cpsl_cli.replay.results import FileResult
from cpsl_cli.replay.run import FilePlayer, Played
from cpsl_cli.replay.splice import lines_of, splice_turn, turn_in
from cpsl_cli.replay.text import TextReport
from cpsl_cli.streams import say, take_over

Choice = Literal["accept", "skip", "edit", "quit"]
_CHOICES: tuple[Choice, ...] = ("accept", "skip", "edit", "quit")
_QUESTION = "accept, skip, edit or quit? [a/s/e/q] "
_MEANINGS = (
    "a  what the app does today becomes what is expected\n"
    "s  this turn stays as it is\n"
    "e  write down what is expected, beginning with what the app does today\n"
    "q  leave the rest as it is; what was accepted stays accepted\n"
)
_SURE = "it fails today, and did not then. Accept it all the same? [y/N] "


class Reviewer(Protocol):
    """Who decides."""

    def ask(self, question: str) -> str | None:
        """The line typed in answer, None for the end of all answers."""
        ...

    def edit(self, text: str, name: str) -> str:
        """The text, edited. Raises ``UsageError``."""
        ...


def review(paths: Sequence[Path], options: ReplayOptions) -> int:
    """Play the files one by one, ask about each turn that differs, write what was accepted; the exit code."""
    look = options.look(STDOUT)
    streams = take_over()
    report = TextReport(streams.product.write, say, look)
    player = FilePlayer(options)
    person = TerminalPerson(streams)
    results: list[FileResult] = []
    for path in paths:
        reviewed = FileReview(player.play(path), person, report, streams.product.write)
        try:
            result = reviewed.run()
        except KeyboardInterrupt:
            say(f"\n{path}: nothing was changed.\n")
            return player.leave(INTERRUPTED)
        results.append(result)
        report.verdict(result, alone=len(paths) == 1)
        if player.interrupted or reviewed.over or (options.fail_fast and result.code != DONE):
            break
    report.end(results)
    code = worst(*(result.code for result in results))
    return player.leave(code)


class FileReview:
    """The review of one file; ``over`` says that the person has had enough."""

    def __init__(self, played: Played, person: Reviewer, report: TextReport, write: Callable[[str], object]) -> None:
        self._played = played
        self._person = person
        self._report = report
        self._write = write
        self._accepted: dict[int, Comparison] = {}
        self._edited: dict[int, str] = {}
        self._still_differing = 0
        self.over = False

    def run(self) -> FileResult:
        """Ask, and write the file; turns about which nothing was decided stay byte for byte."""
        result, transcript = self._played.result, self._played.transcript
        if result.problem:
            say(f"capsule: {result.problem}\n")
        if result.problem or transcript is None or result.code not in (DONE, FAILED, TIMED_OUT):
            return result
        for turn in result.differing:
            if not self.over:
                self._report.turn(result.path, turn)
                self._decide(transcript, turn)
        return self._written(transcript)

    def _decide(self, transcript: Transcript, turn: TurnResult) -> None:
        number = turn.turn.number
        draft: str | None = None
        while True:
            choice = self._choice()
            if choice == "quit":
                self.over = True
            if choice == "accept" and not self._sure(number):
                continue
            if choice == "accept":
                self._accepted[number] = self._played.comparisons[number]
            if choice != "edit":
                return
            try:
                draft = self._person.edit(draft or self._as_today(transcript, number), f"turn-{number}.jsonl")
                self._take(transcript, turn, draft)
            except (UsageError, CapsuleError) as error:
                self._write(visible(str(error)) + "\n")
            else:
                return

    def _choice(self) -> Choice:
        while True:
            answer = self._person.ask(_QUESTION)
            if answer is None:
                return "quit"
            for choice in _CHOICES:
                if answer and choice.startswith(answer.lower()):
                    return choice
            self._write(_MEANINGS)

    def _sure(self, number: int) -> bool:
        if not has_new_errors(self._played.comparisons[number]):
            return True
        return parse_boolean(self._person.ask(_SURE) or "") is True

    def _as_today(self, transcript: Transcript, number: int) -> str:
        """The lines of the turn that today's app would match."""
        return lines_of(transcript.path, updated_text(transcript, {number: self._played.comparisons[number]}), number)

    def _take(self, transcript: Transcript, turn: TurnResult, lines: str) -> None:
        """Keep the edited lines if they are a turn. Raises ``TranscriptError`` if they are not."""
        number = turn.turn.number
        text = splice_turn(transcript.path, self._text(transcript), number, lines, Path(f"turn-{number}.jsonl"))
        edited = turn_in(transcript.path, text, number)
        try:
            differences = compare(edited, turn.actual, self._captures_before(number)).differences
        except SlowPatternError as error:
            raise TranscriptError(f"turn-{number}.jsonl: {error}") from None
        self._edited[number] = lines
        if differences:
            self._still_differing += 1
            self._write(f"turn {number} is now what you wrote, which is not what the app does today\n")

    def _captures_before(self, number: int) -> Captures:
        before = [played for played in self._played.comparisons if played < number]
        return self._played.comparisons[before[-1]].captures if before else {}

    def _text(self, transcript: Transcript) -> str:
        text = updated_text(transcript, self._accepted)
        for number, lines in self._edited.items():
            text = splice_turn(transcript.path, text, number, lines, Path(f"turn-{number}.jsonl"))
        return text

    def _written(self, transcript: Transcript) -> FileResult:
        result = self._played.result
        decided = len(self._accepted) + len(self._edited)
        if not decided:
            return result
        try:
            save(result.path, self._text(transcript))
        except (CapsuleError, OSError) as error:
            return result.noted(f"{result.path}: not updated ({error}).")._replace(code=USAGE)
        left = len(result.differing) - decided + self._still_differing
        note = f"{result.path}: updated {counted(decided, 'turn')}."
        return result.noted(note)._replace(code=FAILED if left else DONE)
