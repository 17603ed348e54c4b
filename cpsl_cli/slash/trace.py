"""``/trace``: what the last turn did inside, with times."""

from __future__ import annotations

from cpsl_cli.chat.seat import Seat
from cpsl_cli.slash.arguments import flag
from cpsl_cli.slash.registry import Answer, Commands


def trace_commands(commands: Commands) -> None:
    """Add the commands of this file."""

    @commands.command("trace", usage="[--json]", meaning="what the last turn did, with times", example="/trace --json")
    async def trace(seat: Seat, arguments: list[str]) -> Answer:
        records = seat.tracer.last()
        if flag(arguments, "--json"):
            from cpsl.model.codec import dumps

            return Answer("\n".join(map(dumps, records)))
        from cpsl.render.trace import trace_line

        return Answer("\n".join(map(trace_line, records)) or "no turn so far")
