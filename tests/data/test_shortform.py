"""The short filter form of the command line equals the JSON form."""

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.data.filters import parse_filter
from cpsl.data.query_errors import FilterError
from cpsl.data.shortform import parse_shortform, parse_terms, read_filter, read_terms

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
        ("zip=0123 phone=+49123 n=-012 m=٣", {"zip": "0123", "phone": "+49123", "n": "-012", "m": "٣"}),
        ("a=0 b=0.5 c=-.5 d=5. e=0e1", {"a": 0, "b": 0.5, "c": -0.5, "d": 5.0, "e": 0.0}),
        ('a="<5" b>"=x" c>=\'<\'', {"a": "<5", "b": {"$gt": "=x"}, "c": {"$gte": "<"}}),
    ],
)
def test_terms_become_this_filter(text: str, filter: dict[str, Any]) -> None:
    assert parse_shortform(text) == filter
    parse_filter(filter)


@pytest.mark.parametrize("text", ["x", "total >10", "total>", "=1", 'name="a', "a='b'c", "a=1 b", "!a=1", "a=1 'b'"])
def test_what_is_no_term_is_quoted_in_the_error(text: str) -> None:
    with pytest.raises(FilterError, match="is no filter term: write field=value"):
        parse_shortform(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("a<>5", "a!=5"),
        ("a===5", "a=5"),
        ("a!==5", "a!=5"),
        ("priority>>3", "priority>3"),
        ("a=>5", "a>=5"),
        ("a=<5", "a<=5"),
        ("a=~x", "a~x"),
        ("a~~x", "a~x"),
        ("a > 5", "a>5"),
        ("a >5", "a>5"),
        ("a> 5", "a>5"),
    ],
)
def test_a_term_that_is_nearly_one_is_shown_right(text: str, form: str) -> None:
    for read in (read_filter, lambda text: read_terms(text.split())):
        with pytest.raises(FilterError, match=re.escape(f"(here {form}, without spaces)")):
            read(text)


@pytest.mark.parametrize("text", ["a>1&&b<2", "a>1,b<2", "a<x||b>y", "(a=5)", "a&b=1", "a|b>2"])
def test_terms_that_are_joined_otherwise_are_refused(text: str) -> None:
    with pytest.raises(FilterError, match="is no filter term"):
        read_filter(text)


def test_no_words_mean_all_and_an_empty_word_means_nothing() -> None:
    assert read_terms([]) == read_terms(["{}"]) == {}
    for words in ([""], ["  "], ["a=1", ""], ["", ""]):
        with pytest.raises(FilterError, match=r"a filter is empty: write .* to mean all documents"):
            read_terms(words)


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
