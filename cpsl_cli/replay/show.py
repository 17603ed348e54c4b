"""``--show``: a transcript as the chat looked, without running any app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cpsl.render.event_views import Fields, Form, Silent
from cpsl.render.safe import visible
from cpsl.transcript.document import Transcript
from cpsl_cli.console import Look
from cpsl_cli.replay.readable_lines import LINE_VIEWS, ReadableLine, home_of, minute_of, read_aloud, turns_of

_FAINT = "2"
_EARLIER = "(what was said before the recording)"


class ShownChat:
    """Draws turns as lines of text; on a terminal with styles, and replies as Markdown.

    :param columns: the terminal's width; 0 draws plain text for a pipe, without wrapping anything.
    """

    def __init__(self, look: Look, columns: int) -> None:
        self._look = look
        self._columns = columns
        self._minute = ""

    def transcript(self, transcript: Transcript, until: int | None = None) -> Iterator[str]:
        """The whole chat, up to the turn ``until``."""
        home = home_of(transcript)
        for number, records in enumerate(turns_of(transcript, until)):
            if transcript.start and number == 0:
                yield self._look.style(_EARLIER, _FAINT)
            yield from self.turn(records, home)

    def turn(self, records: Iterable[Fields], home: str) -> Iterator[str]:
        """One turn, under its time if that is another minute than the turn before."""
        records = list(records)
        minute = minute_of(records)
        if minute and minute != self._minute:
            self._minute = minute
            yield self._look.style(minute, _FAINT)
        for line in read_aloud(records, home):
            yield from self._drawn(LINE_VIEWS[line.kind].show, line)

    def _drawn(self, form: Form | Silent, line: ReadableLine) -> list[str]:
        match form:
            case "speech":
                return self._speech(line)
            case "reply":
                return self._reply(line)
            case "question":
                return [self._look.style("? ", "1;33") + visible(line.text)]
            case "answer":
                return [self._look.style(self._look.glyph("  → ", "  -> "), "1;33") + visible(line.text)]
            case "failure":
                return self._styled(line, "31")
            case "warning":
                return self._styled(line, "33")
            case "remark":
                return self._styled(line, _FAINT)
            case "plain":
                return visible(line.text).split("\n")
            case "silent":
                return []

    def _speech(self, said: ReadableLine) -> list[str]:
        mark = self._look.style(visible(said.note) + self._look.glyph("❯ ", "> "), "1;36")
        first, *rest = visible(said.text).split("\n")
        return [mark + self._look.style(first, "1"), *("  " + self._look.style(line, "1") for line in rest)]

    def _reply(self, line: ReadableLine) -> list[str]:
        text = visible(line.text)
        if line.note:
            return f"{self._look.style(f'({line.note})', _FAINT)} {text}".rstrip().split("\n")
        if not self._columns:
            return text.split("\n")
        from cpsl.render.markdown import MarkdownReply

        reply = MarkdownReply(lambda: self._columns, color=self._look.color, unicode=self._look.unicode)
        return [*reply.feed(text), *reply.close()]

    def _styled(self, said: ReadableLine, style: str) -> list[str]:
        return [self._look.style(line, style) for line in visible(said.text).split("\n")]
