"""Python's own warnings, where they speak of what an app's developer wrote."""

from __future__ import annotations

import re
import sys
import warnings
from contextlib import suppress
from typing import TextIO

_FORGOTTEN = re.compile(r"coroutine '(?P<name>.*)' was never awaited\n?(?P<origin>.*)", re.DOTALL)
_ORIGIN = re.compile(r'  File "(?P<file>.*)", line (?P<line>\d+), in ')
_MOST_SOURCE = 80


def tell_forgotten_awaits() -> None:
    """From now on a call without ``await`` is one sentence on stderr, with the line of the app that made it."""
    warnings.showwarning = _show


_told: set[str] = set()
_show_otherwise = warnings.showwarning


def _show(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    sentence = _sentence(str(message), filename, lineno) if category is RuntimeWarning else None
    if sentence is None:
        _show_otherwise(message, category, filename, lineno, file, line)
    elif sentence not in _told:
        # Python tells each place once, where it threw the coroutine away; these are places where one was made.
        _told.add(sentence)
        with suppress(OSError, ValueError, AttributeError):  # closed by the app, or none
            (file or sys.stderr).write(sentence + "\n")


def _sentence(text: str, file: str, line: int) -> str | None:
    """What to say in place of the warning; None for another one, and for a coroutine that no line of the app made."""
    from cpsl.render.failure import is_users, short_path
    from cpsl.render.safe import visible_line

    found = _FORGOTTEN.match(text)
    if not found:
        return None
    origins = list(_ORIGIN.finditer(found["origin"]))
    if origins:
        file, line = origins[-1]["file"], int(origins[-1]["line"])
    name = f"{found['name'].rpartition('.')[2]}(...)"
    if not is_users(file):  # it was kept until the handler was over
        return visible_line(f"a call without await does nothing; write await before it: {name}")
    import linecache

    source = linecache.getline(file, line).strip()
    call = source if 0 < len(source) <= _MOST_SOURCE else name
    return visible_line(f"{short_path(file)}:{line}: a call without await does nothing; write await before it: {call}")
