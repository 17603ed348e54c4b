"""Patterns mean here what they mean to PCRE2, the platform's engine, which stands beside as an oracle."""

from typing import Any

import pcre2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.data.dialect import compile_regex, translate_pattern
from cpsl.patterns import PatternError, PatternTimeout

_FLAGS = {"i": pcre2.I, "m": pcre2.M, "s": pcre2.S, "x": pcre2.X}


def platform(pattern: str, options: str) -> Any:
    """The pattern as MongoDB compiles it: with UTF, without Unicode properties."""
    flags = pcre2.A
    for letter in options:
        flags |= _FLAGS[letter]
    return pcre2.compile(pattern, flags, jit=False)


TABLE = [
    # pattern, options, found in, not found in
    (r"\w", "", ["a", "_", "7"], ["é", "٣"]),
    (r"^\w$", "i", ["K"], ["\u212a", "ſ"]),
    (r"\d", "", ["7"], ["٣"]),
    (r"\s", "", [" ", "\v"], ["\xa0"]),
    (r"\bab\b", "", ["éabé", "ab"], ["xab"]),
    (r"\Bb", "", ["ab"], ["éb"]),
    (r"(*UCP)^\w$", "", ["é"], ["!"]),
    (r"[[:alpha:]]", "", ["a"], ["é", "7", ":"]),
    (r"^[[:^alpha:]]$", "", ["é", "7"], ["a"]),
    (r"^[[:upper:]]$", "i", ["a"], ["7"]),
    (r"^[\w.]$", "i", [".", "a"], ["ſ", "é"]),
    (r"^[^\W_]$", "", ["a"], ["_", "é"]),
    (r"a\Z", "", ["a", "a\n"], ["a\n\n"]),
    (r"a\z", "", ["a"], ["a\n"]),
    (r"a$", "", ["a", "a\n"], ["a\nb"]),
    (r"a$", "m", ["a\nb"], ["ab"]),
    (r"^$", "m", ["", "\n", "a\n\nb"], ["a\n", "a"]),
    (r"a.b", "", ["axb", "a\rb"], ["a\nb"]),
    (r"a.b", "s", ["a\nb"], []),
    (r"a b # c", "x", ["ab"], ["a b"]),
    (r"a{x}", "", ["a{x}"], ["ax"]),
    (r"a{}{,}", "", ["a{}{,}"], ["aa"]),
    (r"a{2", "", ["a{2"], ["aa"]),
    (r"^\h+$", "", [" \t\xa0\u3000"], ["\n"]),
    (r"^a\Rb$", "", ["a\r\nb", "a\nb", "a\u2028b"], ["ab"]),
    (r"^a\vb$", "", ["a\nb", "a\x85b"], ["a\vb\v"]),
    (r"a\Kb", "", ["ab"], ["b"]),
    (r"a++a", "", [], ["aaa"]),
    (r"(?>a+)a", "", [], ["aaa"]),
    (r"\Qa.b\E.", "", ["a.bc"], ["axbc"]),
    (r"(?<y>a)(?P=y)\k<y>\g{y}\1\g1", "", ["aaaaaa"], ["aaaaa"]),
    (r"(?i)é", "", ["É"], ["e"]),
    (r"a(?i:b)c", "", ["aBc"], ["aBC"]),
    (r"istanbul", "i", ["ISTANBUL"], ["İstanbul", "ıstanbul"]),
    (r"^[h-j]$", "i", ["I"], ["İ", "ı"]),
    (r"[]a]", "", ["]"], ["b"]),
    (r"^[^]a]$", "", ["b"], ["]"]),
    (r"[a&&b]", "", ["&"], ["c"]),
    (r"^(?:(a)|b)(?(1)c|d)$", "", ["ac", "bd"], ["bc"]),
    (r"^(\((?:[^()]|(?1))*\))$", "", ["(a(b)c)"], ["(a(b)c"]),
    (r"^\p{Lu}\pN$", "", ["É٣"], ["é٣"]),
    (r"\x41\x{1F600}\o{101}\t", "", ["A😀A\t"], ["A"]),
]


