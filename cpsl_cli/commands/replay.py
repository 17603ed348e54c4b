"""``capsule replay``: recorded conversations as regression tests."""

# Not with `from __future__ import annotations`: typer would evaluate each text four times, in 3 ms of every start.
import os
from typing import Annotated

import typer

EXAMPLES = """\
Examples:

\b
  capsule replay talk.jsonl
  capsule replay transcripts/ -x -k order
  capsule replay talk.jsonl --update
  capsule replay talk.jsonl --review
  capsule replay talk.jsonl --until 5 --chat
  capsule replay talk.jsonl --repeat 5
  capsule replay talk.jsonl --md >> README.md
  capsule replay transcripts/ -j 4 --junit report.xml
"""


def replay(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Transcripts, and folders of them.")],
    app: Annotated[
        str | None, typer.Option(metavar="APP", help="The app to run, whatever the transcript's header names.")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Write what the app does today into the file.")] = False,
    accept_errors: Annotated[
        bool, typer.Option("--accept-errors", help="With --update: also turns that fail today.")
    ] = False,
    review: Annotated[
        bool, typer.Option("--review", help="Ask for each turn that differs: accept, skip, edit or quit.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Show the chat as it looked; nothing is played.")] = False,
    markdown: Annotated[
        bool, typer.Option("--md", help="Print the chat as Markdown, for a README; nothing is played.")
    ] = False,
    until: Annotated[int | None, typer.Option(metavar="N", min=1, help="Play the turns up to this one.")] = None,
    chat: Annotated[
        bool, typer.Option("--chat", help="Go on live where the turns end, in a store that is thrown away.")
    ] = False,
    repeat: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, show_default=False, help="Play it so often, and propose placeholders for what varies."
        ),
    ] = 1,
    select: Annotated[
        str | None, typer.Option("-k", metavar="EXPR", help="Only transcripts whose path holds this: a and not b.")
    ] = None,
    fail_fast: Annotated[bool, typer.Option("-x", "--fail-fast", help="Stop at the first difference.")] = False,
    jobs: Annotated[int, typer.Option("-j", "--jobs", metavar="N", min=1, help="Play so many files at once.")] = 1,
    junit: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML too, for a build server.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With --junit, --http: replace a file of another kind.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object per turn and file.")] = False,
    timeout: Annotated[float | None, typer.Option(metavar="S", help="Stop a turn after this many seconds.")] = None,
    http: Annotated[
        str | None,
        typer.Option(metavar="MODE", help="record, replay or off; without it, replay if there is a cassette."),
    ] = None,
    offline: Annotated[
        bool | None,
        typer.Option(
            "--offline/--no-offline",
            help="Refuse what is in no cassette; the default where CI is set.",
            show_default=False,
        ),
    ] = None,
    color: Annotated[str | None, typer.Option(metavar="WHEN", help="always, never or auto.")] = None,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show the whole traceback when the app cannot be loaded.")
    ] = False,
) -> int:
    """Say to the app what was said then, in a store that is thrown away, and show what it does otherwise."""
    from cpsl_cli.replay.replay_files import start_replay
    from cpsl_cli.replay.replay_options import ReplayOptions

    return start_replay(
        ReplayOptions(
            paths=tuple(paths),
            app=app,
            update=update,
            accept_errors=accept_errors,
            review=review,
            show=show,
            markdown=markdown,
            until=until,
            chat=chat,
            repeat=repeat,
            select=select,
            fail_fast=fail_fast,
            jobs=jobs,
            junit=junit,
            force=force,
            json_output=json_output,
            timeout=timeout,
            http=http,
            offline=offline,
            color=color,
            traceback=traceback,
            terminal=os.isatty(0) and os.isatty(1),
        )
    )
