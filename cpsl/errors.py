"""Errors of the local runtime itself, as opposed to those an app raises.

    CapsuleError              anything the runtime refuses, with the exit code it ends a command with
    ├─ AppLoadError           the app could not be imported or holds no App            (exit 3)
    ├─ AppChoiceError         the name is right but points at no single App            (exit 2)
    ├─ DeclarationError       the store cannot have what the app declares              (exit 3)
    ├─ BootError              the app's boot hook raised                               (exit 3)
    ├─ ShutdownError          the app's exit or shutdown hook raised                   (exit 1)
    ├─ SessionBusyError       another chat has the session's turn and does not end it  (exit 1)
    ├─ StoreError             the database file cannot be used                         (exit 1)
    │  ├─ DamagedError        it is not what was once written
    │  └─ TurnGoneError       what a turn belongs to was deleted while it ran
    └─ TimeHeldError          another library holds the process's time                 (exit 1)

What an *app* can see stays a plain ``ValueError``, ``RuntimeError`` or ``TypeError`` (behaviour.md §35).
"""

from __future__ import annotations


class CapsuleError(Exception):
    """A refusal in one sentence a stranger understands; ``exit_code`` is how a command ends with it."""

    exit_code = 1


class AppLoadError(CapsuleError):
    """The app could not be imported. The user's own exception, if any, is ``__cause__``."""

    exit_code = 3


class AppChoiceError(CapsuleError):
    """The entry point is well formed but names no single app; ``choices`` are the ones there are."""

    exit_code = 2

    def __init__(self, message: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.choices = choices


class DeclarationError(CapsuleError, ValueError):
    """A declaration that the store cannot have; the sentence ends with the app's own line."""

    exit_code = 3


class BootError(CapsuleError):
    """The app's ``boot`` hook raised; the user's exception is ``__cause__``."""

    exit_code = 3


class ShutdownError(CapsuleError):
    """The app's ``exit`` or ``shutdown`` hook raised; the user's exception is ``__cause__``."""


class StoreError(CapsuleError):
    """The database file is damaged, newer than this program, or cannot be opened."""


class DamagedError(StoreError):
    """The database file, or a value in it, is not what was once written there."""


class TurnGoneError(StoreError):
    """The turn is not stored any more, so nothing is written in its name."""

    def __init__(self) -> None:
        super().__init__(
            "this turn is no longer stored: the store was reset or filled by an import while the turn ran; "
            "nothing was written. Send the message again."
        )


class SessionBusyError(CapsuleError):
    """Another chat has the session's turn, and the wait for it was given up; nothing was sent.

    :param timed_out: whether it was a time limit that ended the wait (exit code 124).
    """

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        if timed_out:
            self.exit_code = 124


class TimeHeldError(CapsuleError):
    """Another library makes the time stand still, so that the clock of a test or replay cannot."""


class TurnStopped(BaseException):
    """Raised inside a handler that blocks its thread, to end its turn.

    Not an ``Exception``: a handler's ``except Exception`` must not swallow it.
    """
