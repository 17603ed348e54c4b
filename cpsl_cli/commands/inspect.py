"""``capsule inspect``: everything an app declares, and where it is stored."""

from __future__ import annotations

from typing import Annotated

import typer

from cpsl_cli.options.shared_options import Traceback

EXAMPLES = """\
Examples:

\b
  capsule inspect app.py
  capsule inspect app.py --json
"""


def inspect(
    app: Annotated[str, typer.Argument(metavar="APP", help="file.py, file.py:symbol or module:symbol.")],
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    traceback: Traceback = False,
) -> int:
    """Nothing of the app runs but its import, and nothing is written."""
    from cpsl.errors import CapsuleError
    from cpsl_cli.errors import report
    from cpsl_cli.inspection import as_json, as_text, inspect_app
    from cpsl_cli.streams import take_over

    product = take_over().product
    try:
        found = inspect_app(app)
    except CapsuleError as error:
        return report(error, full=traceback)
    if json_output:
        product.write_json(as_json(found))
    else:
        product.write(as_text(found))
    return 0
