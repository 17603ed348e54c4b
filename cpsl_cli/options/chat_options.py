"""The options of ``capsule chat``."""

# Not with `from __future__ import annotations`: typer needs what the annotations say, and to evaluate their texts
# costs 3 ms of every start.
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cpsl_cli.options.declaration import Check, Exclusion, Setting, check_options
from cpsl_cli.options.shared_options import (
    USER,
    Color,
    Timeout,
    Traceback,
    boolean,
    invalid_text,
    no_http_mode,
    no_person,
    not_one_line,
    some_words,
)

if TYPE_CHECKING:
    from cpsl.http.cassette import Mode
    from cpsl.model.identity import SessionKey


class Continuation(NamedTuple):
    """Where a chat goes on that does not begin anew: what the played turns of a transcript have left.

    :param folder: holds the store ``store``, and nothing else; it goes when the chat ends.
    :param key: the conversation to go on with.
    :param at: the time it stands at, in seconds since the epoch.
    :param turns: how many turns there have been.
    :param transcript: the file they were played from.
    """

    folder: Path
    store: Path
    key: "SessionKey"
    at: float
    turns: int
    transcript: Path


def _invalid_messages(name: str, messages: list[str]) -> str | None:
    problems = (invalid_text(f"{name} {number}", text) for number, text in enumerate(messages, 1))
    return next(filter(None, problems), None)


_KEYS = {"emacs": False, "vi": True}


class ChatOptions(NamedTuple):
    """What was said on the command line; None where nothing was.

    The last fields are no options: ``terminal`` is whether a person looks and types, and with a ``continuation`` the
    chat goes on there: its app is loaded anew, and its store takes the place of the project's.
    """

    app: Annotated[
        str | None,
        typer.Argument(
            metavar="[APP]",
            help="file.py, file.py:symbol or module:symbol; the one app here if left out.",
            show_default=False,
        ),
        Setting("app", str, "a text", fills=False),  # a file is meant from where its configuration is
    ] = None
    session: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Open or make the session of that name."),
        some_words("a name"),
        Check(not_one_line),
    ] = None
    new: Annotated[bool, typer.Option("--new", help="Start a new session.")] = False
    user: Annotated[
        str | None,
        typer.Option("--as", metavar="USER", help="Be that person."),
        some_words("the id of a person"),
        Check(not_one_line),
        Check(no_person),
        USER,
    ] = None
    email: Annotated[
        str | None, typer.Option(metavar="E", help="The person's e-mail address."), Check(not_one_line)
    ] = None
    org: Annotated[
        str | None, typer.Option(metavar="ORG", help="The organisation the person acts for."), Check(not_one_line)
    ] = None
    guest: Annotated[bool, typer.Option("--guest", help="Be somebody who is not signed in.")] = False
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Keep everything in memory; write nothing.")] = False
    record: Annotated[str | None, typer.Option(metavar="FILE", help="Write a transcript, turn by turn.")] = None
    force: Annotated[
        bool, typer.Option("--force", help="With --record, --trace, --http: replace a file of another kind.")
    ] = False
    http: Annotated[
        str | None,
        typer.Option(
            metavar="MODE",
            help="With --record: record what the app exchanges over HTTP, replay it, or off.",
            show_default=False,
        ),
        Check(no_http_mode),
    ] = None
    trace: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what each turn did inside, with times (as /trace --json).")
    ] = None
    messages: Annotated[
        list[str] | None,
        typer.Option("-m", "--message", metavar="TEXT", help="Send this and end; can be repeated."),
        Check(_invalid_messages),
    ] = None
    input_file: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help='Send these lines: text, or {"text", "as", "session", "attach"}; - is stdin.',
        ),
    ] = None
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object per event and line.")] = False
    chunks: Annotated[bool, typer.Option("--chunks", help="With --json: also the pieces of streamed replies.")] = False
    plain: Annotated[
        bool | None,
        typer.Option("--plain", help="Replies as they are, without Markdown.", show_default=False),
        Setting("plain", boolean, "true or false", False),
    ] = None
    timeout: Timeout = None
    fail_fast: Annotated[bool, typer.Option("-x", "--fail-fast", help="Stop at the first turn that fails.")] = False
    color: Color = None
    traceback: Traceback = False
    watch: Annotated[
        bool, typer.Option("--watch/--no-watch", help="In the terminal: take over the app's code when it is saved.")
    ] = True
    show_diff: Annotated[
        bool, typer.Option("--show-diff", help="After each turn, what it changed (as /diff); on stderr in a pipe.")
    ] = False
    clock: Annotated[
        str | None, typer.Option(metavar="TIME", help="Let time stand still there: 2030-01-31T09:00, or +36h from now.")
    ] = None
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="With --ephemeral: the same ids and chances each time.")
    ] = None
    vi: Annotated[
        bool | None,
        typer.Option(
            "--vi/--emacs", help="In the terminal: the keys of the input line; F4 switches.", show_default=False
        ),
        Setting("keys", _KEYS.__getitem__, "emacs or vi", _KEYS["emacs"]),
    ] = None
    terminal: bool = False
    continuation: Continuation | None = None

    @property
    def scripted(self) -> bool:
        """Whether lines are played instead of a person typing."""
        return not self.terminal or bool(self.messages) or self.input_file is not None or self.json_output

    @property
    def reads_stdin(self) -> bool:
        """Whether what is said comes from stdin, unless ``-m`` says it."""
        return self.input_file in (None, "-", "/dev/stdin", "/dev/fd/0")

    @property
    def cassette_mode(self) -> "Mode":
        """What happens to the app's HTTP requests."""
        if not self.http:
            return "off"
        from cpsl.http.cassette import MODES

        return next((mode for mode in MODES if mode == self.http), "off")

    def check(self) -> None:
        """Raises ``UsageError`` for options that cannot be had together, and for values that make no sense."""
        check_options(self, _EXCLUSIONS)


_EXCLUSIONS: tuple[Exclusion, ...] = (
    (
        "--session and --new exclude each other: a new session gets its own name.",
        lambda options: options.session and options.new,
    ),
    ("-m and --input exclude each other.", lambda options: options.messages and options.input_file is not None),
    (
        "--record and --trace need a file each.",
        lambda options: options.record is not None and options.record == options.trace,
    ),
    ("--chunks needs --json.", lambda options: options.chunks and not options.json_output),
    (
        "--seed needs --ephemeral: in a store that stays, the same ids would come twice.",
        lambda options: options.seed is not None and not options.ephemeral,
    ),
    (
        "--http needs --record FILE: what is exchanged lies beside the transcript.",
        lambda options: options.cassette_mode != "off" and options.record is None,
    ),
)
