"""What sentences for people are put together from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def counted(number: int, noun: str) -> str:
    """``1 document``, ``2,000 documents``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def nearest(word: str, known: Iterable[str], *, alike: float = 0.5) -> str | None:
    """The known name that was probably meant, whatever its case; None if none is near.

    :param alike: from 0 to 1, how much the two must have in common.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it

    names = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), names, 1, alike)
    return names[near[0]] if near else None


def text_of(value: Any) -> str | None:
    """``str(value)`` as a plain string; None where a method of the app's own class raises, whatever it is."""
    try:
        return str.__str__(str(value))
    except KeyboardInterrupt:
        raise
    except BaseException:
        return None


def class_name(value: Any) -> str:
    """The name of a value's class, also where its metaclass has another idea of names."""
    name: str = vars(type)["__name__"].__get__(type(value))
    return name


def notes_of(error: BaseException) -> str:
    """What was noted beside an exception (PEP 678), each note after a line break."""
    notes = getattr(error, "__notes__", None)
    return "".join(f"\n{text_of(note) or ''}" for note in notes) if isinstance(notes, list) else ""
