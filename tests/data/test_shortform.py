"""The short filter form of the command line equals the JSON form (UX S2)."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.data.errors import FilterError
from cpsl.data.filters import parse_filter
from cpsl.data.shortform import parse_shortform, parse_terms, read_filter

from .strategies import cases


@pytest.mark.parametrize(
    ("text", "filter"),
    [
        ("", {}),
        ("  ", {}),
        ("status=open", {"status": "open"}),
        ("status==open", {"status": "open"}),
        ("total>10", {"total": {"$gt": 10}}),
        ("total>=-1.5 total<2e3", {"total": {"$gte": -1.5, "$lt": 2000.0}}),
        ("total<=10 done!=true", {"total": {"$lte": 10}, "done": {"$ne": True}}),
        ("a=false b=null c=10 d=1x", {"a": False, "b": None, "c": 10, "d": "1x"}),
        ("a='10' b=\"true\" c=''", {"a": "10", "b": "true", "c": ""}),
        ('name="Acme Co" x=\'it is "so"\'', {"name": "Acme Co", "x": 'it is "so"'}),
        (r'name="say \"hi\" \\ o"', {"name": r'say "hi" \ o'}),
        ("name~a.c", {"name": {"$regex": "a\\.c", "$options": "i"}}),
        ("name~10", {"name": {"$regex": "10", "$options": "i"}}),
        ("address.city=Rome tags.0=x", {"address.city": "Rome", "tags.0": "x"}),
        ('"two words"=1', {"two words": 1}),
        ("url=http://x/?a=b&c>d", {"url": "http://x/?a=b&c>d"}),
        ("a=1 a=2", {"a": 1, "$and": [{"a": 2}]}),
        ("a=1 a>0", {"a": {"$eq": 1, "$gt": 0}}),
        ("a=1,b", {"a": "1,b"}),
        ("größe>1", {"größe": {"$gt": 1}}),
    ],
)
def test_terms_become_this_filter(text: str, filter: dict[str, Any]) -> None:
    assert parse_shortform(text) == filter
    parse_filter(filter)


@pytest.mark.parametrize("text", ["x", "total >10", "total>", "=1", 'name="a', "a='b'c", "a=1 b", "!a=1", "a=1 'b'"])
def test_what_is_no_term_is_quoted_in_the_error(text: str) -> None:
    with pytest.raises(FilterError, match="is no filter term: write field=value"):
        parse_shortform(text)


def test_terms_from_a_shell_hold_spaces_unquoted() -> None:
    assert parse_terms(["name=Acme Co", "total>10", "x=''"]) == {
        "name": "Acme Co",
        "total": {"$gt": 10},
        "x": "",
    }
    with pytest.raises(FilterError, match="not closed"):
        parse_terms(['name="Acme'])
    with pytest.raises(FilterError, match="no filter term"):
        parse_terms(["name="])


def test_both_forms_are_read() -> None:
    assert read_filter(' {"total": {"$gt": 10}, "status": "open"}') == read_filter("total>10 status=open")


@pytest.mark.parametrize("text", ["{", "{'a': 1}", "{" * 100_000, '{"a":1} x'])
def test_json_that_is_none_gets_a_sentence(text: str) -> None:
    with pytest.raises(FilterError, match="the filter is not JSON"):
        read_filter(text)


@given(st.text(max_size=30))
@cases(300)
def test_any_text_is_a_filter_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        parse_filter(read_filter(text))


@given(st.text(alphabet=st.characters(exclude_characters='"\\', exclude_categories=["Cs"])))
@cases(100)
def test_anything_in_quotes_stays_text(text: str) -> None:
    assert parse_shortform(f'a="{text}"') == {"a": text}
