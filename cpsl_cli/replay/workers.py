"""Replaying several files at once, each in a process of its own (``-j``)."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from pathlib import Path

from cpsl_cli.errors import DONE, FAILED, INTERRUPTED, TIMED_OUT
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.replay.results import FileResult
from cpsl_cli.replay.run import FilePlayer
from cpsl_cli.replay.update import brought_up_to_date

# Set in each worker, and nowhere else.
_player: FilePlayer | None = None
_options: ReplayOptions | None = None


def in_turn(player: FilePlayer, paths: list[Path], options: ReplayOptions) -> Iterator[FileResult]:
    """Play the files in this process, one after the other; with ``fail_fast`` up to the first that fails."""
    for path in paths:
        result = brought_up_to_date(player.play(path), options)
        yield result
        if player.interrupted or (options.fail_fast and result.code != DONE):
            return


def at_once(paths: list[Path], options: ReplayOptions) -> Iterator[FileResult]:
    """Play the files in ``options.jobs`` processes; results come in the order of the files.

    A file whose app ends its process, or whose handler can only be stopped with it, is a problem of that file.
    """
    # A forked worker has everything loaded already; elsewhere than on Linux forking is not safe.
    context: BaseContext = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    jobs = min(options.jobs, len(paths))
    with ProcessPoolExecutor(jobs, context, _begin, (options,)) as pool:
        futures: list[Future[FileResult]] = [pool.submit(_one, path) for path in paths]
        for path, future in zip(paths, futures, strict=True):
            try:
                result = future.result()
            except BrokenProcessPool:
                # Nobody knows whose file that was, so each that is left gets a process of its own.
                result = _alone(context, path, options)
            yield result
            if result.code == INTERRUPTED or (options.fail_fast and result.code != DONE):
                pool.shutdown(wait=False, cancel_futures=True)
                return


def _alone(context: BaseContext, path: Path, options: ReplayOptions) -> FileResult:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_one, args=(sender, path, options))  # type: ignore[attr-defined]
    process.start()
    sender.close()
    try:
        result: FileResult = receiver.recv()
    except EOFError:
        process.join()
        result = _ended(path, process.exitcode)
    process.join()
    return result


def _ended(path: Path, code: int) -> FileResult:
    return FileResult(
        path,
        code=code if code in (TIMED_OUT, INTERRUPTED) else FAILED,
        problem=f"{path}: the process that played it has ended with exit code {code}; there is no result.",
    )


def _send_one(sender: Connection, path: Path, options: ReplayOptions) -> None:
    _begin(options)
    sender.send(_one(path))


def _begin(options: ReplayOptions) -> None:
    global _player, _options
    _player, _options = FilePlayer(options), options


def _one(path: Path) -> FileResult:
    assert _player is not None, "workers begin with _begin"
    assert _options is not None, "workers begin with _begin"
    return brought_up_to_date(_player.play(path), _options).slim()
