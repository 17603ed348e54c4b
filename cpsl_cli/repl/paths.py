"""File names within a line: one with a space in it stands in quotes."""

from __future__ import annotations

import os
import re

# Not compiled here: the chat starts without them.
_PLAIN = r"[^\s'\"\\]+"
_LAST_WORD = r"(?:^|\s)(?P<word>\"[^\"]*|'[^']*|\S*)$"
_LAST_MENTION = r"(?:^|\s)@(?P<word>\"[^\"]*|'[^']*|\S*)$"
_MENTION = r"(?:^|\s)@(\"[^\"]+\"|'[^']+'|[^\s\"']\S*)"


def mentioned_files(text: str) -> list[str]:
    """The files that words such as ``@photo.png`` or ``@'my photo.png'`` name, without what ends a sentence.

    A word that names none is just a word.
    """
    words = (found[1:-1] if found[0] in "\"'" else found for found in re.findall(_MENTION, text))
    candidates = (next(filter(_is_file, (word, word.rstrip(".,;:!?)"))), None) for word in words)
    return [path for path in candidates if path]


def named_file(line: str) -> str:
    """The file that a whole line names: as it stands or, if there is none, quoted as shells and dragged files are."""
    if _is_file(line):
        return line
    import shlex

    try:
        words = shlex.split(line)
    except ValueError:
        return line
    return words[0] if len(words) == 1 else line


def last_word(text: str) -> str:
    """What is being typed at the end of a command, with its opening quote if it has one."""
    found = re.search(_LAST_WORD, text)
    return found["word"] if found else ""


def last_mention(text: str) -> str | None:
    """What is being typed after an ``@``, with its opening quote if it has one; None elsewhere."""
    found = re.search(_LAST_MENTION, text)
    return found["word"] if found else None


def bare(word: str) -> str:
    """The path of a word that may begin with a quote."""
    return word[1:] if word[:1] in ("'", '"') else word


def quote_path(path: str) -> str:
    """The path as a word of a line; in quotes if it needs them, which a folder leaves open."""
    if re.fullmatch(_PLAIN, path):
        return path
    quote = '"' if "'" in path else "'"
    return quote + path + ("" if path.endswith("/") else quote)


def _is_file(path: str) -> bool:
    return os.path.isfile(os.path.expanduser(path))
