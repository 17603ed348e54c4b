"""``capsule replay``: recorded conversations as regression tests."""

from __future__ import annotations

import os

from cpsl_cli.options.declaration import takes_options
from cpsl_cli.options.replay_options import ReplayOptions

EXAMPLES = """\
Examples:

\b
  capsule replay talk.jsonl
  capsule replay transcripts/ -x -k order
  capsule replay talk.jsonl --update
  capsule replay talk.jsonl --review
  capsule replay talk.jsonl --until 5 --chat
  capsule replay talk.jsonl --repeat 5
  capsule replay talk.jsonl --md >> README.md
  capsule replay transcripts/ -j 4 --junit report.xml
"""


@takes_options(ReplayOptions)
def replay(options: ReplayOptions) -> int:
    """Say to the app what was said then, in a store that is thrown away, and show what it does otherwise."""
    from cpsl_cli.replay.replay_files import start_replay

    return start_replay(options._replace(terminal=os.isatty(0) and os.isatty(1)))
