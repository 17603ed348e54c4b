"""``--chat``: play the first turns, then go on live from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cpsl.http.cassette import cassette_path
from cpsl.render.event_views import SILENT, Fields
from cpsl.render.safe import visible_line
from cpsl.transcript.document import Transcript
from cpsl.transcript.opening import Cast
from cpsl.transcript.result import TurnResult
from cpsl.wording import counted
from cpsl_cli.console import STDERR, terminal_width
from cpsl_cli.errors import INTERRUPTED, UsageError
from cpsl_cli.launch import go_on
from cpsl_cli.options.chat_options import ChatOptions, Continuation
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.replay.readable_lines import LINE_VIEWS, home_of
from cpsl_cli.replay.results import FileResult
from cpsl_cli.replay.run import FilePlayer, Played
from cpsl_cli.replay.show import ShownChat
from cpsl_cli.streams import Streams, say, take_over

_SHOWN_TURNS = 10
_SHOWN = frozenset(kind for kind, view in LINE_VIEWS.items() if view.continued != SILENT)


def chat_on(paths: Sequence[Path], options: ReplayOptions) -> int:
    """Play the transcript and chat on; returns the exit code of the chat.

    The chat has a store of its own, which is thrown away. Raises ``UsageError`` for several transcripts.
    """
    if len(paths) > 1:
        raise UsageError(f"--chat goes on with one conversation: name one transcript, not {len(paths)}.")
    columns = terminal_width(1) if options.terminal else 0
    streams = take_over()
    player = FilePlayer(options)
    # A handler that was left running may still write what it likes.
    with TemporaryDirectory(prefix="capsule-", ignore_cleanup_errors=True) as folder:
        store = Path(folder) / "store.db"
        played = player.play(paths[0], keep=store)
        if played.result.problem or played.transcript is None:
            say(f"capsule: {played.result.problem}\n")
            return played.result.code
        if player.interrupted:
            return INTERRUPTED
        _show(played.transcript, played.result, streams, options, columns)
        if played.mode != "off":
            tape = visible_line(cassette_path(paths[0]).name)
            say(f"from here on HTTP requests really go out: {tape} is for the recorded turns\n")
        player.release()
        code = go_on(_options(played.entry, options, _continuation(played, played.transcript, store)), streams)
    return player.leave(code)


def _continuation(played: Played, transcript: Transcript, store: Path) -> Continuation:
    turns = played.result.turns
    return Continuation(
        store.parent, store, Cast(transcript).key(turns[-1].turn.user), played.at, len(turns), transcript.path
    )


def _options(entry: str, options: ReplayOptions, continuation: Continuation) -> ChatOptions:
    """A chat as the person of the last turn, in that conversation."""
    user = continuation.key.user
    return ChatOptions(
        app=entry,
        session=continuation.key.name,
        user=user.id,
        email=user.email,
        org=user.org_id,
        ephemeral=True,
        timeout=options.timeout,
        color=options.color,
        traceback=options.traceback,
        terminal=options.terminal,
        continuation=continuation,
    )


def _show(transcript: Transcript, result: FileResult, streams: Streams, options: ReplayOptions, columns: int) -> None:
    """What was said so far; in a pipe on stderr, since stdout is for the answers to what is said now."""
    write = streams.product.write if options.terminal else say
    look = options.look(STDERR)
    chat, home = ShownChat(look, columns), home_of(transcript)
    left_out = len(result.turns) - _SHOWN_TURNS
    if left_out > 0:
        write(look.style(f"({counted(left_out, 'earlier turn')})", "2") + "\n")
    for turn in result.turns[-_SHOWN_TURNS:]:
        for line in chat.turn(shown_records(turn), home):
            write(line + "\n")
    if result.differing:
        say(_differing(result))


def shown_records(turn: TurnResult) -> Iterator[Fields]:
    """What is shown of a turn that was played: what the app did today, with the message and the answers it got."""
    answers = iter(turn.turn.of_type("answer"))
    yield {**turn.turn.user.fields, "text": turn.sent}
    for record in turn.actual:
        if record["type"] in _SHOWN:
            yield record
        if record["type"] == "prompt" and (answer := next(answers, None)):
            yield answer.fields


def _differing(result: FileResult) -> str:
    numbers = ", ".join(str(turn.turn.number) for turn in result.differing)
    verb = "is" if len(result.differing) == 1 else "are"
    return f"turn {numbers} {verb} not as recorded; capsule replay {visible_line(str(result.path))} shows how\n"
