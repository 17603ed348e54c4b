"""``capsule replay``, after its options are read: play the files, report, end with the right code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cpsl.http.cassette import cassette_path
from cpsl.render.safe import visible_line
from cpsl.runtime.loader import split_entry
from cpsl_cli.config import load_config
from cpsl_cli.console import STDOUT, is_dumb
from cpsl_cli.destination import CASSETTE, FilesInUse, check_destination, check_streams
from cpsl_cli.errors import worst
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.project import project_here
from cpsl_cli.replay.jsonl import JsonReport
from cpsl_cli.replay.results import FileResult
from cpsl_cli.replay.run import FilePlayer
from cpsl_cli.replay.selection import find_transcripts, matching_paths
from cpsl_cli.replay.text import TextReport
from cpsl_cli.replay.workers import at_once, in_turn
from cpsl_cli.streams import say, stderr_is_terminal, take_over, write_raw

if TYPE_CHECKING:
    from cpsl_cli.replay.junit import JunitFile


def start_replay(options: ReplayOptions) -> int:
    """Replay, and return the exit code. Raises ``UsageError`` for bad options and places without transcripts."""
    options.check()
    options = load_config(project_here()).applied_to(options)
    paths = find_transcripts(options.paths)
    if options.select:
        paths = matching_paths(paths, options.select)
    if options.http == "record":
        for path in paths:
            check_destination(cassette_path(path), CASSETTE, "--http", in_use=FilesInUse(), force=options.force)
    written = [("--junit", Path(options.junit))] if options.junit else []
    check_streams(read=(("capsule replay", path) for path in paths), written=written)
    if options.looking:
        from cpsl_cli.replay.print_transcripts import print_transcripts

        return print_transcripts(paths, options)
    if options.repeat > 1:
        from cpsl_cli.replay.repeat import repeat

        return repeat(paths, options)
    if options.review:
        from cpsl_cli.replay.review import review

        return review(paths, options)
    if options.chat:
        from cpsl_cli.replay.continue_chat import chat_on

        return chat_on(paths, options)
    return _play(paths, options)


def _play(paths: list[Path], options: ReplayOptions) -> int:
    junit = _junit(options, paths)
    look = options.look(STDOUT)
    product = take_over().product
    report: JsonReport | TextReport = (
        JsonReport(product.write_json, say) if options.json_output else TextReport(product.write, say, look)
    )
    reports = _Reports(report, junit, len(paths))
    player = FilePlayer(options, reports.last) if options.jobs == 1 or len(paths) == 1 else None
    for result in _played(player, paths, options):
        reports.file(result)
    reports.end()
    code = worst(*(result.code for result in reports.results))
    return player.leave(code) if player else code


class _Progress:
    """One line on stderr that is drawn anew; nothing where stderr is no terminal, or there is but one file."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._wanted = total > 1 and stderr_is_terminal() and not is_dumb()

    def show(self, done: int, last: Path) -> None:
        """So many files are done."""
        if self._wanted and done < self._total:
            say(f"{done}/{self._total} {visible_line(last.name)}")

    def clear(self) -> None:
        """Make room for something else."""
        if self._wanted:
            write_raw("\r\x1b[K")


class _Reports:
    """What is told of each of so many files as it ends, and of all of them together."""

    def __init__(self, report: JsonReport | TextReport, junit: JunitFile | None, files: int) -> None:
        self._report = report
        self._junit = junit
        self._files = files
        self._progress = _Progress(files)
        self.results: list[FileResult] = []

    def file(self, result: FileResult) -> None:
        self.results.append(result)
        self._progress.clear()
        self._report.file(result, alone=self._files == 1)
        self._progress.show(len(self.results), result.path)

    def end(self) -> None:
        self._progress.clear()
        self._report.end(self.results)
        if self._junit:
            self._junit.write(self.results)

    def last(self, result: FileResult) -> None:
        """Nothing comes after this one."""
        self.file(result)
        self.end()


def _junit(options: ReplayOptions, paths: list[Path]) -> JunitFile | None:
    if options.junit is None:
        return None
    from cpsl_cli.replay.junit import JunitFile

    in_use = FilesInUse()
    if options.app:
        in_use.add(Path(split_entry(options.app)[0]), "the app's source")
    for path in paths:
        in_use.add(path, "a transcript that is replayed")
        in_use.add(cassette_path(path), "a cassette that is replayed")
    return JunitFile(Path(options.junit), in_use, force=options.force)


def _played(player: FilePlayer | None, paths: list[Path], options: ReplayOptions) -> Iterator[FileResult]:
    return in_turn(player, paths, options) if player else at_once(paths, options)
