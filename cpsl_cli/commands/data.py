"""``capsule data``: call a data handler of an app and print its JSON."""

from __future__ import annotations

from cpsl_cli.options.data_options import DataOptions
from cpsl_cli.options.declaration import takes_options

EXAMPLES = """\
Examples:

\b
  capsule data app.py totals
  capsule data app.py totals status=open --as ann
"""


@takes_options(DataOptions)
def data(options: DataOptions) -> int:
    """What the app itself prints goes to stderr."""
    from cpsl_cli.datacall import answer

    return answer(options)
