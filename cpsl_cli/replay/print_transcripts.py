"""``--show`` and ``--md``: transcripts that are read, and not played."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from cpsl.errors import CapsuleError
from cpsl.render.safe import visible, visible_line
from cpsl.transcript.document import Transcript
from cpsl.transcript.read import read_transcript
from cpsl_cli.console import STDOUT, Look, terminal_width
from cpsl_cli.errors import DONE, USAGE
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.replay.markdown import heading, markdown
from cpsl_cli.replay.show import ShownChat
from cpsl_cli.streams import Product, fill_missing, say


def print_transcripts(paths: Sequence[Path], options: ReplayOptions) -> int:
    """Write the transcripts to stdout, each as a chat or as Markdown; returns the exit code.

    A file that cannot be read is told on stderr, and the others are still shown.
    """
    fill_missing()
    product = Product(STDOUT)
    terminal = os.isatty(STDOUT)
    look = options.look(STDOUT)
    columns = terminal_width(STDOUT) if terminal else 0
    code = DONE
    for number, path in enumerate(paths):
        try:
            transcript = read_transcript(path)
        except CapsuleError as error:
            say(f"capsule: {visible(str(error))}\n")
            code = USAGE
            continue
        if len(paths) > 1:
            product.write(("\n" if number else "") + _title(path, options, look) + "\n")
        for line in _lines(transcript, options, look, columns):
            product.write(line + "\n")
    return code


def _title(path: Path, options: ReplayOptions, look: Look) -> str:
    return heading(str(path)) if options.markdown else look.style(f"== {visible_line(str(path))}", "1")


def _lines(transcript: Transcript, options: ReplayOptions, look: Look, columns: int) -> Iterable[str]:
    if options.markdown:
        return _joined(markdown(transcript, options.until))
    return ShownChat(look, columns).transcript(transcript, options.until)


def _joined(paragraphs: Iterable[str]) -> Iterable[str]:
    """Paragraphs with an empty line between them, and none at the end."""
    text = "\n".join(paragraphs).rstrip("\n")
    return [text] if text else []
