"""``/trace``: what the last turn did inside, with times."""

from __future__ import annotations

from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.slash.arguments import flag
from cpsl_cli.slash.registry import CommandResult, Commands


def trace_commands(commands: Commands) -> None:
    """Add the commands of this file."""

    @commands.command("trace", usage="[--json]", meaning="what the last turn did, with times", example="/trace --json")
    async def trace(context: ChatContext, arguments: list[str]) -> CommandResult:
        records = context.tracer.last()
        if flag(arguments, "--json"):
            from cpsl.model.codec import dumps

            return CommandResult("\n".join(map(dumps, records)))
        from cpsl.render.trace_lines import trace_line

        return CommandResult("\n".join(map(trace_line, records)) or "no turn so far")
