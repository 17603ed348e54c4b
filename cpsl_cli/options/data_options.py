"""The options of ``capsule data``."""

# Not with `from __future__ import annotations`, as chat_options.py.
from typing import Annotated, NamedTuple

import typer

from cpsl_cli.options.shared_options import USER


class DataOptions(NamedTuple):
    """What was said on the command line; None where nothing was."""

    app: Annotated[str, typer.Argument(metavar="APP", help="file.py, file.py:symbol or module:symbol.")]
    name: Annotated[str, typer.Argument(metavar="NAME", help="The handler's name.")]
    parameters: Annotated[
        list[str] | None, typer.Argument(metavar="[key=value]...", help="Its query parameters, as texts.")
    ] = None
    user: Annotated[str | None, typer.Option("--as", metavar="USER", help="Be that person."), USER] = None
    email: Annotated[str | None, typer.Option(metavar="E", help="The person's e-mail address.")] = None
    org: Annotated[str | None, typer.Option(metavar="ORG", help="The organisation the person acts for.")] = None
    guest: Annotated[bool, typer.Option("--guest", help="Not signed in.")] = False
    traceback: Annotated[bool, typer.Option("--traceback", help="Show the whole traceback of an error.")] = False
