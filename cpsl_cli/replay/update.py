"""``--update``: today's behaviour becomes what is expected."""

from __future__ import annotations

from cpsl.errors import CapsuleError
from cpsl.transcript.update import (
    TranscriptChangedError,
    asks_anew,
    has_new_errors,
    marked_with_http,
    save,
    updated_text,
)
from cpsl.wording import counted
from cpsl_cli.errors import DONE, FAILED, USAGE
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.replay.results import FileResult
from cpsl_cli.replay.run import Played


def brought_up_to_date(played: Played, options: ReplayOptions) -> FileResult:
    """The result, after the file was changed if that is wanted; a file in which all turns match is not touched.

    Where HTTP was recorded, the file's header says so afterwards, whatever differs.

    A turn that fails today and did not fail in the file is only accepted with ``accept_errors``.
    """
    result = _accepted(played, options)
    if played.mode != "record" or result.problem:
        return result
    text = marked_with_http(result.path)
    if text is None:
        return result
    save(result.path, text)
    return result.noted(f"{result.path}: its header says now that HTTP was recorded; the cassette belongs to it.")


def _accepted(played: Played, options: ReplayOptions) -> FileResult:
    result, transcript = played.result, played.transcript
    if not options.update or transcript is None or result.problem or result.code not in (DONE, FAILED):
        return result
    if not result.differing:
        return result
    failing = [number for number, comparison in played.comparisons.items() if has_new_errors(comparison)]
    if failing and not options.accept_errors:
        turns = ", ".join(map(str, failing))
        note = f"{result.path}: not updated: turn {turns} fails; mend the app, or add --accept-errors."
        return result.noted(note)
    try:
        save(result.path, updated_text(transcript, played.comparisons))
    except TranscriptChangedError as error:
        return result.noted(str(error))._replace(code=error.exit_code)
    except (CapsuleError, OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error).removesuffix(".")
        return result.noted(f"{result.path}: not updated ({why}).")._replace(code=USAGE)
    number = len(result.differing)
    result = result.noted(f"{result.path}: updated {counted(number, 'turn')}.")
    asking = [str(number) for number, comparison in played.comparisons.items() if asks_anew(comparison)]
    if asking:
        turns = ", ".join(asking)
        result = result.noted(f"{result.path}: there is a new question in turn {turns}; look at the answer after it.")
    return result._replace(code=DONE)
