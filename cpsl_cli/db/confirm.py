"""Asking before something is lost."""

from __future__ import annotations

import sys

from cpsl.wording import parse_boolean
from cpsl_cli.db.output import asks
from cpsl_cli.errors import FAILED, UsageError
from cpsl_cli.streams import say


def agreed(what: str, *, yes: bool, dry_run: bool) -> bool:
    """Say what is about to happen, and whether it may: because of ``--yes``, or because a person says so.

    Raises ``UsageError`` when there is nobody to ask.
    """
    if dry_run:
        say(f"{what}: not done, because of --dry-run.\n")
        return False
    if yes:
        say(f"{what}.\n")
        return True
    if not asks():
        raise UsageError(f"{what}: without a terminal to ask on, this needs --yes.")
    say(f"{what}. Go on? [y/N] ")
    if parse_boolean(sys.stdin.readline()):
        return True
    say("Nothing was changed.\n")
    return False


def refused(dry_run: bool) -> int:
    """The exit code of a command that was not agreed to."""
    return 0 if dry_run else FAILED