@pytest.mark.parametrize(("pattern", "options", "found", "missed"), TABLE)
def test_what_a_pattern_finds(pattern: str, options: str, found: list[str], missed: list[str]) -> None:
    search = compile_regex(pattern, options).search
    assert [text for text in found + missed if search(text)] == found


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        (
            "a{,3}",
            r"'a\{,3\}': \{,3\}, which versions of PCRE2 read differently \(write \{0,3\} or \\\{\), at",
        ),
        (r"\Ca", r"\\C at position 0 is not supported here"),
        (r"\u00e9", r"\\u at position 0 is not supported"),
        (r"\N{U+41}", r"\\N at position 0 is not supported"),
        (r"\Ga", r"\\G at position 0"),
        (r"\L<x>", r"\\L at position 0"),
        (r"\ma", r"\\m at position 0"),
        (r"(a)(b)\12", "a group or an octal number"),
        ("(*LIMIT_MATCH=9)a", r"\(\*LIMIT_MATCH=9\) at position 0"),
        ("a(*FAIL)", r"\(\*FAIL\) at position 1"),
        ("a(?i)b", r"\(\?i\) at position 1"),
        ("(?C1)a", r"\(\?C1\) at position 0"),
        ("(?<=a+)b", "no fixed count inside a lookbehind"),
        ("[[.a.]]", "collating element"),
        ("[[:foo:]]", r"unknown POSIX class \[:foo:\], known: alnum, alpha"),
        ("[:alpha:]", r"write \[\[:alpha:\]\]"),
        ("[a-\\d]", "a range that ends in a class"),
        ("[\\d-z]", "a range that begins with a class"),
        ("[z-a]", "a range out of order"),
        ("a**", "nothing to repeat"),
        ("^*", "nothing to repeat"),
        ("+", "nothing to repeat"),
        ("(", r"a \( without its \) at position 1"),
        ("a)", r"a \) without its \( at position 1"),
        ("[a", r"a \[ without its \] at position 0"),
        ("a\\", "nothing after it"),
        ("(?<x>a)(?<x>b)", "two groups named 'x'"),
        ("a{3,2}", r"the count \{3,2\}, which is none"),
        ("a{99999}", r"the count \{99999\}"),
        (r"\x{110000}", "no character"),
        ("((a{500}){500}){500}", "more than 1,000 times in all"),
        ("(" * 201 + ")" * 201, "nested more than 200 deep"),
        (r"\g{2}(a)", "is not a pattern: invalid group reference"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(pattern: str, sentence: str) -> None:
    with pytest.raises(PatternError, match=sentence):
        compile_regex(pattern, "")


@pytest.mark.parametrize("pattern", ["ada", "^ada$", r"a\.b\d[x-z]\b."])
def test_plain_patterns_do_without_the_larger_engine(pattern: str) -> None:
    assert translate_pattern(pattern, "i").plain


def test_the_limit_names_the_pattern_as_it_was_written() -> None:
    with pytest.raises(PatternTimeout, match=r"the pattern '\(\\\\w\|\\\\w\\\\w\)\+\\\\z' was given up"):
        compile_regex(r"(\w|\w\w)+\z", "").search("a" * 60 + "!")


ATOMS = [
    *("a", "b", "i", "I", "é", "K", "\u212a", "ſ", "ß", "0", "٣", " ", "_", r"\.", ".", "^", "$", r"\A", r"\z", r"\Z"),
    *(r"\b", r"\B", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\h", r"\H", r"\v", r"\V", r"\R", r"\N", r"\K"),
    *("[ab]", "[^ab]", r"[\w.]", r"[^\w.]", r"[\W_]", "[[:alpha:]]", "[[:^alpha:]]", "[[:upper:]]", "[^[:space:]a]"),
    *("[]a]", "[^]a]", "[a-]", "[é-ü]", "[[:punct:]]", r"\Qa.b\E", r"\x41", r"\n", "{", "}", "]", "{2", "\n", "#"),
    *(
        r"\p{L}",
        r"\pN",
        r"[\p{L}_]",
        r"\cA",
        r"\07",
        r"[\b]",
        r"[\h]",
        "[&&a]",
        "[a[b]",
        "[~|]",
        "(?#x)",
        "[i]",
        "[^i]",
    ),
]
QUANTIFIERS = ["", "", "", "*", "+", "?", "*?", "+?", "*+", "?+", "{2}", "{0,2}", "{1,}", "{2}+"]
OPENINGS = ["(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?s:", "(?m:", "(?x:", "(?-i:", "(?|", "(?m-s:"]

atoms = st.builds(str.__add__, st.sampled_from(ATOMS), st.sampled_from(QUANTIFIERS))
patterns = st.recursive(
    st.lists(atoms, min_size=1, max_size=3).map("".join),
    lambda inner: st.one_of(
        st.builds("{}{}){}".format, st.sampled_from(OPENINGS), inner, st.sampled_from(QUANTIFIERS)),
        st.builds("{}|{}".format, inner, inner),
        st.builds(str.__add__, inner, inner),
    ),
    max_leaves=4,
)
subjects = st.text("aabiIİıéÉK\u212asſßẞS0٣ _-.\n\n\t\r\v\x85\u2028\xa0A]{}2#&~|\x01\x07\x08", max_size=8)


@given(pattern=patterns, options=st.sets(st.sampled_from("imsx")), texts=st.lists(subjects, min_size=1, max_size=6))
def test_both_engines_find_the_same(pattern: str, options: set[str], texts: list[str]) -> None:
    letters = "".join(sorted(options))
    try:
        ours, theirs = compile_regex(pattern, letters), platform(pattern, letters)
    except (PatternError, pcre2.LibraryError):
        return
    assert [bool(ours.search(text)) for text in texts] == [bool(theirs.search(text)) for text in texts]


@pytest.mark.parametrize(("pattern", "options", "found", "missed"), TABLE)
def test_the_table_is_the_platforms(pattern: str, options: str, found: list[str], missed: list[str]) -> None:
    if "\\x{" in pattern or "\\o{" in pattern or "UCP" in pattern:
        pytest.skip("the oracle is compiled with other options for these")
    search = platform(pattern, options).search
    assert [text for text in found + missed if search(text)] == found
