"""The options of ``capsule replay``."""

# Not with `from __future__ import annotations`, as chat_options.py.
import os
from typing import Annotated, NamedTuple

import typer

from cpsl_cli.console import Look, decide
from cpsl_cli.options.declaration import Check, Exclusion, check_options
from cpsl_cli.options.shared_options import Color, Timeout, Traceback, no_http_mode, some_words


class ReplayOptions(NamedTuple):
    """What was said on the command line; None where nothing was. ``terminal`` is whether a person looks and types."""

    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Transcripts, and folders of them.")]
    app: Annotated[
        str | None, typer.Option(metavar="APP", help="The app to run, whatever the transcript's header names.")
    ] = None
    update: Annotated[bool, typer.Option("--update", help="Write what the app does today into the file.")] = False
    accept_errors: Annotated[
        bool, typer.Option("--accept-errors", help="With --update: also turns that fail today.")
    ] = False
    review: Annotated[
        bool, typer.Option("--review", help="Ask for each turn that differs: accept, skip, edit or quit.")
    ] = False
    show: Annotated[bool, typer.Option("--show", help="Show the chat as it looked; nothing is played.")] = False
    markdown: Annotated[
        bool, typer.Option("--md", help="Print the chat as Markdown, for a README; nothing is played.")
    ] = False
    until: Annotated[int | None, typer.Option(metavar="N", min=1, help="Play the turns up to this one.")] = None
    chat: Annotated[
        bool, typer.Option("--chat", help="Go on live where the turns end, in a store that is thrown away.")
    ] = False
    repeat: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, show_default=False, help="Play it so often, and propose placeholders for what varies."
        ),
    ] = 1
    select: Annotated[
        str | None,
        typer.Option("-k", metavar="EXPR", help="Only transcripts whose path holds this: a and not b."),
        some_words("words of the paths that are meant"),
    ] = None
    fail_fast: Annotated[bool, typer.Option("-x", "--fail-fast", help="Stop at the first difference.")] = False
    jobs: Annotated[int, typer.Option("-j", "--jobs", metavar="N", min=1, help="Play so many files at once.")] = 1
    junit: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the results as JUnit XML too, for a build server."),
        Check(lambda name, file: f"{name} needs the name of a file." if file.strip() in ("", "-") else None),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="With --junit, --http: replace a file of another kind.")] = (
        False
    )
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object per turn and file.")] = False
    timeout: Timeout = None
    http: Annotated[
        str | None,
        typer.Option(metavar="MODE", help="record, replay or off; without it, replay if there is a cassette."),
        Check(no_http_mode),
    ] = None
    offline: Annotated[
        bool | None,
        typer.Option(
            "--offline/--no-offline",
            help="Refuse what is in no cassette; the default where CI is set.",
            show_default=False,
        ),
    ] = None
    color: Color = None
    traceback: Traceback = False
    terminal: bool = False

    def look(self, descriptor: int) -> Look:
        """How to draw on stdout or stderr."""
        return decide(self.color, terminal=os.isatty(descriptor))

    @property
    def looking(self) -> bool:
        """Whether transcripts are only read."""
        return self.show or self.markdown

    @property
    def changing(self) -> bool:
        """Whether transcripts are written."""
        return self.update or self.review

    def check(self) -> None:
        """Raises ``UsageError`` for options that cannot be had together, and for values that make no sense."""
        check_options(self, _EXCLUSIONS)


_EXCLUSIONS: tuple[Exclusion, ...] = (
    (
        "--show and --md only read: they go with none of --update, --review, --chat and --repeat.",
        lambda options: options.looking and (options.changing or options.chat or options.repeat > 1),
    ),
    ("--show and --md exclude each other.", lambda options: options.show and options.markdown),
    (
        "--show and --md play nothing: leave --json, --junit, --app, --timeout, -x and -j away.",
        lambda options: (
            options.looking
            and (
                options.json_output
                or options.junit
                or options.app
                or options.timeout
                or options.fail_fast
                or options.jobs > 1
            )
        ),
    ),
    ("--update and --review exclude each other.", lambda options: options.update and options.review),
    ("--accept-errors needs --update.", lambda options: options.accept_errors and not options.update),
    (
        "--repeat only looks: leave --update, --review and --chat away.",
        lambda options: options.repeat > 1 and (options.changing or options.chat),
    ),
    (
        "--repeat reports what varies: leave --junit, -j and -x away.",
        lambda options: options.repeat > 1 and (options.junit or options.jobs > 1 or options.fail_fast),
    ),
    (
        "--junit tells what differs, not what was changed: leave --update and --review away.",
        lambda options: options.junit and options.changing,
    ),
    (
        "--chat goes on with one conversation: leave --update, --review, --json, -j and --junit away.",
        lambda options: options.chat and (options.changing or options.json_output or options.jobs > 1 or options.junit),
    ),
    (
        "--until plays a part only: leave --update and --review away.",
        lambda options: options.until is not None and options.changing,
    ),
    (
        "--review needs a terminal; --update accepts every difference.",
        lambda options: options.review and not options.terminal,
    ),
    (
        "--review asks for one difference after the other: leave -j and --json away.",
        lambda options: options.review and (options.jobs > 1 or options.json_output),
    ),
    (
        "--http record asks the services, and --offline refuses that: leave one away.",
        lambda options: options.http == "record" and options.offline,
    ),
)
