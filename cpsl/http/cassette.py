"""Cassettes: what an app exchanges with other services, kept beside a transcript and served again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

from cpsl.http.errors import CassetteError

Mode = Literal["record", "replay", "off"]
"""``record`` makes a new cassette, ``replay`` answers from one, ``off`` leaves the network alone."""

MODES: tuple[Mode, ...] = get_args(Mode)


def cassette_path(transcript: Path) -> Path:
    """The file beside a transcript that holds its exchanges: ``t.http.yaml`` for ``t.jsonl``."""
    name = transcript.name.removesuffix(".jsonl")
    return transcript.with_name(f"{name}.http.yaml")


@contextmanager
def cassette(path: Path, mode: Mode) -> Iterator[list[str]]:
    """Within it, what this process asks over HTTP is recorded, or answered from the file.

    Enter it before the app is imported: an app may take its client's classes, or ask for something, while it
    is imported. Several at once are not meant to be. Gives a list that grows by one sentence for each request a
    replay refuses, also where the app has swallowed the ``RequestNotRecorded`` it got.

    Raises ``CassetteError`` when vcrpy is not installed, the file is missing or damaged or cannot be where it
    should be, and, at the end of a recording, when it could not be written.
    """
    refused: list[str] = []
    if mode == "off":
        yield refused
        return
    if mode == "replay":
        playing = PlayingCassette(path)
        with playing.on():
            yield playing.refused
        return
    clients, tape = _parts()
    writer = tape.TapeWriter(path)
    try:
        with clients.installed(clients.Recording(path, writer)):
            yield refused
    finally:
        writer.close()
    if writer.failure:
        raise writer.failure


class PlayingCassette:
    """A cassette that answers during several pieces of work, and leaves the network alone in between.

    ``refused`` grows by one sentence for each request that cannot be answered. Raises ``CassetteError`` when vcrpy
    is not installed, and when the file is missing or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.refused: list[str] = []
        self._clients, tape = _parts()
        if path.exists() and not path.is_file():
            raise CassetteError(f"{path}: is no ordinary file; a cassette has to be one.")
        try:
            self._playing = self._clients.Playing(path, tape.read_tape(path), self.refused)
        except ValueError as error:  # an address that is none
            raise CassetteError(f"{path}: cannot be played ({error}); record it again with --http record.") from None

    def on(self) -> AbstractContextManager[None]:
        """Within it, what this process asks over HTTP is answered from the file, from where it was left."""
        context: AbstractContextManager[None] = self._clients.installed(self._playing)
        return context


def _parts() -> tuple[Any, Any]:
    """Loaded here: they bring along vcrpy and every HTTP client that is installed."""
    try:
        from cpsl.http import clients, tape
    except ImportError as error:
        raise CassetteError(
            f"HTTP cassettes need a package that is not installed ({error.name}): pip install 'capsule-local[http]'."
        ) from None
    return clients, tape
