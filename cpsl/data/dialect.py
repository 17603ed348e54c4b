"""The patterns of `$regex`: PCRE2, as MongoDB reads it, written anew for the engines here.

PCRE2 and Python's engines read many patterns alike and some differently: `\\w` is ASCII there, `\\Z` also stands before
a final newline, `[[:alpha:]]` is a class. Each construct is therefore taken apart and written in words that both
engines here read as PCRE2 reads the original. What cannot be said so is refused by name.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from cpsl.patterns import PatternError, compile_pattern, quote_pattern

OPTIONS = "imsx"

_MOST_REPEATED = 1000
"""How often nested counts may repeat something in all; the engine writes each out. PCRE2 has a limit as well."""

_MOST_GROUPS = 200
_SETS = {
    "d": (r"0-9", r"\x00-/:-\U0010ffff"),
    "w": (r"0-9A-Z_a-z", r"\x00-/:-@\[-\^`\{-\U0010ffff"),
    "s": (r"\t-\r ", r"\x00-\x08\x0e-\x1f!-\U0010ffff"),
    "h": (
        r"\t \xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
        r"\x00-\x08\n-\x1f!-\x9f\xa1-\u167f\u1681-\u180d\u180f-\u1fff\u200b-\u202e\u2030-\u205e\u2060-\u2fff"
        r"\u3001-\U0010ffff",
    ),
    "v": (r"\n-\r\x85\u2028\u2029", r"\x00-\t\x0e-\x84\x86-\u2027\u202a-\U0010ffff"),
    "N": (r"\x00-\t\x0b-\U0010ffff", ""),
}
_POSIX = {
    "alnum": r"0-9A-Za-z",
    "alpha": r"A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": r"0-9",
    "graph": r"!-~",
    "lower": r"a-z",
    "print": r" -~",
    "punct": r"!-/:-@\[-`\{-~",
    "space": r"\t-\r ",
    "upper": r"A-Z",
    "word": r"0-9A-Z_a-z",
    "xdigit": r"0-9A-Fa-f",
}
_CONTROLS = {"a": "\a", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_OWN_CASE = "ıİ"
"""The engines here take these two for an i as well; PCRE2 does not."""

_WORD = r"(?-i:[0-9A-Z_a-z])"
_EDGES = {
    "A": r"\A",
    "z": r"\Z",
    "Z": r"(?=\n?\Z)",
    "b": rf"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "B": rf"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}

_COUNT = re.compile(r"\{(?=,?\d)(\d*)(,?)(\d*)\}")
_HEAD = re.compile(r"\(\*(UTF8?|UCP)\)")
_OPTIONS_ONLY = re.compile(r"\(\?([imsx]+)\)")
_GROUP = re.compile(
    r"\((?:\?(?:(?P<kind>[:|>=!]|<[=!])|(?:P?<|')(?P<name>[A-Za-z_]\w*)[>']|(?P<flags>[imsx]*(?:-[imsx]+)?):"
    r"|\((?P<condition>\d+|<\w+>|'\w+'|DEFINE)\)))?",
    re.ASCII,
)
_CALL = re.compile(r"\(\?(?:P=(?P<back>\w+)|(?:P>|&)(?P<name>\w+)|(?P<number>\d+|R))\)", re.ASCII)
_BACK = re.compile(
    r"\\(?:g\{?(?P<number>\d+)\}?|(?:k[<'{]|g\{)(?P<name>[A-Za-z_]\w*)[>'}]|(?P<digit>[1-9]\d*))", re.ASCII
)
_NAMED_CHARACTER = re.compile(r"\\N\{(?!\d+,?\d*\})")
_PROPERTY = re.compile(r"\\[pP](?:\{\^?[\w =:&-]+\}|[A-Za-z])", re.ASCII)
_CODE = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{0,2})|o\{([0-7]+)\}|(0[0-7]{0,2})|c([ -~]))")
_POSIX_CLASS = re.compile(r"\[:(\^?)(\w*):\]")
_COLLATION = re.compile(r"\[([.=]).*?\1\]")


class Translation(NamedTuple):
    """A pattern for the engines here, with their flags; `plain` patterns take time in proportion to the text."""

    text: str
    flags: str
    plain: bool


@lru_cache(maxsize=512)
def translate_pattern(pattern: str, options: str) -> Translation:
    """Return the pattern in the engines' words. Raises `PatternError` for what is not supported, by its name."""
    return _Translator(pattern, options).run()


