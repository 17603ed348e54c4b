"""What a typed answer means (behaviour.md §32 LOCAL)."""

from __future__ import annotations

import pytest

from cpsl.model.question import Question


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("y", True), (" OK ", True), ("refund", True), ("n", False), ("", False), ("Keep It", False), ("maybe", None)],
)
def test_an_answer_is_a_word_or_a_label(answer: str, meaning: bool | None) -> None:
    assert Question("approval", "Refund?", ("Refund", "Keep it")).approves(answer) is meaning


def test_the_apps_labels_come_before_the_common_words() -> None:
    question = Question("approval", "Stop?", ("No", "Yes"))
    assert (question.approves("no"), question.approves("yes")) == (True, False)


def test_nothing_is_never_a_yes() -> None:
    assert Question("approval", "Stop?", ("", "Keep")).approves("") is False
