"""``capsule chat``: talk to an app, in the terminal or through a pipe."""

from __future__ import annotations

import os

from cpsl_cli.options.chat_options import ChatOptions
from cpsl_cli.options.declaration import takes_options

EXAMPLES = """\
Examples:

\b
  capsule chat app.py
  capsule chat app.py --as bob --new
  printf 'hi\\nthere\\n' | capsule chat app.py
  capsule chat app.py -m hi --json
  capsule chat app.py --input turns.jsonl --record talk.jsonl
  capsule chat app.py --record talk.jsonl --http record
  capsule chat app.py -m hi --trace trace.jsonl
"""


@takes_options(ChatOptions)
def chat(options: ChatOptions) -> int:
    """Each line is one message. On a terminal a chat opens, resuming the latest session."""
    from cpsl_cli.launch import start_chat

    return start_chat(options._replace(terminal=os.isatty(0) and os.isatty(1)))
