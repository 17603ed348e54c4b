"""The options of ``capsule replay``, checked."""

from __future__ import annotations

import os
from typing import NamedTuple, cast

from cpsl.http.cassette import MODES, Mode, ReplayedNetwork, is_offline_by_default
from cpsl.transcript.document import Transcript
from cpsl_cli.config import is_limit, load_config
from cpsl_cli.console import Look, decide
from cpsl_cli.errors import UsageError
from cpsl_cli.project import project_here


class ReplayOptions(NamedTuple):
    """What was asked for on the command line; None where nothing was said."""

    paths: tuple[str, ...]
    app: str | None = None
    update: bool = False
    accept_errors: bool = False
    review: bool = False
    show: bool = False
    markdown: bool = False
    until: int | None = None
    chat: bool = False
    select: str | None = None
    fail_fast: bool = False
    jobs: int = 1
    junit: str | None = None
    force: bool = False
    json_output: bool = False
    repeat: int = 1
    timeout: float | None = None
    color: str | None = None
    traceback: bool = False
    terminal: bool = False
    http: str | None = None
    offline: bool | None = None

    def network(self, transcript: Transcript) -> ReplayedNetwork:
        """What the network is for the replay of that transcript. Raises ``CassetteError`` as that does.

        On a build server it is none, unless somebody has said what becomes of HTTP requests.
        """
        offline = is_offline_by_default() and self.http is None if self.offline is None else self.offline
        asked_for = cast("Mode | None", self.http)
        return ReplayedNetwork(transcript.path, promised=transcript.with_http, asked_for=asked_for, offline=offline)

    def configured(self) -> ReplayOptions:
        """With the settings that hold in this folder where nothing was said. Raises ``UsageError`` for a bad one."""
        config = load_config(project_here())
        return self._replace(color=config.get("color", self.color), timeout=config.get("timeout", self.timeout))

    def look(self, descriptor: int) -> Look:
        """How to draw on stdout or stderr."""
        return decide(self.color or "auto", terminal=os.isatty(descriptor))

    @property
    def looking(self) -> bool:
        """Whether transcripts are only read."""
        return self.show or self.markdown

    def check(self) -> None:
        """Raises ``UsageError`` for options that cannot be had together, or values that make no sense."""
        looking, changing = self.looking, self.update or self.review
        refusals = {
            "--show and --md only read: they go with none of --update, --review, --chat and --repeat.": looking
            and (changing or self.chat or self.repeat > 1),
            "--show and --md exclude each other.": self.show and self.markdown,
            "--show and --md play nothing: leave --json, --junit, --app, --timeout, -x and -j away.": looking
            and bool(self.json_output or self.junit or self.app or self.timeout or self.fail_fast or self.jobs > 1),
            "--update and --review exclude each other.": self.update and self.review,
            "--accept-errors needs --update.": self.accept_errors and not self.update,
            "--repeat only looks: leave --update, --review and --chat away.": self.repeat > 1
            and (changing or self.chat),
            "--repeat reports what varies: leave --junit, -j and -x away.": self.repeat > 1
            and bool(self.junit or self.jobs > 1 or self.fail_fast),
            "--junit tells what differs, not what was changed: leave --update and --review away.": bool(self.junit)
            and changing,
            "-k needs words of the paths that are meant.": self.select is not None and not self.select.strip(),
            "--junit needs the name of a file.": self.junit is not None and self.junit.strip() in ("", "-"),
            "--chat goes on with one conversation: leave --update, --review, --json, -j and --junit away.": self.chat
            and bool(changing or self.json_output or self.jobs > 1 or self.junit),
            "--until plays a part only: leave --update and --review away.": self.until is not None and changing,
            "--review needs a terminal; --update accepts every difference.": self.review and not self.terminal,
            "--review asks for one difference after the other: leave -j and --json away.": self.review
            and bool(self.jobs > 1 or self.json_output),
            "--http record asks the services, and --offline refuses that: leave one away.": self.http == "record"
            and bool(self.offline),
            "--http is record, replay or off.": self.http not in (None, *MODES),
            "--timeout needs a number of seconds above 0.": self.timeout is not None and not is_limit(self.timeout),
            "--color is always, never or auto.": self.color not in (None, "always", "never", "auto"),
        }
        for sentence, refused in refusals.items():
            if refused:
                raise UsageError(sentence)
