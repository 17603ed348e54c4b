"""A turn that differs, as text: for ``capsule replay`` and for pytest alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from cpsl.model.codec import expectation_text
from cpsl.render.safe import visible, visible_line
from cpsl.textwidth import cut
from cpsl.transcript.comparison.compare import counts
from cpsl.transcript.comparison.difference import Difference
from cpsl.transcript.comparison.text_difference import Span, mark_differences
from cpsl.transcript.line_kinds import NOUNS
from cpsl.transcript.result import TurnResult

_WIDEST = 200


class Marks(NamedTuple):
    """How what was expected, what came, and what is beside the point are drawn; a word and a whole line alike."""

    removed_word: Callable[[str], str]
    added_word: Callable[[str], str]
    removed: Callable[[str], str]
    added: Callable[[str], str]
    faint: Callable[[str], str]


def _same(text: str) -> str:
    return text


PLAIN = Marks(lambda word: f"[-{word}-]", lambda word: f"{{+{word}+}}", _same, _same, _same)


def turn_report(path: str, played: TurnResult, marks: Marks) -> list[str]:
    """A turn that differs, as lines of text.

    Where it stands and what the person said; each difference, ``-`` for what is expected and ``+`` for what
    came; the user's lines that the exception came through.
    """
    turn, differences = played.turn, played.differences
    said = cut(visible_line(played.sent), _WIDEST)
    lines = [f"{visible_line(path)}:{turn.user.number}: turn {turn.number}  > {said}"]
    lines += [f"  {sentence}" for sentence in counts(turn, played.actual)]
    # That the app says something else is the rule; beside other things it needs a heading like them.
    moved = _moved(differences)
    headed = bool(moved) or any(difference.type != "reply" or difference.path for difference in differences)
    failed = any(difference.type == "error" for difference in differences)
    for difference in differences:
        # That a turn with an error ended in one goes without saying.
        if not (failed and difference.type == "end"):
            note = ", in another place" if _said(difference) in moved else ""
            lines += ("  " + line for line in _difference_lines(difference, marks, note, headed=headed))
    # The headline may stand among the differences already.
    failure = played.failure.split("\n")[1 if failed else 0 :] if played.failure else []
    return [*lines, *(marks.faint("  | ") + line for line in failure)]


def _moved(differences: Sequence[Difference]) -> set[tuple[str, str, str]]:
    """What is missing at one place and too much at another: without a word about that, both would look the same."""
    whole = [item for item in differences if not item.path]
    missing, extra = ({_said(item) for item in whole if item.kind == kind} for kind in ("missing", "extra"))
    return missing & extra


def _said(difference: Difference) -> tuple[str, str, str]:
    return difference.type, difference.path, _text(difference.got if difference.kind == "extra" else difference.wanted)


def _difference_lines(difference: Difference, marks: Marks, note: str, *, headed: bool) -> list[str]:
    label = difference.path or NOUNS.get(difference.type, (difference.type,))[0]
    head = [marks.faint(visible_line(label) + note + ":")] if headed else []
    if difference.kind == "missing":
        return [*head, *_block("- ", _text(difference.wanted), marks.removed)]
    if difference.kind == "extra":
        return [*head, *_block("+ ", _text(difference.got), marks.added)]
    wanted, got = mark_differences(_text(difference.wanted), _text(difference.got))
    return [
        *head,
        *_block("- ", _joined(wanted, marks.removed_word), marks.removed),
        *_block("+ ", _joined(got, marks.added_word), marks.added),
    ]


def _text(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"error", "message"}:
        return visible(f"{expectation_text(value['error'])}: {expectation_text(value['message'])}")
    return visible(expectation_text(value))


def _joined(spans: Iterable[Span], mark: Callable[[str], str]) -> str:
    return "".join(_marked(span.text, mark) if span.changed else span.text for span in spans)


def _marked(text: str, mark: Callable[[str], str]) -> str:
    """Line by line: a style must not run over the beginning of the next."""
    return "\n".join(mark(line) if line else line for line in text.split("\n"))


def _block(sign: str, text: str, style: Callable[[str], str]) -> list[str]:
    return [style(sign) + line for line in text.split("\n")]
