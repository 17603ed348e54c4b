"""The prompt's right edge."""

from __future__ import annotations

from cpsl.clock import AdjustableClock, minute
from cpsl.render.safe import visible_line
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.console import Look
from cpsl_cli.slash.files import chips


def prompt_edge(context: ChatContext, look: Look) -> str:
    """Session, person, files for the next message, and the time if it has been set."""
    key, clock = context.talk.key, context.runtime.world.clock
    person = [] if key.user.id == "local" else [visible_line(key.user.id)]
    time = [minute(clock.now())] if isinstance(clock, AdjustableClock) and clock.is_set else []
    return look.glyph(" · ", " - ").join((visible_line(key.name), *person, *chips(context.attached), *time))
