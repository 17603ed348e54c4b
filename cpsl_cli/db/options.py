"""The arguments and options that sub-commands share, as typer reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from cpsl.data.sort import MOST, checked_count
from cpsl_cli.errors import UsageError
from cpsl_cli.options import shared_options
from cpsl_cli.options.declaration import option_names
from cpsl_cli.people import check_id


def _person(user: str | None) -> str | None:
    if user is not None and not user.strip():
        raise UsageError("--as needs the id of a person.")
    check_id(user, "--as")
    return user


def _count(option: str) -> Callable[[Any], int]:
    def read(text: Any) -> int:
        try:
            return checked_count(min(int(text), MOST), option)
        except ValueError:
            raise UsageError(f"{option} needs a whole number of at least 0, not {str(text)!r}; 0 is all.") from None

    return read


Name = Annotated[str, typer.Argument(metavar="NAME", help="A collection.")]
Filter = Annotated[
    str,
    typer.Argument(metavar="FILTER", help="""JSON, or the short form: 'total>10 status=open name~acme'."""),
]
Terms = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FILTER]", help="JSON, or the short form: total>10 status=open name~acme."),
]
SessionName = Annotated[
    str | None,
    typer.Argument(metavar="[SESSION]", help="Its name or id; the latest session if left out.", show_default=False),
]
App = Annotated[str | None, typer.Option("--app", metavar="NAME", help="The app, where the project holds several.")]
As = Annotated[str | None, typer.Option("--as", metavar="USER", callback=_person, help="Only what that person sees.")]
Org = Annotated[
    str | None, typer.Option("--org", metavar="ORG", help="With --as: what they see as a member of that organisation.")
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="table (on a terminal), jsonl (in a pipe), json, csv, tsv or md."),
]
SafeCsv = Annotated[
    bool,
    typer.Option("--safe-csv", help="With --format csv or tsv: a ' before text that a spreadsheet would calculate."),
]
Color = shared_options.Color
Sort = Annotated[str | None, typer.Option("--sort", metavar="FIELDS", help="As in -total,name; - is descending.")]
Limit = Annotated[
    int,
    typer.Option("--limit", metavar="N", parser=_count("--limit"), show_default=False, help="At most so many; 0: all."),
]
Skip = Annotated[
    int,
    typer.Option("--skip", metavar="N", parser=_count("--skip"), show_default=False, help="Leave out the first ones."),
]
Fields = Annotated[str | None, typer.Option("--fields", metavar="FIELDS", help="Only these, as in id,total.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]

VALUED = frozenset(
    name
    for declared in list(globals().values())
    if getattr(declared, "__origin__", bool) is not bool
    for name in option_names(declared)
)
"""The names of the options of this file that take a value: the next word of the command line is theirs."""
