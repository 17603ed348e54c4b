"""What can be wrong with a cassette."""

from __future__ import annotations

from cpsl.errors import CapsuleError


class CassetteError(CapsuleError):
    """The cassette cannot be used: it is missing, damaged, cannot be written, or vcrpy is not installed."""

    exit_code = 2


class RequestNotRecorded(RuntimeError):
    """The app asks for something that its cassette does not hold; raised in the app, where it asked.

    No ``CapsuleError``: it goes the way of every exception of a handler.
    """
