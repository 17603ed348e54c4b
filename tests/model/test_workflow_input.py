from __future__ import annotations

import copy
import pickle

import pytest

from cpsl.model.workflow_input import WorkflowInput
from tests.signatures import signature_text


def test_fields_are_read_as_items_and_as_attributes() -> None:
    form = WorkflowInput({"a": 1})
    assert (form["a"], form.a, form.get("a"), form.get("b", 2)) == (1, 1, 1, 2)
    assert "a" in form
    assert "b" not in form


def test_a_missing_field_is_an_attribute_error_or_a_key_error() -> None:
    with pytest.raises(AttributeError, match="no field 'b'; it has a"):
        _ = WorkflowInput({"a": 1}).b
    with pytest.raises(AttributeError, match="it has none"):
        _ = WorkflowInput({}).b
    with pytest.raises(KeyError):
        WorkflowInput({})["b"]


def test_keys_values_items_and_to_dict_are_those_of_the_form() -> None:
    form = WorkflowInput({"a": 1, "b": 2})
    assert list(form.keys()) == ["a", "b"]
    assert list(form.values()) == [1, 2]
    assert list(form.items()) == [("a", 1), ("b", 2)]
    assert form.to_dict() == {"a": 1, "b": 2}


def test_it_shares_nothing_with_what_it_was_made_from() -> None:
    fields = {"a": 1}
    form = WorkflowInput(fields)
    fields["a"] = 2
    form.to_dict()["a"] = 3
    assert form.a == 1


def test_payload_is_the_whole_form_unless_a_field_has_that_name() -> None:
    assert WorkflowInput({"a": 1}).payload == {"a": 1}
    assert WorkflowInput({"payload": 5}).payload == 5
    assert "payload" not in WorkflowInput({"a": 1})


def test_a_field_called_like_a_method_is_hidden_by_the_method() -> None:
    form = WorkflowInput({"items": 1})
    assert callable(form.items)
    assert form["items"] == 1


def test_it_has_no_length_cannot_be_iterated_and_is_always_true() -> None:
    form = WorkflowInput({})
    assert form
    with pytest.raises(TypeError):
        len(form)
    with pytest.raises(TypeError):
        iter(form)  # type: ignore[call-overload]


def test_it_prints_like_the_call_that_makes_it() -> None:
    assert repr(WorkflowInput({"a": 1})) == "WorkflowInput({'a': 1})"
    assert repr(WorkflowInput()) == "WorkflowInput({})"
    assert signature_text(WorkflowInput) == "(data=None)"


def test_it_can_be_copied_and_pickled() -> None:
    form = WorkflowInput({"a": [1]})
    assert copy.deepcopy(form) == form
    assert pickle.loads(pickle.dumps(form)) == form
