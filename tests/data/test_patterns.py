"""Patterns that people wrote, and the engine's limit."""

import threading

import pytest

from cpsl.patterns import PatternError, PatternTimeout, compile_pattern

BACKTRACKS = r"(a|aa)+$"
LONG = "a" * 60 + "!"


def test_a_match_is_one_as_in_re() -> None:
    found = compile_pattern(r"(?P<who>\w+) said", "i").search("Then Ann SAID no")
    assert found["who"] == "Ann"
    assert compile_pattern("a.c", "s").fullmatch("a\nc")
    assert compile_pattern("a.c").fullmatch("a\nc") is None
    assert compile_pattern("nothing").search("something") is None


@pytest.mark.parametrize("way", ["search", "fullmatch"])
def test_a_pattern_that_backtracks_is_given_up(way: str) -> None:
    pattern = compile_pattern(BACKTRACKS, seconds=0.01)
    with pytest.raises(PatternTimeout, match=r"the pattern '\(a\|aa\)\+\$' was given up after 0.01 s"):
        getattr(pattern, way)(LONG)


def test_other_threads_run_while_one_searches() -> None:
    """The searching thread holds nothing: this one sees it alive, tells it nothing, and it ends by its limit."""
    started, ended = threading.Event(), threading.Event()

    def search() -> None:
        started.set()
        with pytest.raises(PatternTimeout):
            compile_pattern(BACKTRACKS, seconds=0.2).search(LONG)
        ended.set()

    thread = threading.Thread(target=search)
    thread.start()
    started.wait()
    turns = 0
    while not ended.is_set():
        turns += 1
    thread.join()
    assert turns > 1000


@pytest.mark.parametrize("text", ["(", "[a", "*", "(?P<x>a)(?P<x>b", "a{2}{3}{4}(", "\\"])
def test_what_is_no_pattern_is_said(text: str) -> None:
    with pytest.raises(PatternError, match="is not a pattern: "):
        compile_pattern(text)
