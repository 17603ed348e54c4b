"""Where a chat goes on that does not begin anew: after the played turns of a transcript."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cpsl.model.identity import SessionKey


class Continuation(NamedTuple):
    """What the played turns have left.

    :param folder: holds the store ``store``, and nothing else; it goes when the chat ends.
    :param key: the conversation to go on with.
    :param at: the time it stands at, in seconds since the epoch.
    :param turns: how many turns there have been.
    :param transcript: the file they were played from.
    """

    folder: Path
    store: Path
    key: SessionKey
    at: float
    turns: int
    transcript: Path
