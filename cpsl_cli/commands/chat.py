"""``capsule chat``: talk to an app, in the terminal or through a pipe."""

# Not with `from __future__ import annotations`: typer would evaluate each text four times, in 3 ms of every start.
import os
from typing import Annotated

import typer

EXAMPLES = """\
Examples:

\b
  capsule chat app.py
  capsule chat app.py --as bob --new
  printf 'hi\\nthere\\n' | capsule chat app.py
  capsule chat app.py -m hi --json
  capsule chat app.py --input turns.jsonl --record talk.jsonl
  capsule chat app.py --record talk.jsonl --http record
  capsule chat app.py -m hi --trace trace.jsonl
"""


def chat(
    app: Annotated[
        str | None,
        typer.Argument(
            metavar="[APP]",
            help="file.py, file.py:symbol or module:symbol; the one app here if left out.",
            show_default=False,
        ),
    ] = None,
    session: Annotated[str | None, typer.Option(metavar="NAME", help="Open or make the session of that name.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Start a new session.")] = False,
    as_user: Annotated[str | None, typer.Option("--as", metavar="USER", help="Be that person.")] = None,
    email: Annotated[str | None, typer.Option(metavar="E", help="The person's e-mail address.")] = None,
    org: Annotated[str | None, typer.Option(metavar="ORG", help="The organisation the person acts for.")] = None,
    guest: Annotated[bool, typer.Option("--guest", help="Be somebody who is not signed in.")] = False,
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Keep everything in memory; write nothing.")] = False,
    record: Annotated[str | None, typer.Option(metavar="FILE", help="Write a transcript, turn by turn.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With --record, --trace, --http: replace a file of another kind.")
    ] = False,
    http: Annotated[
        str | None,
        typer.Option(
            metavar="MODE",
            help="With --record: record what the app exchanges over HTTP, replay it, or off.",
            show_default=False,
        ),
    ] = None,
    trace: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what each turn did inside, with times (as /trace --json).")
    ] = None,
    message: Annotated[
        list[str] | None,
        typer.Option("-m", "--message", metavar="TEXT", help="Send this and end; can be repeated."),
    ] = None,
    input_file: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help='Send these lines: text, or {"text", "as", "session", "attach"}; - is stdin.',
        ),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object per event and line.")] = False,
    chunks: Annotated[bool, typer.Option("--chunks", help="With --json: also the pieces of streamed replies.")] = False,
    plain: Annotated[
        bool | None,
        typer.Option("--plain", help="Replies as they are, without Markdown.", show_default=False),
    ] = None,
    timeout: Annotated[float | None, typer.Option(metavar="S", help="Stop a turn after this many seconds.")] = None,
    fail_fast: Annotated[bool, typer.Option("-x", "--fail-fast", help="Stop at the first turn that fails.")] = False,
    color: Annotated[str | None, typer.Option(metavar="WHEN", help="always, never or auto.")] = None,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show the whole traceback when the app cannot be loaded.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch/--no-watch", help="In the terminal: take over the app's code when it is saved.")
    ] = True,
    show_diff: Annotated[
        bool, typer.Option("--show-diff", help="After each turn, what it changed (as /diff); on stderr in a pipe.")
    ] = False,
    clock: Annotated[
        str | None, typer.Option(metavar="TIME", help="Let time stand still there: 2030-01-31T09:00, or +36h from now.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="With --ephemeral: the same ids and chances each time."),
    ] = None,
    vi: Annotated[
        bool | None,
        typer.Option(
            "--vi/--emacs", help="In the terminal: the keys of the input line; F4 switches.", show_default=False
        ),
    ] = None,
) -> int:
    """Each line is one message. On a terminal a chat opens, resuming the latest session."""
    from cpsl_cli.chat.chat_options import ChatOptions
    from cpsl_cli.chat.launch import start_chat

    return start_chat(
        ChatOptions(
            app=app,
            session=session,
            new=new,
            user=as_user,
            email=email,
            org=org,
            guest=guest,
            ephemeral=ephemeral,
            record=record,
            force=force,
            http=http,
            trace=trace,
            messages=tuple(message or ()),
            input_file=input_file,
            json_output=json_output,
            chunks=chunks,
            plain=plain,
            timeout=timeout,
            fail_fast=fail_fast,
            color=color,
            traceback=traceback,
            watch=watch,
            show_diff=show_diff,
            clock=clock,
            seed=seed,
            keys=None if vi is None else "vi" if vi else "emacs",
            terminal=os.isatty(0) and os.isatty(1),
        )
    )
