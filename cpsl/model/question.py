"""What an app asks a person in the middle of a turn (API.md §32)."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

QuestionKind = Literal["approval", "file", "integration"]


class Question(NamedTuple):
    """A question; its answer is True or False, the path of a file, or the fields of a form, and None for none.

    ``choices`` are the labels of an approval (yes, no), ``accept`` the file types wanted, ``fields`` the names
    a form asks for.
    """

    kind: QuestionKind
    message: str
    choices: tuple[str, str] = ("Approve", "Reject")
    accept: str = ""
    fields: tuple[str, ...] = ()


class AnswerTo(NamedTuple):
    """A prepared answer to a question of one kind; a question of another kind does not get it."""

    kind: QuestionKind
    value: Any


def approved(answer: str, label: str) -> bool:
    """Whether a typed answer approves; the label is what the app calls that."""
    said = answer.strip().lower()
    return bool(said) and said in ("y", "yes", "true", "1", "ok", "approve", label.strip().lower())
