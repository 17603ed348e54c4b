"""How an option is declared: a field of its command's options, ``Annotated`` with all that is known about it.

``typer.Option`` or ``typer.Argument`` says how it is written and what the help tells; ``Check`` what its value must be;
``Setting`` where its value comes from if nobody says it. A field without the first is no option.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from inspect import Parameter, Signature
from typing import Any, NamedTuple, TypeVar, cast

from typer.models import ParameterInfo

from cpsl_cli.errors import UsageError

Options = TypeVar("Options", bound=NamedTuple)
"""The options of a command: a ``NamedTuple`` whose annotations are evaluated."""


Exclusion = tuple[str, Callable[[Any], object]]
"""Options that cannot be had together: the sentence that says so, and whether these are."""


# Plain classes: a NamedTuple takes long to make, and every start waits for them.
class Check:
    """What a value must be: ``problem`` gets the option's name and a value, and says why that is refused, or None."""

    def __init__(self, problem: Callable[[str, Any], str | None]) -> None:
        self.problem = problem


class Setting:
    """Where else a value comes from: ``CAPSULE_NAME`` in the environment, else the key ``name`` of a config file.

    :param read: makes the option's value of it; raises ``ValueError``, ``TypeError``,
        ``LookupError`` or ``OverflowError``.
    :param expected: what ``read`` takes, in words.
    :param fills: whether the value stands for an option that is None; if not, the place where it takes effect asks.
    """

    def __init__(
        self, name: str, read: Callable[[Any], Any], expected: str, default: Any = None, *, fills: bool = True
    ) -> None:
        self.name = name
        self.read = read
        self.expected = expected
        self.default = default
        self.fills = fills


class DeclaredOption:
    """An option as it was declared; ``field`` holds its value, ``name`` is how a person writes it."""

    def __init__(self, field: str, annotation: Any) -> None:
        self.field = field
        self.annotation = annotation
        self.name = next(iter(option_names(annotation)), f"--{field.replace('_', '-')}")
        self.checks = [note for note in annotation.__metadata__ if isinstance(note, Check)]
        self.settings = [note for note in annotation.__metadata__ if isinstance(note, Setting)]


@functools.cache
def declared_options(options: type[NamedTuple]) -> list[DeclaredOption]:
    """The options that the fields declare, in their order."""
    annotations = options.__annotations__.items()
    return [DeclaredOption(field, annotation) for field, annotation in annotations if _parameter(annotation)]


def takes_options(options: type[Options]) -> Callable[[Callable[[Options], int]], Callable[..., int]]:
    """Decorates a command: typer sees a parameter for each option, the function gets them as one value."""
    make, defaults = cast("Callable[..., Options]", options), options._field_defaults

    def decorate(command: Callable[[Options], int]) -> Callable[..., int]:
        @functools.wraps(command)
        def run(**said: Any) -> int:
            return command(make(**said))

        parameters = [
            Parameter(
                each.field,
                Parameter.KEYWORD_ONLY,
                default=defaults.get(each.field, Parameter.empty),
                annotation=each.annotation,
            )
            for each in declared_options(options)
        ]
        run.__signature__ = Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
        return run

    return decorate


def settings_of(*commands: type[NamedTuple]) -> dict[str, Setting]:
    """The settings of these commands' options, by name."""
    return {
        setting.name: setting for options in commands for each in declared_options(options) for setting in each.settings
    }


def check_options(options: NamedTuple, exclusions: Iterable[Exclusion]) -> None:
    """Raises ``UsageError`` for options that exclude each other, then for the first value that its check refuses."""
    for sentence, holds in exclusions:
        if holds(options):
            raise UsageError(sentence)
    for each in declared_options(type(options)):
        value = getattr(options, each.field)
        for check in each.checks if value is not None else ():
            problem = check.problem(each.name, value)
            if problem:
                raise UsageError(problem)


def option_names(annotation: Any) -> list[str]:
    """How an option with that annotation is written, where its declaration says so: ``--limit``, ``-y``."""
    written = _parameter(annotation)
    # Within Annotated, the first name of an option is where the default is otherwise.
    names = (written.default, *(written.param_decls or ())) if written else ()
    return [name for name in names if isinstance(name, str)]


def _parameter(annotation: Any) -> ParameterInfo | None:
    notes = getattr(annotation, "__metadata__", ())
    return next((note for note in notes if isinstance(note, ParameterInfo)), None)
