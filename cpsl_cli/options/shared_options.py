"""Options that several commands have, and what values of options can be."""

# Not with `from __future__ import annotations`, as chat_options.py.
from collections.abc import Callable
from typing import Annotated, Any

import typer

from cpsl.wording import parse_boolean
from cpsl_cli.options.declaration import Check, Setting

_YEAR = 365 * 86400.0
_COLORS = ("always", "never", "auto")


def is_limit(seconds: float) -> bool:
    """Whether a turn can be given that many seconds: more than none, and no more than a year."""
    return 0 < seconds <= _YEAR


def boolean(value: Any) -> bool:
    """A setting that is true or false. Raises ``ValueError`` for other words."""
    truth = value if isinstance(value, bool) else parse_boolean(str(value))
    if truth is None:
        raise ValueError
    return truth


def one_of(*choices: str) -> Callable[[Any], str]:
    """A setting that is one of these words. Raises ``ValueError`` for another."""

    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError
        return str(value)

    return read


def seconds(value: Any) -> float:
    """A setting that limits a turn. Raises ``ValueError`` or ``TypeError`` for what cannot."""
    if isinstance(value, bool) or not is_limit(float(value)):
        raise ValueError
    return float(value)


def person_id(value: Any) -> str:
    """A setting that is the id of a person. Raises ``ValueError`` for what cannot be one."""
    from cpsl.model.identity import id_problem

    if not isinstance(value, str) or id_problem(value):
        raise ValueError
    return value


def some_words(needs: str) -> Check:
    """A text that is not only spaces; ``needs`` names what the option needs."""
    return Check(lambda name, text: None if text.strip() else f"{name} needs {needs}.")


def not_one_line(name: str, text: str) -> str | None:
    """Why a text cannot be stored as one line; an argument's bytes that are no UTF-8 come as lone surrogates."""
    from cpsl.model.identity import is_one_line

    return invalid_text(name, text) or (None if is_one_line(text) else f"{name} holds a control character.")


def invalid_text(name: str, text: str) -> str | None:
    """Why a text cannot be stored."""
    return f"{name} is not valid UTF-8." if any("\ud800" <= letter <= "\udfff" for letter in text) else None


def no_person(name: str, text: str) -> str | None:
    """Why a text cannot be the id of a person."""
    from cpsl.model.identity import id_problem

    problem = id_problem(text)
    return f"{name}: the id {text!r} {problem}." if problem else None


def no_color(name: str, when: str) -> str | None:
    """Why that cannot say when to use colour."""
    return None if when in _COLORS else f"{name} is always, never or auto."


def no_http_mode(name: str, mode: str) -> str | None:
    """Why that cannot become of HTTP requests."""
    from cpsl.http.cassette import MODES

    return None if mode in MODES else f"{name} is record, replay or off."


USER = Setting(
    "user",
    person_id,
    "the id of a person (who somebody is stands in a table such as [users.ann])",
    "local",
    fills=False,  # a guest has no id unless one is said
)
COLOR = Setting("color", one_of(*_COLORS), "always or never or auto", "auto")
TIMEOUT = Setting("timeout", seconds, "a number of seconds above 0")

Color = Annotated[
    str | None, typer.Option("--color", metavar="WHEN", help="always, never or auto."), Check(no_color), COLOR
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", metavar="S", help="Stop a turn after this many seconds."),
    Check(lambda name, limit: None if is_limit(limit) else f"{name} needs a number of seconds above 0."),
    TIMEOUT,
]
Traceback = Annotated[bool, typer.Option("--traceback", help="Show the whole traceback when the app cannot be loaded.")]
