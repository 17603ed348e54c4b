"""The arguments of a slash command, checked; and rows of what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cpsl.render.safe import visible_line
from cpsl.textwidth import display_width, padded
from cpsl.wording import nearest
from cpsl_cli.errors import UsageError


def known_argument(arguments: Sequence[str], known: Iterable[str], what: str) -> str:
    """The first argument, which has to be one of the known names. Raises ``UsageError`` with the nearest one."""
    names = sorted(known)
    if not arguments:
        raise UsageError(f"name a {what}; there are: {', '.join(names) or 'none'}")
    if arguments[0] in names:
        return arguments[0]
    near = nearest(arguments[0], names)
    hint = f"did you mean {near}?" if near else f"there are: {', '.join(names) or 'none'}"
    raise UsageError(f"no {what} {arguments[0]!r}; {hint}")


def flag(arguments: Sequence[str], name: str) -> bool:
    """Whether the only option that a command has was given. Raises ``UsageError`` for anything else."""
    unknown = [argument for argument in arguments if argument != name]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is not understood here; the only option is {name}")
    return name in arguments


def column_lines(rows: Sequence[tuple[str, ...]]) -> str:
    """The rows as lines whose columns stand below one another."""
    shown = [tuple(map(visible_line, row)) for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*shown, strict=True)]
    lines = ("  ".join(map(padded, row, widths)) for row in shown)
    return "\n".join(line.rstrip() for line in lines)
