"""``capsule data``: call a data handler of an app and print its JSON."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = """\
Examples:

\b
  capsule data app.py totals
  capsule data app.py totals status=open --as ann
"""


def data(
    app: Annotated[str, typer.Argument(metavar="APP", help="file.py, file.py:symbol or module:symbol.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The handler's name.")],
    parameters: Annotated[
        list[str] | None, typer.Argument(metavar="[key=value]...", help="Its query parameters, as texts.")
    ] = None,
    as_user: Annotated[str | None, typer.Option("--as", metavar="USER", help="Be that person.")] = None,
    email: Annotated[str | None, typer.Option(metavar="E", help="The person's e-mail address.")] = None,
    org: Annotated[str | None, typer.Option(metavar="ORG", help="The organisation the person acts for.")] = None,
    guest: Annotated[bool, typer.Option("--guest", help="Not signed in.")] = False,
    traceback: Annotated[bool, typer.Option("--traceback", help="Show the whole traceback of an error.")] = False,
) -> int:
    """What the app itself prints goes to stderr."""
    from cpsl_cli.datacall import Call, answer

    return answer(Call(app, name, tuple(parameters or ()), as_user, email, org, guest, traceback))
