"""Cassettes: what an app exchanges with other services, kept beside a transcript and served again."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from cpsl.http.cassette_errors import CassetteError
from cpsl.http.offline import Network, watched
from cpsl.wording import parse_boolean

if TYPE_CHECKING:
    from cpsl.http.cassette_file import CassetteWriter

log = logging.getLogger("cpsl")

Mode = Literal["record", "replay", "off"]
"""``record`` makes a new cassette, ``replay`` answers from one, ``off`` leaves the network alone."""

MODES: tuple[Mode, ...] = get_args(Mode)


def cassette_path(transcript: Path) -> Path:
    """The file beside a transcript that holds its exchanges: ``t.http.yaml`` for ``t.jsonl``."""
    name = transcript.name.removesuffix(".jsonl")
    return transcript.parent / f"{name}.http.yaml"


def is_offline_by_default() -> bool:
    """Whether this is a build server, where a replay uses no network unless it is told to."""
    said = os.environ.get("CI", "").strip()
    return bool(said) and parse_boolean(said) is not False


@contextmanager
def cassette(path: Path, mode: Mode) -> Iterator[list[str]]:
    """Within it, what this process asks over HTTP is recorded, or answered from the file.

    Enter it before the app is imported: an app may take its client's classes, or ask for something, while it
    is imported. Several at once are not meant to be. Gives a list that grows by one sentence for each request a
    replay refuses, also where the app has swallowed the ``RequestNotRecorded`` it got.

    Raises ``CassetteError`` when vcrpy is not installed, the file is missing or damaged or cannot be where it
    should be, and, at the end of a recording, when it could not be written.
    """
    if mode == "replay":
        playing = PlayingCassette(path)
        with playing.on():
            yield playing.refused
    elif mode == "record":
        with recording(path):
            yield []
    else:
        yield []


@contextmanager
def recording(path: Path) -> Iterator[CassetteWriter]:
    """Within it, what this process asks over HTTP is recorded. Raises ``CassetteError`` as :func:`cassette`.

    Nothing is written before the first exchange; ``begin()`` of what it gives makes a cassette without any.
    """
    from cpsl.http.credentials import SHORTEST_DECLARED, too_short_secrets

    clients, tape = _parts()
    writer: CassetteWriter = tape.CassetteWriter(path)
    try:
        with clients.installed(clients.Recording(path, writer)):
            yield writer
    finally:
        writer.close()
    for name in too_short_secrets():
        log.warning("secret %s is not masked in %s: it is shorter than %s characters", name, path, SHORTEST_DECLARED)
    if writer.failure:
        raise writer.failure


class PlayingCassette:
    """A cassette that answers during several pieces of work, and leaves the network alone in between.

    ``refused`` grows by one sentence for each request that cannot be answered, and for each attempt to get at the
    network past it. Raises ``CassetteError`` when vcrpy is not installed, and when the file is missing or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.refused: list[str] = []
        self._clients, tape = _parts()
        if path.exists() and not path.is_file():
            raise CassetteError(f"{path}: is no ordinary file; a cassette has to be one.")
        try:
            self._playing = self._clients.Playing(path, tape.read_cassette(path), self.refused)
        except ValueError as error:  # an address that is none
            raise CassetteError(f"{path}: cannot be played ({error}); record it again with --http record.") from None
        sentence = f"{{}} is reached for, and {path.name} holds nothing of it: a replay does not use the network."
        self._network = Network(sentence, self.refused)

    @contextmanager
    def on(self) -> Iterator[None]:
        """Within it, what this process asks over HTTP is answered from the file, from where it was left."""
        with watched(self._network.reached), self._clients.installed(self._playing):
            yield


class ReplayedNetwork:
    """What the network is for the replay of a transcript.

    :param promised: whether the transcript says that HTTP was recorded: then nothing goes out, come what may.
    :param asked_for: what somebody wants of it; None is ``replay`` where it is promised or there is a cassette.
    :param offline: whether an app that has no cassette may not use the network either.

    Raises ``CassetteError`` where a cassette is needed and cannot be had.
    """

    def __init__(self, transcript: Path, *, promised: bool, asked_for: Mode | None = None, offline: bool) -> None:
        self._path = cassette_path(transcript)
        self._is_asked_for = asked_for is not None
        self.mode: Mode = asked_for or ("replay" if promised or os.path.lexists(self._path) else "off")
        self._playing: PlayingCassette | None = None
        if self.mode == "replay":
            if promised and not os.path.lexists(self._path):
                raise CassetteError(
                    f"{self._path}: there is no such file, but {transcript.name} was recorded with HTTP; "
                    "put it beside the transcript, or record the conversation again with --http record."
                )
            self._playing = PlayingCassette(self._path)
        refusal = f"{{}} is reached for, and {transcript.name} is replayed offline; record it with --http record"
        self._network = Network(f"{refusal}, or let it out with --no-offline." if offline else None)
        self._transcript = transcript

    @property
    def refused(self) -> list[str]:
        """A sentence for each request so far that was not answered, and for each attempt to get out."""
        return self._playing.refused if self._playing else self._network.refused

    @property
    def told(self) -> str:
        """A sentence about where the app has used the network, or nothing."""
        if not self._network.told or self._is_asked_for:
            return ""
        first, more = self._network.told[0], len(self._network.told) - 1
        where = f"{first} and {more} more" if more else first
        return (
            f"{self._transcript}: the app uses the network in this replay ({where}), which is not in the transcript; "
            "record it with --http record, or refuse it with --offline."
        )

    @contextmanager
    def on(self) -> Iterator[None]:
        """Within it, the network is that; a recording begins and ends with it, and may be one without any exchange."""
        if self._playing:
            with self._playing.on():
                yield
        elif self.mode == "record":
            with recording(self._path) as tape:
                yield
                tape.begin()
        else:
            with watched(self._network.reached):
                yield


def _parts() -> tuple[Any, Any]:
    """Loaded here: they bring along vcrpy and every HTTP client that is installed."""
    try:
        from cpsl.http import cassette_file, clients
    except ImportError as error:
        raise CassetteError(
            f"HTTP cassettes need a package that is not installed ({error.name}): pip install 'capsule-local[http]'."
        ) from None
    return clients, cassette_file
