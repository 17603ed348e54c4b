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


@pytest.mark.parametrize(
    "text",
    [
        "((a{1000}){1000}){1000}",
        "(a{30000}){30}",
        "(?:[)]{500}){500}",
        r"(\({500,}){500}",
        "a{1000000}",
        "a{" + "9" * 5000 + "}",
    ],
)
def test_repetitions_that_would_fill_the_memory_are_refused(text: str) -> None:
    with pytest.raises(PatternError, match=r"is not a pattern: its repetitions come to more than 100,000 characters$"):
        compile_pattern(text)


@pytest.mark.parametrize(
    ("text", "matching"),
    [
        ("([a-f]{8}-){100}", "abcdefab-" * 100),
        ("((((a{1,20}){1,20}){1,20}){1,20}){1,20}", "a" * 7),
        (r"\{400000}", "{400000}"),
        ("[{]400000}", "{400000}"),
        ("(a{0}b{50000})c{50000}", "b" * 50_000 + "c" * 50_000),
    ],
)
def test_other_repetitions_are_taken(text: str, matching: str) -> None:
    assert compile_pattern(text).fullmatch(matching)
