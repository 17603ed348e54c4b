"""A turn that differs, as text: for ``capsule replay`` and for pytest alike (UX R2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from cpsl.render.safe import visible, visible_line
from cpsl.transcript.compare import counts
from cpsl.transcript.difference import NOUNS, Difference
from cpsl.transcript.document import RecordedTurn
from cpsl.transcript.matchers import shown
from cpsl.transcript.words import Span, marked

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


def turn_lines(
    turn: RecordedTurn, sent: str, actual: Sequence[dict[str, Any]], differences: Iterable[Difference], marks: Marks
) -> list[str]:
    """Which turn it is, what the person said, and each difference: ``-`` is expected, ``+`` is what came."""
    said = visible_line(sent)
    said = said if len(said) <= _WIDEST else said[: _WIDEST - 1] + "…"
    lines = [f"turn {turn.number}  > {said}"]
    lines += [f"  {sentence}" for sentence in counts(turn, actual)]
    found = list(differences)
    # That the app says something else is the rule; beside other things it needs a heading like them.
    headed = any(difference.type != "reply" or difference.path for difference in found)
    failed = any(difference.type == "error" for difference in found)
    for difference in found:
        # That a turn with an error ended in one goes without saying.
        if not (failed and difference.type == "end"):
            lines += ("  " + line for line in _difference_lines(difference, marks, headed=headed))
    return lines


def _difference_lines(difference: Difference, marks: Marks, *, headed: bool) -> list[str]:
    label = difference.path or NOUNS.get(difference.type, (difference.type,))[0]
    head = [marks.faint(visible_line(label) + ":")] if headed else []
    if difference.kind == "missing":
        return [*head, *_block("- ", _text(difference.wanted), marks.removed)]
    if difference.kind == "extra":
        return [*head, *_block("+ ", _text(difference.got), marks.added)]
    wanted, got = marked(_text(difference.wanted), _text(difference.got))
    return [
        *head,
        *_block("- ", _joined(wanted, marks.removed_word), marks.removed),
        *_block("+ ", _joined(got, marks.added_word), marks.added),
    ]


def _text(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"error", "message"}:
        return visible(f"{shown(value['error'])}: {shown(value['message'])}")
    return visible(shown(value))


def _joined(spans: Iterable[Span], mark: Callable[[str], str]) -> str:
    return "".join(_marked(span.text, mark) if span.changed else span.text for span in spans)


def _marked(text: str, mark: Callable[[str], str]) -> str:
    """Line by line: a style must not run over the beginning of the next."""
    return "\n".join(mark(line) if line else line for line in text.split("\n"))


def _block(sign: str, text: str, style: Callable[[str], str]) -> list[str]:
    return [style(sign) + line for line in text.split("\n")]