@lru_cache(maxsize=512)
def compile_regex(pattern: str, options: str) -> "re.Pattern[str]":
    """Return an object whose `search` finds what PCRE2 finds. Raises `PatternError`.

    Plain patterns need neither the larger engine nor its limit; the search of another may raise `PatternTimeout`.
    """
    text, flags, plain = translate_pattern(pattern, options)
    if plain:
        try:
            return re.compile(f"(?{flags}){text}" if flags else text)
        except (re.error, OverflowError, RecursionError) as error:
            raise PatternError(str(error)) from None
    return compile_pattern(text, flags, name=pattern)  # type: ignore[return-value]


class _Group(NamedTuple):
    multiline: bool
    extended: bool
    ignores_case: bool
    behind: bool
    began: int


class _Translator:
    """Reads a pattern once, from left to right."""

    def __init__(self, pattern: str, options: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._options = set(options)
        self._unicode = False
        self._plain = True
        self._out: list[str] = []
        self._weights: list[int] = []
        self._groups: list[_Group] = []
        self._last: tuple[int, int] | None = None
        self._names: set[str] = set()

    def run(self) -> Translation:
        self._heads()
        flags = self._options
        self._multiline, self._extended, self._ignores_case = "m" in flags, "x" in flags, "i" in flags
        self._behind = False
        while self._at < len(self._pattern):
            self._step()
        if self._groups:
            raise self._refused("a ( without its )")
        return Translation("".join(self._out), "".join(sorted(flags & {"i", "s"})), self._plain)

    def _heads(self) -> None:
        while found := _HEAD.match(self._pattern, self._at):
            self._unicode |= found[1] == "UCP"
            self._at = found.end()
        while found := _OPTIONS_ONLY.match(self._pattern, self._at):
            self._options |= set(found[1])
            self._at = found.end()

    def _refused(self, what: str) -> PatternError:
        return PatternError(f"{quote_pattern(self._pattern)} is not a pattern: {what} at position {self._at}")

    def _unsupported(self, what: str) -> PatternError:
        return PatternError(f"{quote_pattern(self._pattern)}: {what} at position {self._at} is not supported here")

    def _step(self) -> None:
        char = self._pattern[self._at]
        if char == "\\":
            self._escape()
        elif char == "[":
            self._class()
        elif char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char in "*+?" or (char == "{" and _COUNT.match(self._pattern, self._at)):
            self._quantifier()
        elif self._extended and char in " \t\n\r\f\v":
            self._at += 1
        elif self._extended and char == "#":
            end = self._pattern.find("\n", self._at)
            self._at = len(self._pattern) if end < 0 else end + 1
        else:
            self._at += 1
            self._simple(char)

    def _simple(self, char: str) -> None:
        if char == "^":
            self._edge(r"(?:\A|(?<=\n)(?!\Z))" if self._multiline else r"\A")
        elif char == "$":
            self._edge(r"(?=\n|\Z)" if self._multiline else r"(?=\n?\Z)")
        elif char == "|":
            self._plain = False
            self._edge(char)
        else:
            self._item(char if char == "." else self._literal(char))

    def _literal(self, char: str) -> str:
        if self._ignores_case and char in "iI" + _OWN_CASE:
            return "(?-i:[iI])" if char in "iI" else f"(?-i:{char})"
        return re.escape(char)

    def _item(self, text: str, weight: int = 1) -> None:
        self._last = (len(self._out), weight)
        self._out.append(text)

    def _edge(self, text: str) -> None:
        """What stands between characters is not repeated."""
        self._last = None
        self._out.append(text)

    # Groups

    def _open(self) -> None:
        pattern, at = self._pattern, self._at
        if pattern.startswith("(?#", at):
            end = pattern.find(")", at)
            if end < 0:
                raise self._refused("a comment (?# without its )")
            self._at = end + 1
            return
        if call := _CALL.match(pattern, at):
            self._call(call)
            return
        found = _GROUP.match(pattern, at)
        if found is None or (pattern.startswith(("(*", "(?"), at) and found.end() == at + 1):
            raise self._unsupported(_named(pattern, at))
        if len(self._groups) >= _MOST_GROUPS:
            raise self._refused(f"groups nested more than {_MOST_GROUPS} deep")
        self._groups.append(_Group(self._multiline, self._extended, self._ignores_case, self._behind, len(self._out)))
        self._weights.append(1)
        self._plain = False
        self._last = None
        self._at = found.end()
        self._out.append(self._opened(found))

    def _opened(self, found: "re.Match[str]") -> str:
        if found["flags"] is not None:
            on, _, off = found["flags"].partition("-")
            self._multiline = ("m" in on or self._multiline) and "m" not in off
            self._extended = ("x" in on or self._extended) and "x" not in off
            self._ignores_case = ("i" in on or self._ignores_case) and "i" not in off
            on, off = ("".join(letter for letter in part if letter in "is") for part in (on, off))
            return f"(?{on}-{off}:" if off else f"(?{on}:"
        if found["name"] is not None:
            if found["name"] in self._names:
                raise self._refused(f"two groups named {found['name']!r}")
            self._names.add(found["name"])
            return f"(?P<{found['name']}>"
        if found["condition"] is not None:
            return f"(?({found['condition'].strip('<>' + chr(39))})"
        if found["kind"] is None:
            return "("
        self._behind = self._behind or found["kind"] in ("<=", "<!")
        return f"(?{found['kind']}"

    def _call(self, found: "re.Match[str]") -> None:
        self._plain = False
        self._at = found.end()
        if found["back"]:
            self._item(f"(?P={found['back']})")
        else:
            self._item(f"(?&{found['name']})" if found["name"] else f"(?{found['number']})")

    def _close(self) -> None:
        if not self._groups:
            raise self._refused("a ) without its (")
        group = self._groups.pop()
        self._multiline, self._extended, self._ignores_case, self._behind, began = group
        weight = self._weights.pop()
        self._at += 1
        self._out[began:] = ["".join(self._out[began:]) + ")"]
        self._last = (began, weight)
        if self._weights:
            self._weights[-1] = max(self._weights[-1], weight)

    # Repetitions

    def _quantifier(self) -> None:
        if self._last is None:
            raise self._refused("nothing to repeat before the quantifier")
        pattern, at = self._pattern, self._at
        text, least, most = pattern[at], 0 if pattern[at] in "*?" else 1, 1 if pattern[at] == "?" else None
        if (found := _COUNT.match(pattern, at)) is not None:
            text, least, most = self._count(found)
        if self._behind and least != most:
            raise self._unsupported("a repetition of no fixed count inside a lookbehind")
        where, weight = self._last
        weight *= max(least, most or 1)
        if weight > _MOST_REPEATED and text[0] == "{":
            raise self._refused(f"counts that repeat something more than {_MOST_REPEATED:,} times in all")
        self._at += len(found[0]) if found else 1
        if pattern[self._at : self._at + 1] in ("?", "+"):
            text += pattern[self._at]
            self._at += 1
        self._plain = False
        self._out.append(text)
        self._out[where:] = [f"(?:{''.join(self._out[where:])})"]
        self._last = None
        if self._weights:
            self._weights[-1] = max(self._weights[-1], weight)

    def _count(self, found: "re.Match[str]") -> tuple[str, int, int | None]:
        least, comma, most = found.groups()
        if not least:
            spelled = f"{{0,{most}}} or \\{{"
            raise self._unsupported(f"{found[0]}, which versions of PCRE2 read differently (write {spelled}),")
        low = int(least) if len(least) < 6 else 99_999
        high = low if not comma else int(most) if most and len(most) < 6 else None if not most else 99_999
        if max(low, high or 0) > 65_535 or (high is not None and high < low):
            raise self._refused(f"the count {found[0]}, which is none,")
        return found[0], low, high

    # Escapes

    def _escape(self) -> None:
        pattern, at = self._pattern, self._at
        letter = pattern[at + 1 : at + 2]
        if letter == "Q":
            self._quoted()
            return
        if letter == "E":
            self._at += 2
            return
        if found := _BACK.match(pattern, at):
            self._back(found)
            return
        if found := _PROPERTY.match(pattern, at):
            self._plain = False
            self._at = found.end()
            self._item(found[0])
            return
        if (letter and letter.lower() in "dwshv") or (letter == "N" and not _NAMED_CHARACTER.match(pattern, at)):
            self._at += 2
            self._item(self._shorthand(letter))
        elif letter in ("A", "z", "Z", "b", "B"):
            self._at += 2
            self._edge(rf"\{letter}" if self._unicode and letter in "bB" else _EDGES[letter])
        elif letter == "K":
            # Where a match begins does not matter to a filter.
            self._at += 2
            self._edge("")
        elif letter in ("R", "X"):
            self._plain = False
            self._at += 2
            self._item(r"(?>\r\n|[\n-\r\x85\u2028\u2029])" if letter == "R" else r"\X")
        else:
            self._item(self._literal(self._char()))

    def _shorthand(self, letter: str) -> str:
        if self._unicode and letter.lower() in "dws":
            return f"\\{letter}"
        within = _SETS["N"][0] if letter == "N" else _SETS[letter.lower()][letter.isupper()]
        return f"(?-i:[{within}])" if self._ignores_case else f"[{within}]"

    def _quoted(self) -> None:
        end = self._pattern.find("\\E", self._at)
        until = len(self._pattern) if end < 0 else end
        for char in self._pattern[self._at + 2 : until]:
            self._item(self._literal(char))
        self._at = until + 2

    def _back(self, found: "re.Match[str]") -> None:
        number = found["number"] or found["digit"]
        if found["digit"] and len(found["digit"]) > 1:
            raise self._unsupported(f"{found[0]}, a group or an octal number (write \\g{{…}} or \\x{{…}}),")
        self._plain = False
        self._at = found.end()
        self._item(f"(?P={found['name']})" if found["name"] else rf"\g<{number}>")

    def _char(self) -> str:
        """Read an escaped character."""
        pattern, at = self._pattern, self._at
        letter = pattern[at + 1 : at + 2]
        if not letter:
            raise self._refused("a \\ with nothing after it")
        if found := _CODE.match(pattern, at):
            self._at = found.end()
            long, short, octal, zero, control = found.groups()
            if control:
                return chr(ord(control.upper()) ^ 64)
            code = int(long or short or "0", 16) if octal is None and zero is None else int(octal or zero, 8)
            if code > 0x10FFFF or 0xD800 <= code < 0xE000:
                raise self._refused(f"{found[0]}, which is no character,")
            return chr(code)
        if letter.isascii() and letter.isalnum() and letter not in _CONTROLS:
            raise self._unsupported(pattern[at : at + 2])
        self._at += 2
        return _CONTROLS.get(letter, letter)

    # Classes

    def _class(self) -> None:
        pattern, start = self._pattern, self._at
        if _POSIX_CLASS.match(pattern, start):
            raise self._refused("a POSIX class outside brackets: write [[:alpha:]]")
        self._at += 1
        negated = pattern.startswith("^", self._at)
        self._at += negated
        opening = self._at
        items: list[str] = []
        fixed: list[str] = []
        while True:
            if self._at >= len(pattern):
                self._at = start
                raise self._refused("a [ without its ]")
            if pattern[self._at] == "]" and self._at > opening:
                break
            self._class_item(items, fixed)
        self._at += 1
        self._item(self._built(negated, items, fixed))

    def _class_item(self, items: list[str], fixed: list[str]) -> None:
        within = self._class_set()
        if within is not None:
            (fixed if self._ignores_case else items).append(within)
            if self._pattern.startswith("-", self._at) and self._pattern[self._at + 1 : self._at + 2] not in ("]", ""):
                raise self._refused("a range that begins with a class")
            return
        first = last = self._class_char()
        pattern = self._pattern
        if pattern.startswith("-", self._at) and pattern[self._at + 1 : self._at + 2] not in ("]", ""):
            self._at += 1
            if self._class_set() is not None:
                raise self._refused("a range that ends in a class")
            last = self._class_char()
            if last < first:
                raise self._refused("a range out of order")
        items.append(_in_class(first) if first == last else f"{_in_class(first)}-{_in_class(last)}")
        if self._ignores_case:
            fixed.extend(char for char in _OWN_CASE if first <= char <= last)

    def _class_set(self) -> str | None:
        """Read a set of characters inside a class, if one stands here."""
        pattern, at = self._pattern, self._at
        if _COLLATION.match(pattern, at):
            raise self._unsupported("a POSIX collating element")
        if found := _POSIX_CLASS.match(pattern, at):
            name = "alpha" if self._ignores_case and found[2] in ("upper", "lower") else found[2]
            if name not in _POSIX:
                raise self._refused(f"an unknown POSIX class {found[0]}, known: {', '.join(_POSIX)},")
            self._at = found.end()
            if self._unicode and name not in ("ascii", "word", "xdigit"):
                self._plain = False
                return f"[:{found[1]}{name}:]"
            return _complement(_POSIX[name]) if found[1] else _POSIX[name]
        if found := _PROPERTY.match(pattern, at):
            self._plain = False
            self._at = found.end()
            return found[0]
        letter = pattern[at + 1 : at + 2] if pattern[at] == "\\" else ""
        if letter and letter.lower() in "dwshv":
            self._at += 2
            if self._unicode and letter.lower() in "dws":
                return f"\\{letter}"
            return _SETS[letter.lower()][letter.isupper()]
        return None

    def _class_char(self) -> str:
        pattern, at = self._pattern, self._at
        if pattern[at] != "\\":
            self._at += 1
            return pattern[at]
        if pattern.startswith(("\\E", "\\Q"), at):
            raise self._unsupported(f"{pattern[at : at + 2]} inside a class")
        if pattern.startswith("\\b", at):
            self._at += 2
            return "\b"
        if (found := re.compile(r"\\([0-7]{1,3})").match(pattern, at)) and int(found[1], 8) < 256:
            self._at = found.end()
            return chr(int(found[1], 8))
        return self._char()

    def _built(self, negated: bool, items: list[str], fixed: list[str]) -> str:
        if not self._ignores_case:
            return f"[{'^' if negated else ''}{''.join(items)}]"
        # The case of what stands for a set of its own does not vary.
        parts = [f"(?-i:[{''.join(fixed)}])"] if fixed else []
        if items:
            parts.append(f"(?-i:(?![{_OWN_CASE}]))[{''.join(items)}]")
        either = "|".join(parts)
        return f"(?:(?!{either})(?s:.))" if negated else f"(?:{either})"


def _in_class(char: str) -> str:
    if char.isalnum() or not char.isascii():
        return char
    return f"\\x{ord(char):02x}"


def _complement(within: str) -> str:
    """Return the ranges of all that a set of ASCII characters leaves out."""
    test = re.compile(f"[{within}]")
    out = [char for char in map(chr, range(128)) if not test.match(char)]
    return "".join(map(_in_class, out)) + r"\x80-\U0010ffff"


def _named(pattern: str, at: int) -> str:
    found = re.compile(r"\(\*[A-Za-z_]*(?:=\d*)?\)?|\(\?[^\s\w]?\w{0,10}\)?").match(pattern, at)
    return found[0] if found else pattern[at : at + 3]
