"""What sentences for people are put together from, and the words for yes and no."""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Any, TypeVar

_Class = TypeVar("_Class", bound=type)

# A few letters in common say nothing about short words: "page" is not "save".
_SHORT, _ALIKE_SHORT, _ALIKE = 6, 0.7, 0.55

# More digits than any number of choices has.
_LONG = 20

_BOOLEANS = {
    **dict.fromkeys(("y", "yes", "true", "on", "1"), True),
    **dict.fromkeys(("n", "no", "false", "off", "0"), False),
}


def parse_boolean(text: str) -> bool | None:
    """What a person's word for yes or no means, whatever its case and the space around it; None for another word."""
    return _BOOLEANS.get(text.strip().lower())


def number_of_choice(text: str, choices: int) -> int | None:
    """The number from 1 to ``choices`` that a person has typed; None for anything else."""
    # "²" is a digit and no number; int() refuses thousands of digits.
    return int(text) if text.isdecimal() and len(text) < _LONG and 1 <= int(text) <= choices else None


def counted(number: int, noun: str) -> str:
    """``1 document``, ``2,000 documents``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def nearest(word: str, known: Iterable[str], *, alike: float | None = None) -> str | None:
    """The known name that was probably meant, whatever its case; None if none is near.

    :param alike: from 0 to 1, how much the two must have in common; without it, short words more than long ones.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it

    names = {name.lower(): name for name in known}
    if alike is None:
        alike = _ALIKE_SHORT if len(word) <= _SHORT else _ALIKE
    near = get_close_matches(word.lower(), names, 1, alike)
    begun = [name for name in names if len(word) > 1 and name.startswith(word.lower())]
    found = [*near, *sorted(begun, key=len)]
    return names[found[0]] if found else None


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


def names_inherited_methods(cls: _Class) -> _Class:
    """Decorates a public class: in Python's sentences about calls, methods of its internal bases go by its own name.

    ``App.collection() takes 2 positional arguments``, whichever class it was written in.
    """
    for base in cls.__mro__[1:-1]:
        for name, method in vars(base).items():
            public = name == "__init__" or not name.startswith("_")
            if public and name not in vars(cls) and isinstance(method, FunctionType):
                copy = FunctionType(method.__code__, method.__globals__, name, method.__defaults__, method.__closure__)
                copy.__kwdefaults__, copy.__annotations__ = method.__kwdefaults__, method.__annotations__
                copy.__doc__, copy.__module__ = method.__doc__, method.__module__
                copy.__qualname__ = f"{cls.__qualname__}.{name}"
                setattr(cls, name, copy)
    return cls
