"""Where a chat stands, for a person who looks: what it says at its beginning, and how it can be taken up again."""

from __future__ import annotations

import shlex

from cpsl.render.failure import short_path
from cpsl.render.safe import visible_line
from cpsl.wording import counted
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.chat.prepare import PreparedChat
from cpsl_cli.console import Look


def banner_lines(prepared: PreparedChat, context: ChatContext, look: Look, turns: int) -> list[str]:
    """Two lines: app, session and store; and what helps on."""
    dot = look.glyph(" · ", " - ")
    title = look.style(visible_line(prepared.loaded.app.name), "1")
    so_far = f", {counted(turns, 'turn')} so far" if turns else ""
    where = "in memory" if prepared.options.ephemeral else visible_line(short_path(prepared.store.path))
    first = dot.join((title, f"session {visible_line(context.talk.key.name)}{so_far}", where))
    return [first, look.style(f"/help lists the commands{dot}Ctrl-D leaves", "2")]


def resume_hint(prepared: PreparedChat, context: ChatContext) -> str | None:
    """The exact command that opens this conversation again; None where nothing is kept."""
    if prepared.options.ephemeral:
        return None
    words = ["capsule", "chat"]
    words += [prepared.options.app] if prepared.options.app else []
    words += ["--as", context.user.id] if context.user.id != prepared.config.get("user") else []
    return f"resume with: {visible_line(shlex.join([*words, '--session', context.talk.key.name]))}"
