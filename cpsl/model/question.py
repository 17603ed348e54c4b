"""What an app asks a person in the middle of a turn (behaviour.md §32)."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from cpsl.wording import parse_boolean

QuestionKind = Literal["approval", "file", "integration"]
# Beside the words for yes and no; nothing is a no.
_APPROVING = {"ok": True, "approve": True, "": False, "reject": False}


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

    def approves(self, answer: str) -> bool | None:
        """Whether a typed answer approves: a label, a common word, or nothing for no. None for anything else."""
        word, (yes, no) = answer.strip().lower(), (choice.strip().lower() for choice in self.choices)
        if word and word in (yes, no) and yes != no:
            return word == yes
        return _APPROVING.get(word, parse_boolean(word))


class AnswerTo(NamedTuple):
    """A prepared answer to a question of one kind; a question of another kind does not get it."""

    kind: QuestionKind
    value: Any
